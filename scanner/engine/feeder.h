/*
 * The reader of the list: a thread that turns lines into targets and hands them out, as many at
 * once as there are credits for. It may block on a slow standard input; nobody waits for it but the
 * end.
 */
#ifndef MXGRADE_SCANNER_FEEDER_H
#define MXGRADE_SCANNER_FEEDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/engine/file_digest.h"

struct run;
struct feeder;

/* Lines that an earlier run has done, by number. All zero is none. */
struct line_set {
    uint64_t *bits;
    size_t num_words;
};

bool line_set_add(struct line_set *set, uint64_t line);
bool line_set_has(const struct line_set *set, uint64_t line);
void line_set_fini(struct line_set *set);

/* Opens the list ("-": standard input) and takes its digest. -1 with a sentence in out_error. */
int feeder_open(const char *path, struct file_digest *out_digest, char *out_error,
                size_t error_size);

/* `fd` and the digest that feeder_open() took are borrowed. NULL on lack of memory. */
struct feeder *feeder_new(struct run *run, int fd, const struct file_digest *digest);

/*
 * Waits for the first line that holds something. False with a sentence in out_error where there is
 * none (an empty list, or a header alone), or where the list cannot be read. Before feeder_start().
 */
bool feeder_find_first(struct feeder *feeder, char *out_error, size_t error_size);

/* Starts the thread. `done` is borrowed. False on lack of threads. */
bool feeder_start(struct feeder *feeder, const struct line_set *done);

/* Stop reading; any thread. */
void feeder_stop(struct feeder *feeder);

/* Stops reading and waits until the thread has ended: it hands out nothing more. */
void feeder_finish(struct feeder *feeder);

/* A credit may have come back; any thread. */
void feeder_wake(struct feeder *feeder);

/* Has it read all of the list, or stopped? And how many lines held something, in all and of this
 * shard. */
bool feeder_is_done(const struct feeder *feeder);
uint64_t feeder_num_lines(const struct feeder *feeder);
uint64_t feeder_num_own_lines(const struct feeder *feeder);

/* Says which rows cannot be used. After feeder_finish(). */
void feeder_tell_end(const struct feeder *feeder);

/* A read error or a list that cannot be used, as a sentence; NULL if all is well. After
 * feeder_finish(). */
const char *feeder_error(const struct feeder *feeder);

/* NULL is fine. */
void feeder_free(struct feeder *feeder);

#endif
