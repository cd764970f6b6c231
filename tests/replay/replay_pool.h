/*
 * A pool whose one thread is simulated: it works on the thread of the test, a job after the other,
 * each of which takes as long as the test says. So a test decides what happens meanwhile.
 */
#ifndef MXGRADE_TESTS_REPLAY_POOL_H
#define MXGRADE_TESTS_REPLAY_POOL_H

#include "io/base/pool.h"

/* Seconds that each job takes from now on; zero at first. */
void replay_pool_take(struct pool *pool, double seconds);

/* Jobs that have been run. */
unsigned replay_pool_num_run(const struct pool *pool);

#endif
