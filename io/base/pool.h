/*
 * Threads for work that takes longer than a loop with connections may stand still. A job goes into
 * one queue, is run by whichever thread is free, and comes back to the loop that posted it by its
 * mailbox. Jobs are embedded in their owners, so posting takes no memory, and the queue is as long
 * as there are owners who wait.
 */
#ifndef MXGRADE_IO_POOL_H
#define MXGRADE_IO_POOL_H

#include <stdbool.h>
#include <sys/queue.h>

#include "io/base/mailbox.h"

struct pool;

struct pool_job {
    struct message message; /* first */
    STAILQ_ENTRY(pool_job) link;
    struct mailbox *asker;
    bool was_dropped; /* by pool_drop_waiting(): run() was not called */
    /* On a thread of the pool. What it reads stays as it is until done(). */
    void (*run)(struct pool_job *job);
    /* Called exactly once, on the asker's thread, which then owns the job again. */
    void (*done)(struct pool_job *job);
};

/* NULL on lack of memory, or if no thread can be started. */
struct pool *pool_new(unsigned num_threads);

/* Waits until all jobs that were posted are on their way back, and ends the threads. NULL is fine.
 */
void pool_free(struct pool *pool);

/* Any thread. Hands the job over; run() and done() are set. Never blocks and never fails. */
void pool_post(struct pool *pool, struct pool_job *job, struct mailbox *asker);

/* Any thread. Sends back all jobs that no thread has begun; those that were begun go on. */
void pool_drop_waiting(struct pool *pool);

#endif
