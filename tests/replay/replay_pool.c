#include "tests/replay/replay_pool.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "tests/replay/replay_clock.h"
#include "tests/replay/replay_network.h"

STAILQ_HEAD(job_list, pool_job);

struct pool {
    struct replay_actor actor; /* first; due when the first job is through */
    struct job_list jobs;
    double seconds;
    unsigned num_run;
};

static void deliver(struct message *message, void *owner)
{
    (void)owner;
    struct pool_job *job = (struct pool_job *)message;
    job->done(job);
}

static void give_back(struct pool_job *job)
{
    job->message.deliver = deliver;
    mailbox_post(job->asker, &job->message);
}

static void begin_first(struct pool *pool)
{
    pool->actor.due = STAILQ_EMPTY(&pool->jobs) ? INFINITY : replay_now() + pool->seconds;
}

static void run_first(struct pool *pool)
{
    struct pool_job *job = STAILQ_FIRST(&pool->jobs);
    STAILQ_REMOVE_HEAD(&pool->jobs, link);
    begin_first(pool);
    pool->num_run++;
    job->run(job);
    give_back(job);
}

static bool act(struct replay_actor *actor)
{
    struct pool *pool = (struct pool *)actor;
    bool is_due = !STAILQ_EMPTY(&pool->jobs) && replay_now() >= pool->actor.due;
    if (is_due) {
        run_first(pool);
    }
    return is_due;
}

struct pool *pool_new(unsigned num_threads)
{
    (void)num_threads;
    struct pool *pool = replay_alloc(sizeof(*pool));
    STAILQ_INIT(&pool->jobs);
    pool->actor.act = act;
    pool->actor.due = INFINITY;
    replay_enter(&pool->actor);
    return pool;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL) {
        return;
    }
    while (!STAILQ_EMPTY(&pool->jobs)) {
        run_first(pool);
    }
    replay_leave(&pool->actor);
    free(pool);
}

void pool_post(struct pool *pool, struct pool_job *job, struct mailbox *asker)
{
    bool was_idle = STAILQ_EMPTY(&pool->jobs);
    job->asker = asker;
    job->was_dropped = false;
    STAILQ_INSERT_TAIL(&pool->jobs, job, link);
    if (was_idle) {
        begin_first(pool);
    }
}

/* The first job has been begun. */
void pool_drop_waiting(struct pool *pool)
{
    struct pool_job *first = STAILQ_FIRST(&pool->jobs), *job;
    while (first != NULL && (job = STAILQ_NEXT(first, link)) != NULL) {
        STAILQ_REMOVE(&pool->jobs, job, pool_job, link);
        job->was_dropped = true;
        give_back(job);
    }
}

void replay_pool_take(struct pool *pool, double seconds)
{
    pool->seconds = seconds;
}

unsigned replay_pool_num_run(const struct pool *pool)
{
    return pool->num_run;
}
