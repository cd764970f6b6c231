/*
 * A wall clock that somebody sets while a program runs: preloaded, it is off by WALL_STEP seconds
 * from WALL_STEP_AFTER seconds after the start on. The monotonic clock goes on as it is.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static double after, step;
static struct timespec start;

static int ask_kernel(clockid_t clock, struct timespec *out)
{
    return (int)syscall(SYS_clock_gettime, clock, out);
}

__attribute__((constructor)) static void begin(void)
{
    const char *after_text = getenv("WALL_STEP_AFTER");
    const char *step_text = getenv("WALL_STEP");
    after = after_text != NULL ? atof(after_text) : 0;
    step = step_text != NULL ? atof(step_text) : 0;
    ask_kernel(CLOCK_MONOTONIC, &start);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int status = ask_kernel(clock, out);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        struct timespec now;
        ask_kernel(CLOCK_MONOTONIC, &now);
        double elapsed =
            (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
        out->tv_sec += elapsed >= after ? (time_t)step : 0;
    }
    return status;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    int status = clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return status;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
