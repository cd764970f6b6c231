/*
 * One process's event loop: epoll for descriptors, a binary heap for deadlines.
 *
 * A watcher is told of events of its own descriptor only. It may be freed inside its own callback
 * and inside its own timer's; nobody else may free it, as the batch at hand may still name it.
 */
#ifndef MXGRADE_FLEET_LOOP_H
#define MXGRADE_FLEET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

struct watcher {
    void (*on_ready)(struct watcher *watcher, uint32_t events);
};

struct timer {
    void (*on_due)(struct timer *timer);
    uint64_t due_ms;
    size_t place; /* in the heap, counted from 1; 0: not armed */
};

/* The struct that a member lies in. */
#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct loop *loop_new(void);

void loop_free(struct loop *loop);

/* Returns false, having run nothing further, after loop_stop() or when epoll fails. */
bool loop_run(struct loop *loop);

void loop_stop(struct loop *loop);

/* Monotonic, as of the start of the current turn. */
uint64_t loop_now_ms(const struct loop *loop);

/* Level triggered unless EPOLLET is among the events. Closing the descriptor ends the watch. */
bool loop_watch(struct loop *loop, int fd, uint32_t events, struct watcher *watcher);

bool loop_rewatch(struct loop *loop, int fd, uint32_t events, struct watcher *watcher);

/* Arms the timer, or moves it if it is armed. False if memory is short: then it is not armed. */
bool timer_arm(struct loop *loop, struct timer *timer, uint64_t delay_ms);

void timer_disarm(struct loop *loop, struct timer *timer);

#endif
