/*
 * What earlier runs said, kept in one SQLite file (docs/history.md has its tables). Of each domain
 * and of each host the file holds what changed and when, so that a night in which nothing happened
 * takes next to no room.
 *
 * A run is added in one transaction: after a crash, a full disk or a kill the file is as it was
 * before. Several processes may read while one writes, and who writes second waits for the first.
 */
#ifndef MXGRADE_OUTPUT_HISTORY_H
#define MXGRADE_OUTPUT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct history;

enum history_access {
    HISTORY_READ,
    HISTORY_WRITE /* the file is made if there is none */
};

/* NULL with a sentence in out_error. */
struct history *history_open(const char *path, enum history_access access, char *out_error,
                             size_t error_size);
void history_close(struct history *history);

/* What went wrong with it last, as a sentence. */
const char *history_error(const struct history *history);

/* A run by its number, which people may name it by, and its time. */
struct history_run_key {
    int64_t id;
    int64_t at; /* milliseconds since 1970: when it began, the key of all that is known of it */
};

enum history_added {
    HISTORY_ADDED,
    HISTORY_KNOWN,      /* the same run was added before: nothing is done */
    HISTORY_REFUSED,    /* the run was cut short or is void */
    HISTORY_UNREADABLE, /* no result file, or one without domains */
    HISTORY_FAILED      /* the history cannot be written; it is as it was */
};

/*
 * Adds a result file. Runs may be added in any order of time. The key is filled for ADDED and
 * KNOWN; otherwise there is a sentence in out_error.
 */
enum history_added history_add(struct history *history, const char *results,
                               struct history_run_key *out_key, char *out_error, size_t error_size);

#endif
