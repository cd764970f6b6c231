#include "io/dns/unbound_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/base/file_io.h"

#define STATUS_NO_EXEC  127
#define STATUS_NO_CHILD 126

/* The descriptors of the guardian. unbound has the first three. */
enum { FD_CONFIG, FD_LOG, FD_LOG_TOO, FD_LIFELINE, FD_COUNT };

/* ---- The guardian: a copy of a process with threads, so it calls what a signal handler may ----
 */

static void say(const char *text)
{
    ssize_t written = write(FD_LOG, text, strlen(text));
    (void)written; /* there is nobody else to tell */
}

static bool take_user(const struct unbound_command *command)
{
    return !command->has_user ||
           (setgroups(0, NULL) == 0 && setgid(command->gid) == 0 && setuid(command->uid) == 0);
}

/* Never returns. Where nothing takes the signal away, unbound ends even with a guardian that was
 * killed. */
static void become_unbound(const struct unbound_command *command, pid_t guardian)
{
    char *const arguments[] = {(char *)"unbound",         (char *)"-d", (char *)"-p", (char *)"-c",
                               (char *)"/proc/self/fd/0", NULL};
    char *const environment[] = {NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(FD_LIFELINE);
    if (chdir("/") != 0 || !take_user(command)) {
        say("error: cannot become another user\n");
        _exit(STATUS_NO_EXEC);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == guardian) {
        execve(command->program, arguments, environment);
        say("error: cannot be executed\n");
    }
    _exit(STATUS_NO_EXEC);
}

static pid_t start_unbound(const struct unbound_command *command)
{
    pid_t guardian = getpid();
    pid_t child = fork();
    if (child == 0) {
        become_unbound(command, guardian);
    }
    return child;
}

/* Waits until the child has ended (true) or the owner of the lifeline has. */
static bool outlives(pid_t child, unsigned *restarts)
{
    struct pollfd ends[] = {
        {.fd = FD_LIFELINE, .events = POLLIN},
        {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN},
    };
    bool has_owner = ends[1].fd >= 0; /* unbound without a guard must not stay */
    bool has_child = true;
    while (has_owner && has_child) {
        char byte;
        if (poll(ends, 2, -1) > 0) {
            has_owner = ends[0].revents == 0 || read(FD_LIFELINE, &byte, 1) > 0;
            *restarts += ends[0].revents != 0 && has_owner ? 1 : 0;
            has_child = ends[1].revents == 0;
        }
    }
    close(ends[1].fd);
    return has_owner;
}

static int status_of(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFSIGNALED(status) ? UNBOUND_STATUS_OF_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Never returns. */
static void guard(const struct unbound_command *command)
{
    unsigned restarts = 0;
    for (;;) {
        pid_t child = start_unbound(command);
        if (child < 0) {
            say("error: cannot start a process\n");
            _exit(STATUS_NO_CHILD);
        }
        if (!outlives(child, &restarts)) {
            kill(child, SIGKILL);
            status_of(child);
            _exit(0);
        }
        int status = status_of(child);
        if (restarts == 0) {
            _exit(status);
        }
        restarts--;
    }
}

/* Nothing of the process that it is a copy of may stay open in it: no lock, no output. A terminal's
 * signals are for that process, too. */
static void become_guardian(const struct unbound_command *command, int config, int log,
                            int lifeline)
{
    setsid();
    prctl(PR_SET_NAME, "mxgrade-unbound");
    if (dup2(config, FD_CONFIG) < 0 || dup2(log, FD_LOG) < 0 || dup2(log, FD_LOG_TOO) < 0 ||
        dup2(lifeline, FD_LIFELINE) < 0) {
        _exit(STATUS_NO_CHILD);
    }
    close_range(FD_COUNT, UINT_MAX, 0);
    guard(command);
}

/* ---- The process that wants it ---- */

void unbound_process_init(struct unbound_process *process)
{
    *process = (struct unbound_process){.lifeline = -1, .log = -1};
}

static void close_both(const int ends[2])
{
    for (size_t i = 0; i < 2; i++) {
        if (ends[i] >= 0) {
            close(ends[i]);
        }
    }
}

/* Its descriptor, or -1. */
static int config_file(const char *text)
{
    int fd = memfd_create("unbound.conf", MFD_CLOEXEC);
    size_t len = strlen(text);
    if (fd >= 0 && file_write(fd, text, len) != len) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* A pipe's reading end comes first. */
static pid_t start_guardian(const struct unbound_command *command, int config,
                            const int lifeline[2], const int log[2])
{
    pid_t pid = fork();
    if (pid == 0) {
        become_guardian(command, config, log[1], lifeline[0]);
    }
    return pid;
}

bool unbound_process_start(struct unbound_process *process, const struct unbound_command *command)
{
    int lifeline[2] = {-1, -1}, log[2] = {-1, -1};
    int config = config_file(command->config);
    pid_t pid = -1;
    unbound_process_init(process);
    /* unbound must never wait for somebody to read its log. */
    if (config >= 0 && pipe2(lifeline, O_CLOEXEC) == 0 && pipe2(log, O_CLOEXEC | O_NONBLOCK) == 0) {
        pid = start_guardian(command, config, lifeline, log);
    }
    const int error = errno;
    if (pid > 0) {
        const int theirs[] = {lifeline[0], log[1]};
        process->guardian = pid;
        process->lifeline = lifeline[1];
        process->log = log[0];
        close_both(theirs);
    } else {
        close_both(lifeline);
        close_both(log);
    }
    if (config >= 0) {
        close(config);
    }
    errno = error;
    return pid > 0;
}

void unbound_process_allow_restart(struct unbound_process *process)
{
    file_write(process->lifeline, "r", 1);
}

void unbound_process_wait(const struct unbound_process *process, int milliseconds)
{
    struct pollfd log = {.fd = process->log, .events = POLLIN};
    poll(&log, 1, milliseconds);
}

/* "[1764512345] unbound[1234:0] info: start of service" */
static const char *without_origin(const char *line)
{
    const char *origin = strstr(line, "unbound[");
    const char *end = origin != NULL ? strstr(origin, "] ") : NULL;
    return line[0] == '[' && end != NULL ? end + 2 : line;
}

static void end_line(struct unbound_process *process, unbound_on_line on_line, void *user)
{
    char *place = process->last[process->num_lines % UNBOUND_LINES];
    process->line[process->line_len] = '\0';
    snprintf(place, UNBOUND_LINE_SIZE, "%s", without_origin(process->line));
    process->line_len = 0;
    process->num_lines++;
    on_line(user, place);
}

static void take(struct unbound_process *process, char byte, unbound_on_line on_line, void *user)
{
    if (byte == '\n') {
        end_line(process, on_line, user);
    } else if (process->line_len + 1 < sizeof(process->line)) {
        process->line[process->line_len++] = byte >= ' ' && byte <= '~' ? byte : '?';
    }
}

bool unbound_process_read(struct unbound_process *process, unbound_on_line on_line, void *user)
{
    char bytes[4096];
    ssize_t len = 0;
    while (process->log >= 0 && (len = file_read(process->log, bytes, sizeof(bytes))) > 0) {
        for (ssize_t i = 0; i < len; i++) {
            take(process, bytes[i], on_line, user);
        }
    }
    return process->log >= 0 && len < 0 && errno == EAGAIN;
}

const char *unbound_process_line(const struct unbound_process *process, size_t back)
{
    bool is_kept = back < process->num_lines && back < UNBOUND_LINES;
    return is_kept ? process->last[(process->num_lines - 1 - back) % UNBOUND_LINES] : NULL;
}

int unbound_process_stop(struct unbound_process *process)
{
    const int ends[] = {process->lifeline, process->log};
    const pid_t guardian = process->guardian;
    close_both(ends);
    process->lifeline = process->log = -1;
    process->guardian = 0;
    return guardian > 0 ? status_of(guardian) : 0;
}
