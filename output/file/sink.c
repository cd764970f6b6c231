#include "output/file/sink.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

#include "io/base/clock.h"
#include "output/file/sink_file.h"

/* After the first line of a batch others are waited for: a system call and two switches a line cost
 * the scanner more than what a line contains. */
#define GATHER_NS 10000000L

#define NO_MEMORY "out of memory for a record"

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
    bool lost_line; /* there was no memory to queue it; the thread does not know yet */
    atomic_size_t backlog;
    struct sink_file file; /* the thread's, once it is started */
    struct sink_options options;
};

/* ---- Writing, on the sink's thread ---- */

static void write_line(struct sink *sink, const struct line *line)
{
    if (line->bytes == NULL) {
        sink_file_fail(&sink->file, NO_MEMORY, 0);
    } else if (sink_file_line(&sink->file, line->bytes, line->len)) {
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
    sink_file_pause(&sink->file);
}

static void await_lines(struct sink *sink)
{
    if (sink_file_is_unsettled(&sink->file)) {
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
    sink->idle = STAILQ_EMPTY(&sink->lines) && !sink->lost_line;
    if (sink->idle && !sink->closing) {
        pthread_cond_broadcast(&sink->written);
        await_lines(sink);
    }
    if (sink->lost_line) {
        sink->lost_line = false;
        sink_file_fail(&sink->file, NO_MEMORY, 0);
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
        sink_file_settle(&sink->file);
    }
    sink_file_end(&sink->file);
    return NULL;
}

/* ---- The beginning ---- */

struct sink *sink_new(const struct sink_options *options, char *out_error, size_t error_size)
{
    struct sink *sink = calloc(1, sizeof(*sink));
    snprintf(out_error, error_size, "out of memory");
    if (sink == NULL) {
        return NULL;
    }
    sink->options = *options;
    STAILQ_INIT(&sink->lines);
    pthread_mutex_init(&sink->mutex, NULL);
    pthread_cond_init(&sink->arrived, NULL);
    pthread_cond_init(&sink->written, NULL);
    if (!sink_file_open(&sink->file, &sink->options, out_error, error_size)) {
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
        sink->lost_line = true;
        pthread_cond_signal(&sink->arrived);
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
    while (sink->started && (!STAILQ_EMPTY(&sink->lines) || sink->lost_line || !sink->idle)) {
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
    return sink->file.is_file;
}

bool sink_is_disturbed(const struct sink *sink)
{
    return sink->file.is_disturbed;
}

const char *sink_error(const struct sink *sink)
{
    return sink_file_error(&sink->file);
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
    sink_file_close(&sink->file);
}

void sink_free(struct sink *sink)
{
    if (sink == NULL) {
        return;
    }
    sink_finish(sink);
    sink_file_close(&sink->file); /* where the thread was not started */
    pthread_cond_destroy(&sink->arrived);
    pthread_cond_destroy(&sink->written);
    pthread_mutex_destroy(&sink->mutex);
    free(sink);
}
