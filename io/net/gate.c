#include "io/net/gate.h"

#include <assert.h>

#include "io/base/loop.h"

static void push(struct gate_queue *queue, struct gate_pass *pass)
{
    pass->previous = queue->last;
    pass->next = NULL;
    *(queue->last != NULL ? &queue->last->next : &queue->first) = pass;
    queue->last = pass;
}

static void unlink_pass(struct gate_queue *queue, struct gate_pass *pass)
{
    *(pass->previous != NULL ? &pass->previous->next : &queue->first) = pass->next;
    *(pass->next != NULL ? &pass->next->previous : &queue->last) = pass->previous;
    pass->previous = NULL;
    pass->next = NULL;
}

static void let_in(struct gate *gate, struct gate_pass *pass)
{
    pass->place = GATE_INSIDE;
    pass->since = loop_now(gate->loop);
    push(&gate->inside, pass);
    gate->num_inside++;
}

static void let_out(struct gate *gate, struct gate_pass *pass)
{
    pass->place = GATE_OUTSIDE;
    unlink_pass(&gate->inside, pass);
    gate->num_inside--;
}

/* While someone waits: opens at once where there is room, else when patience with the first ends.
 */
static void arrange(struct gate *gate)
{
    ev_timer_stop(gate->loop, &gate->timer);
    if (gate->waiting.first == NULL) {
        return;
    }
    if (gate->num_inside < gate->limit) {
        ev_feed_event(gate->loop, &gate->opener, EV_CUSTOM);
        return;
    }
    double left = gate->patience - loop_since(gate->loop, gate->inside.first->since);
    ev_timer_set(&gate->timer, left > 0 ? left : 0, 0.);
    ev_timer_start(gate->loop, &gate->timer);
}

static void open_gate(struct ev_loop *loop, ev_idle *watcher, int events)
{
    (void)loop;
    (void)events;
    struct gate *gate = watcher->data;
    while (gate->waiting.first != NULL && gate->num_inside < gate->limit) {
        struct gate_pass *pass = gate->waiting.first;
        unlink_pass(&gate->waiting, pass);
        let_in(gate, pass);
        pass->enter(pass);
    }
    arrange(gate);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)events;
    struct gate *gate = watcher->data;
    while (gate->inside.first != NULL &&
           loop_since(loop, gate->inside.first->since) >= gate->patience) {
        let_out(gate, gate->inside.first);
    }
    arrange(gate);
}

void gate_init(struct gate *gate, struct ev_loop *loop, size_t limit, double patience)
{
    *gate = (struct gate){.loop = loop, .limit = limit, .patience = patience};
    ev_timer_init(&gate->timer, on_timer, 0., 0.);
    gate->timer.data = gate;
    ev_idle_init(&gate->opener, open_gate);
    gate->opener.data = gate;
}

void gate_fini(struct gate *gate)
{
    assert(gate->waiting.first == NULL);
    ev_clear_pending(gate->loop, &gate->opener);
    ev_timer_stop(gate->loop, &gate->timer);
}

bool gate_enter(struct gate *gate, struct gate_pass *pass)
{
    assert(pass->place == GATE_OUTSIDE);
    if (gate->num_inside < gate->limit && gate->waiting.first == NULL) {
        let_in(gate, pass);
        return true;
    }
    pass->place = GATE_WAITING;
    bool is_first = gate->waiting.first == NULL;
    push(&gate->waiting, pass);
    if (is_first) {
        arrange(gate);
    }
    return false;
}

void gate_leave(struct gate *gate, struct gate_pass *pass)
{
    if (pass->place == GATE_WAITING) {
        pass->place = GATE_OUTSIDE;
        unlink_pass(&gate->waiting, pass);
    } else if (pass->place == GATE_INSIDE) {
        let_out(gate, pass);
        if (gate->waiting.first != NULL) {
            ev_feed_event(gate->loop, &gate->opener, EV_CUSTOM);
        }
    }
}
