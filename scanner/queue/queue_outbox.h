/*
 * Records on their way from a worker to Redis, in batches. While Redis is gone they go to files in
 * the worker's spool, from where this worker or a later one delivers them.
 */
#ifndef MXGRADE_SCANNER_QUEUE_OUTBOX_H
#define MXGRADE_SCANNER_QUEUE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "scanner/queue/queue_job.h"

#define QUEUE_BATCH_BYTES     131072 /* a batch of so many is closed */
#define QUEUE_BATCH_BYTES_MAX (32u << 20)
#define QUEUE_BATCH_LINES_MAX 10000

struct queue_batch {
    TAILQ_ENTRY(queue_batch) next;
    char job[QUEUE_NAME_MAX + 1];
    char *text; /* records, a line each; NULL: they are in the file */
    size_t len, capacity;
    uint64_t *lines; /* of the list, that it completes */
    size_t num_lines, max_lines;
    char *path; /* NULL: it is in memory alone */
};

TAILQ_HEAD(queue_batches, queue_batch);

struct queue_outbox {
    struct queue_batches batches; /* the oldest first; the last one may be open */
    bool has_open;
    bool has_lost; /* a file that this process wrote could not be read; whoever acts on it clears it
                    */
    const char *folder; /* the spool; borrowed */
    const char *worker;
    unsigned number; /* of the next file */
    int lock;        /* of the folder: one worker alone has it */
};

/* Takes over what an earlier worker has left in the folder, which is made if need be. False after a
 * message. */
bool queue_outbox_init(struct queue_outbox *outbox, const char *folder, const char *worker);
/* Files stay. */
void queue_outbox_fini(struct queue_outbox *outbox);

/* Adds a record, without its line end, that completes a line of the list (0: none). False: no
 * memory. */
bool queue_outbox_add(struct queue_outbox *outbox, const char *job, const char *record, size_t len,
                      uint64_t line);

/* Nothing is added to the last batch any more. */
void queue_outbox_close(struct queue_outbox *outbox);

/* The oldest batch that is closed, with its text; NULL: there is none. One whose file cannot be
 * read is left where it is, and told of; `has_lost` says that this process wrote it. */
struct queue_batch *queue_outbox_first(struct queue_outbox *outbox);

/* Removes a batch from the outbox, with its file: it has been delivered, or its job has ended. */
void queue_outbox_remove(struct queue_outbox *outbox, struct queue_batch *batch);

/* Drops what is in memory of this job, as it is void. */
void queue_outbox_drop(struct queue_outbox *outbox, const char *job);

/* Writes all closed batches to the spool. False after a message: they stay in memory. */
bool queue_outbox_spill(struct queue_outbox *outbox);

#endif
