#include "scanner/queue/queue_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output/file/line_source.h"

#define READ_SIZE   65536
#define NOT_STARTED 127 /* as a shell says it */
#define PROGRAM     "/proc/self/exe"

struct bytes {
    char *bytes;
    size_t start, end, capacity;
};

struct queue_child {
    struct ev_loop *loop;
    struct queue_child_handler handler;
    pid_t pid; /* 0: it has been waited for */
    int input, output;
    ev_io input_io, output_io;
    struct bytes to_give, said;
    bool is_finishing, is_broken;
};

/* ---- Buffers ---- */

static bool make_room(struct bytes *buffer, size_t len)
{
    if (buffer->start > 0 && buffer->end + len > buffer->capacity) {
        memmove(buffer->bytes, buffer->bytes + buffer->start, buffer->end - buffer->start);
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    if (buffer->end + len > buffer->capacity) {
        size_t capacity = 2 * buffer->capacity + len;
        char *bytes = realloc(buffer->bytes, capacity);
        if (bytes == NULL) {
            return false;
        }
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    return true;
}

/* ---- Its end ---- */

static void close_input(struct queue_child *child)
{
    if (child->input >= 0) {
        ev_io_stop(child->loop, &child->input_io);
        close(child->input);
        child->input = -1;
    }
}

static void close_output(struct queue_child *child)
{
    if (child->output >= 0) {
        ev_io_stop(child->loop, &child->output_io);
        close(child->output);
        child->output = -1;
    }
}

static int wait_for(struct queue_child *child)
{
    int status = 0;
    pid_t pid;
    while ((pid = waitpid(child->pid, &status, 0)) < 0 && errno == EINTR) {}
    child->pid = 0;
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* It has closed its output, so that it ends in a moment, or what it says is not to be borne. */
static void end(struct queue_child *child)
{
    close_input(child);
    close_output(child);
    if (child->is_broken) {
        kill(child->pid, SIGKILL);
    }
    int status = wait_for(child);
    child->handler.on_end(child->handler.user, child->is_broken ? -1 : status);
}

/* ---- Reading ---- */

static void take_lines(struct queue_child *child)
{
    struct bytes *said = &child->said;
    char *line_end;
    while (said->end > said->start &&
           (line_end = memchr(said->bytes + said->start, '\n', said->end - said->start)) != NULL) {
        const char *line = said->bytes + said->start;
        said->start = (size_t)(line_end - said->bytes) + 1;
        child->handler.on_record(child->handler.user, line, (size_t)(line_end - line));
    }
}

static void on_output(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct queue_child *child = watcher->data;
    struct bytes *said = &child->said;
    if (said->end - said->start > LINE_SOURCE_MAX || !make_room(said, READ_SIZE)) {
        child->is_broken = true;
        end(child);
        return;
    }
    ssize_t len = read(child->output, said->bytes + said->end, READ_SIZE);
    if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (len <= 0) {
        end(child);
        return;
    }
    said->end += (size_t)len;
    take_lines(child);
}

void queue_child_hold(struct queue_child *child, bool is_held)
{
    if (child->output < 0) {
        return;
    }
    if (is_held) {
        ev_io_stop(child->loop, &child->output_io);
    } else {
        ev_io_start(child->loop, &child->output_io);
    }
}

/* ---- Giving ---- */

static void on_input(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    struct queue_child *child = watcher->data;
    struct bytes *bytes = &child->to_give;
    ssize_t len = write(child->input, bytes->bytes + bytes->start, bytes->end - bytes->start);
    if (len < 0 && errno != EAGAIN && errno != EINTR) {
        close_input(child); /* it is about to end, which its output tells */
        return;
    }
    bytes->start += len > 0 ? (size_t)len : 0;
    if (bytes->start == bytes->end) {
        ev_io_stop(child->loop, &child->input_io);
        if (child->is_finishing) {
            close_input(child);
        }
    }
}

bool queue_child_give(struct queue_child *child, const char *bytes, size_t len)
{
    struct bytes *buffer = &child->to_give;
    if (child->input < 0) {
        return true;
    }
    if (!make_room(buffer, len)) {
        return false;
    }
    memcpy(buffer->bytes + buffer->end, bytes, len);
    buffer->end += len;
    ev_io_start(child->loop, &child->input_io);
    return true;
}

void queue_child_finish(struct queue_child *child)
{
    child->is_finishing = true;
    if (child->to_give.start == child->to_give.end) {
        close_input(child);
    }
}

void queue_child_stop(struct queue_child *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGTERM);
    }
}

/* ---- Life and death ---- */

static void become(char *const *arguments, const int input[2], const int output[2], pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0); /* a Ctrl-C is for the worker, who passes it on */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() == parent && dup2(input[0], STDIN_FILENO) == STDIN_FILENO &&
        dup2(output[1], STDOUT_FILENO) == STDOUT_FILENO) {
        execv(PROGRAM, arguments);
    }
    _exit(NOT_STARTED);
}

static bool make_pipes(int input[2], int output[2])
{
    if (pipe2(input, O_CLOEXEC) != 0) {
        return false;
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        close(input[0]);
        close(input[1]);
        return false;
    }
    return fcntl(input[1], F_SETFL, O_NONBLOCK) == 0 && fcntl(output[0], F_SETFL, O_NONBLOCK) == 0;
}

struct queue_child *queue_child_new(struct ev_loop *loop, char *const *arguments,
                                    const struct queue_child_handler *handler)
{
    int input[2], output[2];
    struct queue_child *child = calloc(1, sizeof(*child));
    if (child == NULL || !make_pipes(input, output)) {
        free(child);
        return NULL;
    }
    pid_t parent = getpid();
    *child = (struct queue_child){
        .loop = loop, .handler = *handler, .pid = fork(), .input = input[1], .output = output[0]};
    if (child->pid == 0) {
        become(arguments, input, output, parent);
    }
    close(input[0]);
    close(output[1]);
    ev_io_init(&child->input_io, on_input, child->input, EV_WRITE);
    ev_io_init(&child->output_io, on_output, child->output, EV_READ);
    child->input_io.data = child;
    child->output_io.data = child;
    ev_io_start(loop, &child->output_io);
    if (child->pid < 0) {
        child->pid = 0;
        queue_child_free(child);
        return NULL;
    }
    return child;
}

void queue_child_free(struct queue_child *child)
{
    if (child == NULL) {
        return;
    }
    close_input(child);
    close_output(child);
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        (void)wait_for(child);
    }
    free(child->to_give.bytes);
    free(child->said.bytes);
    free(child);
}
