#include "io/base/pool.h"

#include <pthread.h>
#include <stdlib.h>

STAILQ_HEAD(job_list, pool_job);

struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* a job was posted, or the threads are to end */
    struct job_list waiting;
    bool is_ending;
    unsigned num_threads;
    pthread_t threads[];
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

/* ---- The threads ---- */

/* Waits for the next job. NULL: the pool is ending, and none is left. */
static struct pool_job *take_job(struct pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    while (STAILQ_EMPTY(&pool->waiting) && !pool->is_ending) {
        pthread_cond_wait(&pool->changed, &pool->mutex);
    }
    struct pool_job *job = STAILQ_FIRST(&pool->waiting);
    if (job != NULL) {
        STAILQ_REMOVE_HEAD(&pool->waiting, link);
    }
    pthread_mutex_unlock(&pool->mutex);
    return job;
}

static void *pool_main(void *argument)
{
    struct pool *pool = argument;
    for (struct pool_job *job = take_job(pool); job != NULL; job = take_job(pool)) {
        job->run(job);
        give_back(job);
    }
    return NULL;
}

static void start_threads(struct pool *pool, unsigned num_wanted)
{
    while (pool->num_threads < num_wanted &&
           pthread_create(&pool->threads[pool->num_threads], NULL, pool_main, pool) == 0) {
        pool->num_threads++;
    }
}

struct pool *pool_new(unsigned num_threads)
{
    struct pool *pool = calloc(1, sizeof(*pool) + num_threads * sizeof(pool->threads[0]));
    if (pool == NULL) {
        return NULL;
    }
    STAILQ_INIT(&pool->waiting);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->changed, NULL);
    start_threads(pool, num_threads);
    if (pool->num_threads == 0) {
        pool_free(pool);
        return NULL;
    }
    return pool;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL) {
        return;
    }
    pthread_mutex_lock(&pool->mutex);
    pool->is_ending = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->num_threads; i++) {
        pthread_join(pool->threads[i], NULL);
    }
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

void pool_post(struct pool *pool, struct pool_job *job, struct mailbox *asker)
{
    job->asker = asker;
    job->was_dropped = false;
    pthread_mutex_lock(&pool->mutex);
    STAILQ_INSERT_TAIL(&pool->waiting, job, link);
    pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
}

void pool_drop_waiting(struct pool *pool)
{
    struct job_list dropped = STAILQ_HEAD_INITIALIZER(dropped);
    struct pool_job *job;
    pthread_mutex_lock(&pool->mutex);
    STAILQ_CONCAT(&dropped, &pool->waiting);
    pthread_mutex_unlock(&pool->mutex);
    while ((job = STAILQ_FIRST(&dropped)) != NULL) {
        STAILQ_REMOVE_HEAD(&dropped, link);
        job->was_dropped = true;
        give_back(job);
    }
}
