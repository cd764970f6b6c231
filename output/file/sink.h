/*
 * The one writer of results. A thread of its own takes finished lines from a queue and writes them
 * whole and in order; a ".zst" name gets a sequence of independent zstd frames, each holding whole
 * lines. Nothing here blocks a producer; who admits work looks at sink_backlog() and waits.
 *
 * On a write error (disk full, closed pipe) the sink cuts a regular file back to its last whole
 * line (or frame), remembers the error, and drops what follows: the run must then end as cut short.
 * A regular file is appended to, and fdatasync'ed at least every SINK_SYNC_SECONDS while lines
 * arrive, after the first line at once, and at the end. Its size and its name are compared with
 * what was written before each write, at each sync and at the end, when its lines are counted too:
 * one that another program has cut, replaced, removed or written to is a write error.
 */
#ifndef MXGRADE_OUTPUT_SINK_H
#define MXGRADE_OUTPUT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/file/tally.h"

#define SINK_SYNC_SECONDS 5

struct sink;

struct sink_options {
    const char *path;    /* NULL or "-": standard output; a name ending in ".zst" is compressed */
    bool append;         /* continue a file that resume_open() has cut to whole lines */
    struct tally *tally; /* borrowed; fed as lines are written */
    const char *advice;  /* what to do where the file is not empty: the commands differ */
    /* Called on the sink's thread once at the first write error; may be NULL. Must not block. */
    void (*on_error)(void *user);
    void *user;
};

/*
 * Opens the output and starts the thread. On failure NULL and a sentence in out_error. A new file
 * is created with O_EXCL unless it is missing, empty or `append`: an existing result is never
 * overwritten silently (the sentence ends with options->advice).
 */
struct sink *sink_new(const struct sink_options *options, char *out_error, size_t error_size);

/*
 * Queues one whole line (with its '\n'); takes over `line`, which must come from malloc. Any
 * thread. The item is fed to the tally when the line has been written.
 */
void sink_line(struct sink *sink, char *line, size_t len, const struct tally_item *item);

/*
 * Waits until everything queued so far has been written (or dropped after an error), so that the
 * tally is complete. Not from the sink's own thread.
 */
void sink_drain(struct sink *sink);

/* Bytes queued and not yet written. Any thread. */
size_t sink_backlog(const struct sink *sink);

/* The output is a regular file of its own: what was written can be read again. */
bool sink_is_file(const struct sink *sink);

/* Another program has cut, replaced, removed or changed the file meanwhile. After sink_finish(). */
bool sink_is_disturbed(const struct sink *sink);

/* The first write error as a sentence, or NULL. Any thread. */
const char *sink_error(const struct sink *sink);

/*
 * Writes what is queued, syncs, closes and joins the thread; after that sink_error() and the tally
 * are final and sink_line() must not be called. Then free.
 */
void sink_finish(struct sink *sink);
void sink_free(struct sink *sink);

#endif
