#include "output/file/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "io/base/clock.h"

/*
 * Lines are written together up to this size, or as soon as no more are waiting. A longer line, of
 * which lists and certificates can be the cause, goes alone.
 */
#define BATCH_SIZE (256u << 10)
/* After the first line of a batch others are waited for: a system call and two switches a line cost
 * the scanner more than what a line contains. */
#define GATHER_NS  10000000L
#define ZSTD_LEVEL 3

struct line {
    STAILQ_ENTRY(line) next;
    char *bytes;
    size_t len;
    struct tally_item item;
};

STAILQ_HEAD(line_queue, line);

struct sink {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t arrived; /* for the thread */
    pthread_cond_t written; /* for sink_drain() */
    struct line_queue lines;
    bool closing;
    bool idle; /* the thread has written all it took */
    bool started;
    atomic_size_t backlog;
    atomic_bool has_error;
    char error[256]; /* set before has_error, then constant */
    int fd;
    bool is_file; /* can be cut back and synced */
    bool is_zstd;
    off_t good_end; /* of the last whole batch */
    bool unsynced;
    struct moment last_sync;
    char *batch;
    size_t batch_len;
    char *packed; /* a compressed batch */
    size_t packed_size;
    struct sink_options options;
};

/* ---- Writing, on the sink's thread ---- */

static void set_error(struct sink *sink, const char *what, int error)
{
    if (atomic_load(&sink->has_error)) {
        return;
    }
    snprintf(sink->error, sizeof(sink->error), "%s: %s",
             sink->fd != STDOUT_FILENO ? sink->options.path : "standard output",
             error != 0 ? strerror(error) : what);
    atomic_store(&sink->has_error, true);
    if (sink->options.on_error != NULL) {
        sink->options.on_error(sink->options.user);
    }
}

static bool write_all(struct sink *sink, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(sink->fd, bytes, len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0 && errno == EAGAIN) {
            /* Somebody has made it non-blocking: whoever shares it with us, as a terminal is shared
             * with standard input, which is read so that a stop is noticed. */
            struct pollfd ready = {.fd = sink->fd, .events = POLLOUT};
            poll(&ready, 1, -1);
            continue;
        }
        if (written < 0) {
            set_error(sink, "write", errno);
            return false;
        }
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

/* Each batch is a zstd frame of its own (RFC 8878 section 3.1), so that a cut loses one at most. */
static bool write_packed(struct sink *sink, const char *bytes, size_t len)
{
    size_t size = ZSTD_compressBound(len);
    char *packed = size <= sink->packed_size ? sink->packed : malloc(size);
    if (packed == NULL) {
        set_error(sink, "out of memory for a record", 0);
        return false;
    }
    size_t packed_len = ZSTD_compress(packed, size, bytes, len, ZSTD_LEVEL);
    bool ok = !ZSTD_isError(packed_len);
    if (!ok) {
        set_error(sink, ZSTD_getErrorName(packed_len), 0);
    }
    ok = ok && write_all(sink, packed, packed_len);
    if (packed != sink->packed) {
        free(packed);
    }
    return ok;
}

static bool is_sync_due(const struct sink *sink)
{
    return moment_between(sink->last_sync, clock_now()) >= SINK_SYNC_SECONDS;
}

static void sync_if_due(struct sink *sink, bool now)
{
    if (!sink->is_file || !sink->unsynced) {
        return;
    }
    if (now || is_sync_due(sink)) {
        sink->last_sync = clock_now();
        sink->unsynced = false;
        if (fdatasync(sink->fd) != 0) {
            set_error(sink, "sync", errno);
        }
    }
}

/* Writes whole lines, or cuts the file back to the end of those before. */
static void write_whole(struct sink *sink, const char *bytes, size_t len)
{
    bool ok = !atomic_load(&sink->has_error) &&
              (sink->is_zstd ? write_packed(sink, bytes, len) : write_all(sink, bytes, len));
    if (!sink->is_file) {
        return;
    }
    if (ok) {
        sink->good_end = lseek(sink->fd, 0, SEEK_CUR);
        sink->unsynced = true;
        sync_if_due(sink, false);
    } else if (ftruncate(sink->fd, sink->good_end) == 0) {
        lseek(sink->fd, sink->good_end, SEEK_SET);
    }
}

static void flush(struct sink *sink)
{
    if (sink->batch_len > 0) {
        write_whole(sink, sink->batch, sink->batch_len);
        sink->batch_len = 0;
    }
}

static void write_line(struct sink *sink, const struct line *line)
{
    if (line->bytes == NULL) {
        set_error(sink, "out of memory for a record", 0);
        return;
    }
    if (sink->batch_len + line->len > BATCH_SIZE) {
        flush(sink);
    }
    if (line->len > BATCH_SIZE) {
        write_whole(sink, line->bytes, line->len);
    } else {
        memcpy(sink->batch + sink->batch_len, line->bytes, line->len);
        sink->batch_len += line->len;
    }
    if (!atomic_load(&sink->has_error)) {
        tally_add(sink->options.tally, &line->item);
    }
}

/* What a batch of lines taken from the queue comes to; the lines are freed. */
static void write_lines(struct sink *sink, struct line_queue *lines)
{
    struct line *line;
    while ((line = STAILQ_FIRST(lines)) != NULL) {
        STAILQ_REMOVE_HEAD(lines, next);
        write_line(sink, line);
        atomic_fetch_sub_explicit(&sink->backlog, line->len, memory_order_relaxed);
        free(line->bytes);
        free(line);
    }
    /* Compressed, small frames cost space: they are written when full, or when it is time to sync.
     */
    if (!sink->is_zstd) {
        flush(sink);
    }
}

/* What must not wait for the next line for ever: a part of a frame, unsynced data. */
static void settle(struct sink *sink)
{
    if (is_sync_due(sink)) {
        flush(sink);
        sync_if_due(sink, true);
        sink->last_sync = clock_now();
    }
}

static void await_lines(struct sink *sink)
{
    if (sink->batch_len > 0 || sink->unsynced) {
        clock_cond_wait(&sink->arrived, &sink->mutex, SINK_SYNC_SECONDS);
    } else {
        pthread_cond_wait(&sink->arrived, &sink->mutex);
    }
    if (!STAILQ_EMPTY(&sink->lines) && !sink->closing) {
        const struct timespec gather = {.tv_nsec = GATHER_NS};
        pthread_mutex_unlock(&sink->mutex);
        nanosleep(&gather, NULL);
        pthread_mutex_lock(&sink->mutex);
    }
}

/* The queue's lines, none after a while without any; false when the sink is closing and empty. */
static bool take_lines(struct sink *sink, struct line_queue *out_lines)
{
    pthread_mutex_lock(&sink->mutex);
    sink->idle = STAILQ_EMPTY(&sink->lines);
    if (sink->idle && !sink->closing) {
        pthread_cond_broadcast(&sink->written);
        await_lines(sink);
    }
    STAILQ_CONCAT(out_lines, &sink->lines);
    sink->idle = STAILQ_EMPTY(out_lines);
    bool go_on = !sink->idle || !sink->closing;
    pthread_mutex_unlock(&sink->mutex);
    return go_on;
}

static void *sink_main(void *argument)
{
    struct sink *sink = argument;
    struct line_queue lines = STAILQ_HEAD_INITIALIZER(lines);
    while (take_lines(sink, &lines)) {
        write_lines(sink, &lines);
        settle(sink);
    }
    flush(sink);
    sync_if_due(sink, true);
    return NULL;
}

/* ---- Opening ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t text_len = strlen(text), end_len = strlen(end);
    return text_len >= end_len && strcmp(text + text_len - end_len, end) == 0;
}

/* So that nobody is called whose results could not be kept. */
static bool is_writable(int fd, char *out_error, size_t error_size)
{
    int flags = fcntl(fd, F_GETFL);
    bool ok = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
    if (!ok) {
        snprintf(out_error, error_size, "cannot write to standard output: it is closed");
    }
    return ok;
}

static bool open_file(struct sink *sink, char *out_error, size_t error_size)
{
    const char *path = sink->options.path;
    if (path == NULL || strcmp(path, "-") == 0) {
        sink->fd = STDOUT_FILENO;
        return is_writable(STDOUT_FILENO, out_error, error_size);
    }
    sink->is_zstd = ends_with(path, ".zst");
    sink->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    struct stat info;
    if (sink->fd < 0 || fstat(sink->fd, &info) != 0) {
        snprintf(out_error, error_size, "cannot write %s: %s", path, strerror(errno));
        return false;
    }
    sink->is_file = S_ISREG(info.st_mode);
    /* Two runs in one file would be two halves of nothing. A file system without locks has none. */
    if (sink->is_file && flock(sink->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        snprintf(out_error, error_size, "%s: another run is writing this file", path);
        return false;
    }
    if (sink->is_file && info.st_size > 0 && !sink->options.append) {
        snprintf(out_error, error_size, "%s exists and is not empty: %s", path,
                 sink->options.advice);
        return false;
    }
    if (sink->is_file) {
        sink->good_end = lseek(sink->fd, 0, SEEK_END);
    }
    return true;
}

struct sink *sink_new(const struct sink_options *options, char *out_error, size_t error_size)
{
    struct sink *sink = calloc(1, sizeof(*sink));
    snprintf(out_error, error_size, "out of memory");
    if (sink == NULL) {
        return NULL;
    }
    sink->options = *options;
    sink->fd = -1;
    STAILQ_INIT(&sink->lines);
    sink->last_sync = clock_now();
    pthread_mutex_init(&sink->mutex, NULL);
    pthread_cond_init(&sink->arrived, NULL);
    pthread_cond_init(&sink->written, NULL);
    sink->packed_size = ZSTD_compressBound(BATCH_SIZE);
    sink->batch = malloc(BATCH_SIZE);
    sink->packed = malloc(sink->packed_size);
    if (sink->batch == NULL || sink->packed == NULL || !open_file(sink, out_error, error_size)) {
        sink_free(sink);
        return NULL;
    }
    sink->started = pthread_create(&sink->thread, NULL, sink_main, sink) == 0;
    if (!sink->started) {
        snprintf(out_error, error_size, "cannot start the writer's thread");
        sink_free(sink);
        return NULL;
    }
    return sink;
}

/* ---- Producers ---- */

void sink_line(struct sink *sink, char *line, size_t len, const struct tally_item *item)
{
    struct line *queued = malloc(sizeof(*queued));
    if (queued == NULL) {
        free(line);
        pthread_mutex_lock(&sink->mutex);
        set_error(sink, "out of memory for a record", 0);
        pthread_mutex_unlock(&sink->mutex);
        return;
    }
    *queued = (struct line){.bytes = line, .len = len, .item = *item};
    atomic_fetch_add_explicit(&sink->backlog, len, memory_order_relaxed);
    pthread_mutex_lock(&sink->mutex);
    bool was_empty = STAILQ_EMPTY(&sink->lines);
    STAILQ_INSERT_TAIL(&sink->lines, queued, next);
    if (was_empty) {
        pthread_cond_signal(&sink->arrived);
    }
    pthread_mutex_unlock(&sink->mutex);
}

void sink_drain(struct sink *sink)
{
    pthread_mutex_lock(&sink->mutex);
    while (sink->started && (!STAILQ_EMPTY(&sink->lines) || !sink->idle)) {
        pthread_cond_wait(&sink->written, &sink->mutex);
    }
    pthread_mutex_unlock(&sink->mutex);
}

size_t sink_backlog(const struct sink *sink)
{
    return atomic_load_explicit(&sink->backlog, memory_order_relaxed);
}

bool sink_is_file(const struct sink *sink)
{
    return sink->is_file;
}

const char *sink_error(const struct sink *sink)
{
    return atomic_load(&sink->has_error) ? sink->error : NULL;
}

/* ---- The end ---- */

void sink_finish(struct sink *sink)
{
    if (!sink->started) {
        return;
    }
    pthread_mutex_lock(&sink->mutex);
    sink->closing = true;
    pthread_cond_signal(&sink->arrived);
    pthread_mutex_unlock(&sink->mutex);
    pthread_join(sink->thread, NULL);
    sink->started = false;
    if (sink->fd != STDOUT_FILENO && close(sink->fd) != 0) {
        set_error(sink, "close", errno);
    }
    sink->fd = -1;
}

void sink_free(struct sink *sink)
{
    if (sink == NULL) {
        return;
    }
    sink_finish(sink);
    if (sink->fd > STDERR_FILENO) {
        close(sink->fd);
    }
    free(sink->batch);
    free(sink->packed);
    pthread_cond_destroy(&sink->arrived);
    pthread_cond_destroy(&sink->written);
    pthread_mutex_destroy(&sink->mutex);
    free(sink);
}
