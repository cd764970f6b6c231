/*
 * The only place that asks what time it is. Two kinds, which nothing can mix up:
 *
 * A moment is monotonic time. Nobody can set that clock, so deadlines, rates and durations rest on
 * it. A moment means something only beside another one.
 *
 * Wall time is what people and certificates go by. It jumps when somebody or NTP sets it, so it is
 * for what records say and never for a duration.
 *
 * What runs on an event loop takes the loop's own moment from io/base/loop, which costs nothing.
 */
#ifndef MXGRADE_IO_CLOCK_H
#define MXGRADE_IO_CLOCK_H

#include <pthread.h>
#include <stdint.h>

struct moment {
    double seconds; /* since some moment before the process began */
};

struct moment clock_now(void);

/* clock_now() in whole milliseconds. */
int64_t clock_now_ms(void);

/* Seconds since 1970 by the wall clock. */
double clock_wall(void);

/* Does somebody keep the wall clock right, by what the kernel was told? */
enum clock_keeping { CLOCK_KEEPING_UNKNOWN, CLOCK_IS_KEPT, CLOCK_NOT_KEPT };

enum clock_keeping clock_keeping(void);

/* Seconds of CPU that the calling thread has used. */
double clock_thread_cpu(void);

static inline struct moment moment_after(struct moment moment, double seconds)
{
    return (struct moment){moment.seconds + seconds};
}

/* In seconds; negative if `later` is the earlier one. */
static inline double moment_between(struct moment earlier, struct moment later)
{
    return later.seconds - earlier.seconds;
}

/*
 * Waits until the condition is signalled or so many seconds of monotonic time are over. As with
 * every wait for a condition, it may end without either.
 */
void clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, double seconds);

#endif
