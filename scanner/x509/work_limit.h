/*
 * How much CPU a thread may still spend on one chain and the TLSA records that it is compared with.
 * Strangers choose both: some can keep a processor busy for seconds.
 */
#ifndef MXGRADE_SCANNER_WORK_LIMIT_H
#define MXGRADE_SCANNER_WORK_LIMIT_H

#include <stdbool.h>

#include "io/base/clock.h"

/* Seconds for a chain and one set of TLSA records in all; an honest pair takes up to two
 * thousandths. */
#define WORK_SECONDS 0.1

struct work_limit {
    double until; /* by clock_thread_cpu() of the thread that works */
};

static inline struct work_limit work_limit_after(double seconds)
{
    return (struct work_limit){clock_thread_cpu() + seconds};
}

/* In seconds; negative where more was used. */
static inline double work_limit_left(const struct work_limit *limit)
{
    return limit->until - clock_thread_cpu();
}

static inline bool work_limit_is_reached(const struct work_limit *limit)
{
    return clock_thread_cpu() >= limit->until;
}

#endif
