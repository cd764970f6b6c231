#include "io/base/loop.h"

#include <stdlib.h>
#include <time.h>

/* Later than any run ends; small enough that a double still tells fractions of a microsecond. */
#define NEVER_SECONDS 1e9

/* Ten seconds without memory for anything: then the program ends. */
#define TRIES    1000
#define PAUSE_NS 10000000L

/*
 * What remains of a timer that never fires tells how much time has gone by, as libev counts it.
 */
struct loop_clock {
    ev_timer never;
    struct moment end; /* when the timer would fire */
};

static void *allocate(void *old, long size)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    void *bytes = NULL;
    if (size <= 0) {
        free(old);
        return NULL;
    }
    for (unsigned i = 0; i < TRIES && (bytes = realloc(old, (size_t)size)) == NULL; i++) {
        nanosleep(&pause, NULL);
    }
    return bytes;
}

void loop_wait_for_memory(void)
{
    ev_set_allocator(allocate);
}

void loop_set_failure(void (*on_failure)(const char *what))
{
    ev_set_syserr_cb(on_failure);
}

static void on_never(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
}

struct ev_loop *loop_new(void)
{
    struct loop_clock *clock = malloc(sizeof(*clock));
    struct ev_loop *loop = clock != NULL ? ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV) : NULL;
    if (loop == NULL) {
        free(clock);
        return NULL;
    }
    ev_timer_init(&clock->never, on_never, NEVER_SECONDS, 0.);
    ev_now_update(loop);
    clock->end = moment_after(clock_now(), NEVER_SECONDS);
    ev_timer_start(loop, &clock->never);
    ev_unref(loop); /* it keeps no loop running */
    ev_set_userdata(loop, clock);
    return loop;
}

void loop_free(struct ev_loop *loop)
{
    if (loop == NULL) {
        return;
    }
    struct loop_clock *clock = ev_userdata(loop);
    ev_ref(loop);
    ev_timer_stop(loop, &clock->never);
    ev_loop_destroy(loop);
    free(clock);
}

struct moment loop_now(struct ev_loop *loop)
{
    struct loop_clock *clock = ev_userdata(loop);
    return moment_after(clock->end, -ev_timer_remaining(loop, &clock->never));
}
