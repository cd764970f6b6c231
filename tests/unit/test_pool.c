/*
 * Threads beside the loops: each job is run once, off the thread that posted it, and comes back
 * there, whoever else posts at the time.
 */
#include "io/base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/base/loop.h"

#define NUM_THREADS 2
#define NUM_LOOPS   3
#define NUM_JOBS    500

/* A loop, which is the thread of whoever runs it, and its jobs. */
struct asker {
    struct ev_loop *loop;
    struct mailbox mailbox;
    struct pool *pool;
    pthread_t thread;
    unsigned num_back;
    unsigned num_wrong; /* cmocka's checks are for the main thread alone */
    struct piece {
        struct pool_job job; /* first */
        struct asker *asker;
        pthread_barrier_t *meeting; /* NULL: nobody is to be met */
        atomic_uint num_runs;
        pthread_t runner;
        unsigned num_done;
    } pieces[NUM_JOBS];
};

static void run_piece(struct pool_job *job)
{
    struct piece *piece = (struct piece *)job;
    piece->runner = pthread_self();
    atomic_fetch_add(&piece->num_runs, 1);
    if (piece->meeting != NULL) {
        pthread_barrier_wait(piece->meeting);
    }
}

static void on_done(struct pool_job *job)
{
    struct piece *piece = (struct piece *)job;
    struct asker *asker = piece->asker;
    bool is_right = atomic_load(&piece->num_runs) == 1 && piece->num_done == 0 &&
                    pthread_equal(pthread_self(), asker->thread) &&
                    !pthread_equal(piece->runner, asker->thread);
    piece->num_done++;
    asker->num_wrong += !is_right;
    if (++asker->num_back == NUM_JOBS) {
        ev_break(asker->loop, EVBREAK_ALL);
    }
}

static struct asker *asker_new(struct pool *pool)
{
    struct asker *asker = calloc(1, sizeof(*asker));
    assert_non_null(asker);
    asker->loop = loop_new();
    assert_non_null(asker->loop);
    asker->pool = pool;
    mailbox_init(&asker->mailbox, asker->loop, asker);
    for (unsigned i = 0; i < NUM_JOBS; i++) {
        asker->pieces[i].job.run = run_piece;
        asker->pieces[i].job.done = on_done;
        asker->pieces[i].asker = asker;
    }
    return asker;
}

static void asker_free(struct asker *asker)
{
    mailbox_fini(&asker->mailbox);
    loop_free(asker->loop);
    free(asker);
}

static void *ask(void *argument)
{
    struct asker *asker = argument;
    asker->thread = pthread_self();
    for (unsigned i = 0; i < NUM_JOBS; i++) {
        pool_post(asker->pool, &asker->pieces[i].job, &asker->mailbox);
    }
    ev_ref(asker->loop); /* the mailbox alone does not keep it running */
    ev_run(asker->loop, 0);
    return NULL;
}

static void each_job_is_run_once_and_comes_back_to_its_own_loop(void **state)
{
    (void)state;
    struct pool *pool = pool_new(NUM_THREADS);
    struct asker *askers[NUM_LOOPS];
    pthread_t threads[NUM_LOOPS];
    assert_non_null(pool);
    for (unsigned i = 0; i < NUM_LOOPS; i++) {
        askers[i] = asker_new(pool);
        assert_int_equal(pthread_create(&threads[i], NULL, ask, askers[i]), 0);
    }
    for (unsigned i = 0; i < NUM_LOOPS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(askers[i]->num_back, NUM_JOBS);
        assert_int_equal(askers[i]->num_wrong, 0);
    }
    pool_free(pool);
    for (unsigned i = 0; i < NUM_LOOPS; i++) {
        asker_free(askers[i]);
    }
}

/* With one thread, or with a lock held while a job runs, this would never end. */
static void so_many_jobs_are_run_at_once_as_there_are_threads(void **state)
{
    (void)state;
    struct pool *pool = pool_new(NUM_THREADS);
    struct asker *asker = asker_new(pool);
    pthread_barrier_t meeting;
    assert_int_equal(pthread_barrier_init(&meeting, NULL, NUM_THREADS), 0);
    for (unsigned i = 0; i < NUM_THREADS; i++) {
        asker->pieces[i].meeting = &meeting;
    }
    (void)ask(asker);
    assert_int_equal(asker->num_wrong, 0);
    pool_free(pool);
    asker_free(asker);
    pthread_barrier_destroy(&meeting);
}

/* So who frees the askers afterwards, and not before, has nobody write to what is gone. */
static void at_the_end_every_job_is_on_its_way_back(void **state)
{
    (void)state;
    struct pool *pool = pool_new(1);
    struct asker *asker = asker_new(pool);
    asker->thread = pthread_self();
    for (unsigned i = 0; i < NUM_JOBS; i++) {
        pool_post(pool, &asker->pieces[i].job, &asker->mailbox);
    }
    pool_free(pool);
    assert_int_equal(asker->num_back, 0); /* the loop has not looked yet */
    mailbox_fini(&asker->mailbox);
    assert_int_equal(asker->num_back, NUM_JOBS);
    assert_int_equal(asker->num_wrong, 0);
    loop_free(asker->loop);
    free(asker);
    pool_free(NULL);
}

/* The first job waits at a barrier for this thread, so that it has begun. All other jobs are
 * dropped: they come back, and none of them has been run. */
static void what_has_not_begun_can_be_dropped(void **state)
{
    (void)state;
    struct pool *pool = pool_new(1);
    struct asker *asker = asker_new(pool);
    pthread_barrier_t meeting;
    unsigned num_dropped = 0;
    assert_int_equal(pthread_barrier_init(&meeting, NULL, 2), 0);
    asker->pieces[0].meeting = &meeting;
    for (unsigned i = 0; i < NUM_JOBS; i++) {
        pool_post(pool, &asker->pieces[i].job, &asker->mailbox);
    }
    while (atomic_load(&asker->pieces[0].num_runs) == 0) {
        sched_yield();
    }
    pool_drop_waiting(pool);
    pool_drop_waiting(pool);
    pthread_barrier_wait(&meeting);
    pool_free(pool);
    mailbox_fini(&asker->mailbox);
    assert_int_equal(asker->num_back, NUM_JOBS);
    for (unsigned i = 0; i < NUM_JOBS; i++) {
        bool was_run = atomic_load(&asker->pieces[i].num_runs) == 1;
        assert_int_equal(asker->pieces[i].num_done, 1);
        assert_true(asker->pieces[i].job.was_dropped != was_run);
        num_dropped += asker->pieces[i].job.was_dropped;
    }
    assert_int_equal(num_dropped, NUM_JOBS - 1);
    loop_free(asker->loop);
    free(asker);
    pthread_barrier_destroy(&meeting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_is_run_once_and_comes_back_to_its_own_loop),
        cmocka_unit_test(so_many_jobs_are_run_at_once_as_there_are_threads),
        cmocka_unit_test(at_the_end_every_job_is_on_its_way_back),
        cmocka_unit_test(what_has_not_begun_can_be_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
