#include "benchmarks/fleet/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_TURN 256
#define TURN_MAX_MS     1000
#define HEAP_FIRST      1024

struct loop {
    int epoll_fd;
    bool stopped;
    uint64_t now_ms;
    struct timer **heap; /* heap[1] is due first; heap[0] is unused */
    size_t num_timers;
    size_t heap_size;
};

static uint64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL) {
        return NULL;
    }
    loop->heap_size = HEAP_FIRST;
    loop->heap = calloc(loop->heap_size, sizeof *loop->heap);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->now_ms = monotonic_ms();
    if (loop->heap == NULL || loop->epoll_fd < 0) {
        loop_free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL) {
        return;
    }
    if (loop->epoll_fd >= 0) {
        close(loop->epoll_fd);
    }
    free(loop->heap);
    free(loop);
}

static int turn_wait_ms(const struct loop *loop)
{
    if (loop->num_timers == 0) {
        return TURN_MAX_MS;
    }
    uint64_t due_ms = loop->heap[1]->due_ms;
    uint64_t now_ms = monotonic_ms();
    if (due_ms <= now_ms) {
        return 0;
    }
    return due_ms - now_ms < TURN_MAX_MS ? (int)(due_ms - now_ms) : TURN_MAX_MS;
}

/* Only what was due when the turn began: timers armed by callbacks wait for the next one. */
static void fire_due(struct loop *loop)
{
    uint64_t until_ms = loop->now_ms;
    size_t at_most = loop->num_timers;
    while (at_most-- > 0 && loop->num_timers > 0 && loop->heap[1]->due_ms <= until_ms) {
        struct timer *timer = loop->heap[1];
        timer_disarm(loop, timer);
        timer->on_due(timer);
    }
}

bool loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS_PER_TURN];
    while (!loop->stopped) {
        int num = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, turn_wait_ms(loop));
        loop->now_ms = monotonic_ms();
        if (num < 0 && errno != EINTR) {
            return false;
        }
        for (int i = 0; i < num; i++) {
            struct watcher *watcher = events[i].data.ptr;
            watcher->on_ready(watcher, events[i].events);
        }
        fire_due(loop);
    }
    return true;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

static bool control(struct loop *loop, int operation, int fd, uint32_t events,
                    struct watcher *watcher)
{
    struct epoll_event event = {.events = events, .data.ptr = watcher};
    return epoll_ctl(loop->epoll_fd, operation, fd, &event) == 0;
}

bool loop_watch(struct loop *loop, int fd, uint32_t events, struct watcher *watcher)
{
    return control(loop, EPOLL_CTL_ADD, fd, events, watcher);
}

bool loop_rewatch(struct loop *loop, int fd, uint32_t events, struct watcher *watcher)
{
    return control(loop, EPOLL_CTL_MOD, fd, events, watcher);
}

static void put(struct loop *loop, struct timer *timer, size_t place)
{
    loop->heap[place] = timer;
    timer->place = place;
}

static void sift_up(struct loop *loop, struct timer *timer, size_t place)
{
    while (place > 1 && loop->heap[place / 2]->due_ms > timer->due_ms) {
        put(loop, loop->heap[place / 2], place);
        place /= 2;
    }
    put(loop, timer, place);
}

static void sift_down(struct loop *loop, struct timer *timer, size_t place)
{
    for (size_t child = 2 * place; child <= loop->num_timers; child = 2 * place) {
        if (child < loop->num_timers && loop->heap[child + 1]->due_ms < loop->heap[child]->due_ms) {
            child++;
        }
        if (loop->heap[child]->due_ms >= timer->due_ms) {
            break;
        }
        put(loop, loop->heap[child], place);
        place = child;
    }
    put(loop, timer, place);
}

static bool make_room(struct loop *loop)
{
    if (loop->num_timers + 1 < loop->heap_size) {
        return true;
    }
    struct timer **heap = reallocarray(loop->heap, loop->heap_size * 2, sizeof *heap);
    if (heap == NULL) {
        return false;
    }
    loop->heap = heap;
    loop->heap_size *= 2;
    return true;
}

bool timer_arm(struct loop *loop, struct timer *timer, uint64_t delay_ms)
{
    timer_disarm(loop, timer);
    if (!make_room(loop)) {
        return false;
    }
    timer->due_ms = loop->now_ms + delay_ms;
    sift_up(loop, timer, ++loop->num_timers);
    return true;
}

void timer_disarm(struct loop *loop, struct timer *timer)
{
    size_t place = timer->place;
    if (place == 0) {
        return;
    }
    timer->place = 0;
    struct timer *last = loop->heap[loop->num_timers--];
    if (last == timer) {
        return;
    }
    if (place > 1 && loop->heap[place / 2]->due_ms > last->due_ms) {
        sift_up(loop, last, place);
    } else {
        sift_down(loop, last, place);
    }
}
