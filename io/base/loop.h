/*
 * An event loop that knows the monotonic time of its current round. libev keeps that for its timers
 * and shows only the wall time that it makes of it, ev_now(), which jumps when the clock is set.
 */
#ifndef MXGRADE_IO_LOOP_H
#define MXGRADE_IO_LOOP_H

#include <ev.h>

#include "io/base/clock.h"

/*
 * From now on all loops of the process wait for memory that is lacking, ten seconds at most. libev
 * would end the program at once, though what it wants is little and others give some back soon. For
 * main(), before the first loop.
 */
void loop_wait_for_memory(void);

/*
 * Where a system call fails without which no loop can go on, such as a descriptor of its own,
 * `on_failure` is called, with errno and what libev says. It must not return; without it libev
 * aborts the program. For main(), before the first loop.
 */
void loop_set_failure(void (*on_failure)(const char *what));

/* NULL on lack of memory, or where libev has no loop for this system. */
struct ev_loop *loop_new(void);

/* NULL is fine. */
void loop_free(struct ev_loop *loop);

/*
 * When the current round began to handle its events: the time that timers run by. No system call.
 * `loop` comes from loop_new().
 */
struct moment loop_now(struct ev_loop *loop);

/* Seconds from `moment` to loop_now(). */
static inline double loop_since(struct ev_loop *loop, struct moment moment)
{
    return moment_between(moment, loop_now(loop));
}

#endif
