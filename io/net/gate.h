/*
 * At most so many at once of something that is large while it lasts: whoever comes later waits in a
 * queue. Who stays longer than the gate is patient is not counted any more, so that a few who wait
 * for a slow network do not keep everyone out: the bound is one of bursts, not of all that may be.
 *
 * One gate per loop. Every step is O(1).
 */
#ifndef MXGRADE_IO_GATE_H
#define MXGRADE_IO_GATE_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "io/base/clock.h"

enum gate_place { GATE_OUTSIDE, GATE_WAITING, GATE_INSIDE };

/* Embedded in what wants to pass; all zero at first. */
struct gate_pass {
    TAILQ_ENTRY(gate_pass) link; /* in the one queue that it stands in */
    enum gate_place place;
    struct moment since; /* when it went inside */
};

/* Called from the loop, never from within another function of the gate, when its turn comes. */
typedef void (*gate_callback)(struct gate_pass *pass);

TAILQ_HEAD(gate_queue, gate_pass);

struct gate {
    struct ev_loop *loop;
    size_t limit;
    double patience;
    gate_callback enter; /* the same for everyone who comes */
    size_t num_inside;
    struct gate_queue waiting;
    struct gate_queue inside; /* the longest first */
    ev_timer timer;           /* active while someone waits */
    ev_idle opener;           /* never started, only fed */
};

/* The loop is one of loop_new(); `patience` in seconds. No memory is needed; nothing has to be
 * freed but by gate_fini(). */
void gate_init(struct gate *gate, struct ev_loop *loop, size_t limit, double patience);

/* No pass may be waiting. */
void gate_fini(struct gate *gate);

/* True: go ahead. False: it waits, and `enter`, which is the same for all, is called when its turn
 * has come. */
bool gate_enter(struct gate *gate, struct gate_pass *pass, gate_callback enter);

/* It is done, or waits no longer; idempotent. */
void gate_leave(struct gate *gate, struct gate_pass *pass);

#endif
