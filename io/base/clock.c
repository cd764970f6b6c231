#include "io/base/clock.h"

#include <sys/timex.h>
#include <time.h>

#define NS_PER_SECOND 1000000000L

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now); /* fails for a clock that does not exist, and for no other reason */
    return (double)now.tv_sec + (double)now.tv_nsec / NS_PER_SECOND;
}

struct moment clock_now(void)
{
    return (struct moment){seconds_of(CLOCK_MONOTONIC)};
}

int64_t clock_now_ms(void)
{
    return (int64_t)(seconds_of(CLOCK_MONOTONIC) * 1000);
}

double clock_wall(void)
{
    return seconds_of(CLOCK_REALTIME);
}

enum clock_keeping clock_keeping(void)
{
    struct timex clock = {.modes = 0}; /* nothing is set */
    int state = adjtimex(&clock);
    if (state < 0) {
        return CLOCK_KEEPING_UNKNOWN; /* a sandbox forbids to ask */
    }
    return (clock.status & STA_UNSYNC) != 0 || state == TIME_ERROR ? CLOCK_NOT_KEPT : CLOCK_IS_KEPT;
}

double clock_thread_cpu(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

void clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, double seconds)
{
    struct moment until = moment_after(clock_now(), seconds);
    struct timespec time = {.tv_sec = (time_t)until.seconds};
    time.tv_nsec = (long)((until.seconds - (double)time.tv_sec) * NS_PER_SECOND);
    pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, &time);
}
