#include "tests/replay/replay_clock.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000LL
/* Where the clocks stand at first: a machine that was up for some days, in June 2026. */
#define MONOTONIC_START_NS (400000LL * NS_PER_SECOND)
#define WALL_START_NS      (1780000000LL * NS_PER_SECOND)
/* A test that has not ended after so long will not end. */
#define LONGEST_NS (30LL * 86400 * NS_PER_SECOND)

static atomic_int_fast64_t elapsed_ns;
static atomic_int_fast64_t wall_step_ns;
static TAILQ_HEAD(, replay_actor) actors = TAILQ_HEAD_INITIALIZER(actors);
static struct replay_actor *next_actor; /* to act, while a round goes on */
static bool others_act;                 /* and not the code under test */
static bool is_frozen;                  /* time must not go by ... */
static bool is_quiet;                   /* ... although everyone waits for it */

/* Another thread, in pthread_cond_clockwait(). */
struct thread_wait {
    pthread_cond_t *cond;
    pthread_mutex_t *mutex;
    int_fast64_t end_ns;
    bool is_told;
    TAILQ_ENTRY(thread_wait) link;
};

static pthread_mutex_t waits_mutex = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, thread_wait) waits = TAILQ_HEAD_INITIALIZER(waits);

/* ---- Those who act ---- */

void replay_enter(struct replay_actor *actor)
{
    TAILQ_INSERT_TAIL(&actors, actor, link);
}

void replay_leave(struct replay_actor *actor)
{
    if (next_actor == actor) {
        next_actor = TAILQ_NEXT(actor, link);
    }
    TAILQ_REMOVE(&actors, actor, link);
}

bool replay_is_turn_of_others(void)
{
    return others_act;
}

static bool let_all_act(void)
{
    bool acted = false;
    others_act = true;
    for (struct replay_actor *actor = TAILQ_FIRST(&actors); actor != NULL; actor = next_actor) {
        next_actor = TAILQ_NEXT(actor, link);
        acted |= actor->act(actor);
    }
    others_act = false;
    return acted;
}

/* When the next one who waits for the time has waited enough. */
static int_fast64_t next_due_ns(void)
{
    int_fast64_t next_ns = INT_FAST64_MAX;
    const struct replay_actor *actor;
    TAILQ_FOREACH(actor, &actors, link)
    {
        if (!isinf(actor->due)) {
            int_fast64_t due_ns = (int_fast64_t)ceil(actor->due * NS_PER_SECOND);
            next_ns = due_ns > elapsed_ns && due_ns < next_ns ? due_ns : next_ns;
        }
    }
    return next_ns;
}

/* ---- Time ---- */

double replay_now(void)
{
    return (double)elapsed_ns / NS_PER_SECOND;
}

/* The next thread that has waited enough and was not told so; false if there is none. */
static bool take_expired(struct thread_wait *out_wait)
{
    struct thread_wait *wait;
    pthread_mutex_lock(&waits_mutex);
    TAILQ_FOREACH(wait, &waits, link)
    {
        if (!wait->is_told && wait->end_ns <= elapsed_ns) {
            wait->is_told = true;
            *out_wait = *wait;
            break;
        }
    }
    pthread_mutex_unlock(&waits_mutex);
    return wait != NULL;
}

static void wake_threads(void)
{
    struct thread_wait wait;
    while (take_expired(&wait)) {
        pthread_mutex_lock(wait.mutex); /* so that it does wait already */
        pthread_cond_broadcast(wait.cond);
        pthread_mutex_unlock(wait.mutex);
    }
}

static void pass(int_fast64_t ns)
{
    elapsed_ns += ns;
    wake_threads();
    if (elapsed_ns > LONGEST_NS) {
        fprintf(stderr, "replay: a month has gone by, and the test has not ended\n");
        abort();
    }
}

void replay_pass(double seconds)
{
    pass((int_fast64_t)(seconds * NS_PER_SECOND));
}

void replay_set_wall(double seconds)
{
    wall_step_ns += (int_fast64_t)(seconds * NS_PER_SECOND);
}

static void on_end(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    *(bool *)timer->data = true;
    ev_break(loop, EVBREAK_ALL);
}

bool replay_run(struct ev_loop *loop, double seconds)
{
    bool is_over = false;
    ev_timer end;
    ev_timer_init(&end, on_end, seconds, 0.);
    end.data = &is_over;
    ev_now_update(loop);
    ev_timer_start(loop, &end);
    ev_unref(loop);
    ev_run(loop, 0);
    ev_ref(loop);
    ev_timer_stop(loop, &end);
    return !is_over;
}

void replay_settle(struct ev_loop *loop)
{
    bool is_over;
    ev_timer end; /* without any watcher the loop would not wait */
    ev_timer_init(&end, on_end, (double)LONGEST_NS / NS_PER_SECOND, 0.);
    end.data = &is_over;
    ev_timer_start(loop, &end);
    is_frozen = true;
    do {
        is_quiet = false;
        ev_run(loop, EVRUN_ONCE);
    } while (!is_quiet);
    is_frozen = false;
    ev_timer_stop(loop, &end);
}

/* ---- In place of the C library ---- */

static struct timespec timespec_of(int_fast64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    switch (clock) {
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
        *out = timespec_of(MONOTONIC_START_NS + elapsed_ns);
        return 0;
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        *out = timespec_of(WALL_START_NS + elapsed_ns + wall_step_ns);
        return 0;
    default:
        return (int)syscall(SYS_clock_gettime, clock, out);
    }
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
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

int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           clockid_t clock, const struct timespec *restrict until)
{
    (void)clock; /* nobody asks for another one */
    struct thread_wait wait = {.cond = cond, .mutex = mutex};
    wait.end_ns = until->tv_sec * NS_PER_SECOND + until->tv_nsec - MONOTONIC_START_NS;
    if (elapsed_ns >= wait.end_ns) {
        return ETIMEDOUT;
    }
    pthread_mutex_lock(&waits_mutex);
    TAILQ_INSERT_TAIL(&waits, &wait, link);
    pthread_mutex_unlock(&waits_mutex);
    pthread_cond_wait(cond, mutex);
    pthread_mutex_lock(&waits_mutex);
    TAILQ_REMOVE(&waits, &wait, link);
    pthread_mutex_unlock(&waits_mutex);
    return elapsed_ns >= wait.end_ns ? ETIMEDOUT : 0;
}

/* It takes a nanosecond, as libev fires no timer before the moment that it is set to is past. */
int epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms)
{
    pass(1);
    int_fast64_t end_ns =
        timeout_ms < 0 ? INT_FAST64_MAX : elapsed_ns + timeout_ms * (NS_PER_SECOND / 1000);
    for (;;) {
        int num = (int)syscall(SYS_epoll_pwait, fd, events, max, 0, NULL, 0);
        if (num != 0 || elapsed_ns >= end_ns) {
            return num;
        }
        if (let_all_act()) {
            continue;
        }
        if (is_frozen) {
            is_quiet = true;
            return 0;
        }
        int_fast64_t due_ns = next_due_ns();
        if (due_ns == INT_FAST64_MAX && end_ns == INT_FAST64_MAX) {
            fprintf(stderr, "replay: everyone waits for ever\n");
            abort();
        }
        pass((due_ns < end_ns ? due_ns : end_ns) - elapsed_ns);
    }
}
