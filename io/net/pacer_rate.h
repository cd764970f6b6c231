/*
 * Limits the starts a second of all threads together. A thread that wants to start something
 * reserves the next moment that the rate has left, and waits for it. Moments are given out in the
 * order of the requests. So threads that want more than the rate allows get equally many starts,
 * and a thread that is alone gets all.
 */
#ifndef MXGRADE_IO_PACER_RATE_H
#define MXGRADE_IO_PACER_RATE_H

#include <stdatomic.h>
#include <stdint.h>

#include "io/base/clock.h"

/* All zero: nothing has been started yet. */
struct pacer_rate {
    atomic_int_fast64_t next_us; /* of monotonic time: when the next start is due */
};

/*
 * When the next `num_starts` may begin, at `per_second`. `soonest` is now; or, for whoever was late
 * with starts that it could have made, a little earlier.
 */
struct moment pacer_rate_reserve(struct pacer_rate *rate, double per_second, unsigned num_starts,
                                 struct moment soonest);

#endif
