/*
 * The file that a sink writes: whole lines gathered to batches, compressed frame by frame, synced
 * every so often, and cut back to the last whole line when writing fails. For one thread; only
 * sink_file_error() may be called by others.
 */
#ifndef MXGRADE_OUTPUT_SINK_FILE_H
#define MXGRADE_OUTPUT_SINK_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "io/base/clock.h"
#include "output/file/sink.h"

struct sink_file {
    const struct sink_options *options; /* borrowed */
    int fd;
    bool is_file;    /* of its own: can be cut back and synced */
    bool is_named;   /* and had a name when it was opened: one that is only in memory has none */
    bool is_regular; /* a file, be it somebody else's standard output */
    bool is_zstd;
    bool is_disturbed;  /* another program has cut, replaced, removed or changed it */
    off_t end;          /* where it ends by what was written */
    off_t good_end;     /* of the last whole batch */
    uint64_t num_lines; /* line ends that it holds by what was written */
    bool unsynced;
    struct moment last_sync;
    char *batch;
    size_t batch_len;
    char *packed; /* a compressed batch */
    size_t packed_size;
    atomic_bool has_error;
    char error[256]; /* set before has_error, then constant */
};

/* False with a sentence in out_error. sink_file_close() is due in either case. */
bool sink_file_open(struct sink_file *file, const struct sink_options *options, char *out_error,
                    size_t error_size);
void sink_file_close(struct sink_file *file);

/* Takes a whole line. False: there is, or was, an error, and nothing is kept any more. */
bool sink_file_line(struct sink_file *file, const char *bytes, size_t len);

/* After the last of some lines: writes them, but for a part of a compressed frame. */
void sink_file_pause(struct sink_file *file);

/* Must it be settled in a while although no more lines come? */
bool sink_file_is_unsettled(const struct sink_file *file);
/* Writes what must not wait for the next line for ever: a part of a frame, unsynced data. */
void sink_file_settle(struct sink_file *file);
/* The same at once, at the end, when the lines of the file are counted too. */
void sink_file_end(struct sink_file *file);

/* Notes an error, unless there is one: errno, or where that is 0 what went wrong. */
void sink_file_fail(struct sink_file *file, const char *what, int error);

/* The first error as a sentence, or NULL. Any thread. */
const char *sink_file_error(const struct sink_file *file);

#endif
