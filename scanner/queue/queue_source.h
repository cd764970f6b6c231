/*
 * Workers that call from one source address share its pace. Each says in Redis which part of the
 * pace its scan takes, and begins one only where that leaves the others theirs:
 *
 *   mxgrade:source:NAME   hash: worker -> "TIME PARTS", a part being 1/PARTS of the pace, 0: none
 *
 * With N workers each takes 1/N; of more than may connect to one address at
 * once the others wait. When one joins or leaves, the others end the lists of their scans,
 * which finish what they have, and begin others with the new part.
 */
#ifndef MXGRADE_SCANNER_QUEUE_SOURCE_H
#define MXGRADE_SCANNER_QUEUE_SOURCE_H

#include <stdbool.h>

#include "scanner/queue/queue_job.h"

/* What one source address may do in all, as the options of a scan say it. 0 of a rate: no limit. */
struct queue_pace {
    double rate, provider_rate;
    unsigned per_address, per_provider;
};

/* The part of it that one of so many workers takes: at least one connection at once. */
struct queue_pace queue_pace_part(const struct queue_pace *pace, unsigned num_workers);

struct queue_sharing {
    unsigned num_parts; /* as many as there are workers, this one included, and `max` at most */
    bool is_free;       /* the others leave one of these parts */
};

/* Of a reply to HGETALL of that hash, at `now`, seconds since 1970. A worker that has said nothing
 * for `patience` seconds is dead; so is one that this program does not understand. No more than
 * `max` workers, which is the number of connections to one address at once, scan at a time. */
struct queue_sharing queue_sharing_of(const redisReply *reply, const char *worker, double now,
                                      double patience, unsigned max);

#endif
