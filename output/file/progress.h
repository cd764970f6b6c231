/*
 * One line of progress on a terminal: done, in flight, rate, time left, grades so far. Knows
 * nothing of the engine: it is given a snapshot and draws it.
 */
#ifndef MXGRADE_OUTPUT_PROGRESS_H
#define MXGRADE_OUTPUT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "output/file/tally.h"

enum progress_mode { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct progress_snapshot {
    double seconds;       /* since the start */
    uint64_t lines_total; /* of the list; 0: not known (standard input) */
    bool is_of_hosts;     /* the list names hosts, of which the tally counts no lines ... */
    uint64_t hosts_done;  /* ... but so many of them are done */
    uint64_t in_flight;   /* connections open now */
    uint64_t connections; /* made so far */
    uint64_t waiting;     /* connections that wait for their turn */
    /* What is waited for where no connection is open. */
    uint64_t servers_retrying;  /* servers that are asked again later ... */
    uint64_t policies_retrying; /* and MTA-STS policies ... */
    double retry_seconds;       /* ... the first of them in so many seconds */
    uint64_t dns_asking;        /* questions to the resolver */
};

struct progress;

/* AUTO draws if `stream` is a terminal. Off a terminal, ALWAYS prints a whole line every 10 s. */
struct progress *progress_new(FILE *stream, enum progress_mode mode);

/* Draws at most a few times a second, however often it is called. */
void progress_draw(struct progress *progress, const struct progress_snapshot *snapshot,
                   const struct tally_counters *counters);

/* Prints one whole line now, whatever the mode. */
void progress_say(struct progress *progress, const struct progress_snapshot *snapshot,
                  const struct tally_counters *counters);

/* Removes the line, so that a message can be printed; the next draw brings it back. */
void progress_clear(struct progress *progress);

void progress_free(struct progress *progress);

#endif
