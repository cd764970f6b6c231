#include "io/net/gate.h"

#include <assert.h>

#include "io/base/loop.h"

static void let_in(struct gate *gate, struct gate_pass *pass)
{
    pass->place = GATE_INSIDE;
    pass->since = loop_now(gate->loop);
    TAILQ_INSERT_TAIL(&gate->inside, pass, link);
    gate->num_inside++;
}

static void let_out(struct gate *gate, struct gate_pass *pass)
{
    pass->place = GATE_OUTSIDE;
    TAILQ_REMOVE(&gate->inside, pass, link);
    gate->num_inside--;
}

/* While someone waits: opens at once where there is room, else when patience with the first ends.
 */
static void arrange(struct gate *gate)
{
    ev_timer_stop(gate->loop, &gate->timer);
    if (TAILQ_EMPTY(&gate->waiting)) {
        return;
    }
    if (gate->num_inside < gate->limit) {
        ev_feed_event(gate->loop, &gate->opener, EV_CUSTOM);
        return;
    }
    double left = gate->patience - loop_since(gate->loop, TAILQ_FIRST(&gate->inside)->since);
    ev_timer_set(&gate->timer, left > 0 ? left : 0, 0.);
    ev_timer_start(gate->loop, &gate->timer);
}

static void open_gate(struct ev_loop *loop, ev_idle *watcher, int events)
{
    (void)loop;
    (void)events;
    struct gate *gate = watcher->data;
    while (!TAILQ_EMPTY(&gate->waiting) && gate->num_inside < gate->limit) {
        struct gate_pass *pass = TAILQ_FIRST(&gate->waiting);
        TAILQ_REMOVE(&gate->waiting, pass, link);
        let_in(gate, pass);
        gate->enter(pass);
    }
    arrange(gate);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)events;
    struct gate *gate = watcher->data;
    while (!TAILQ_EMPTY(&gate->inside) &&
           loop_since(loop, TAILQ_FIRST(&gate->inside)->since) >= gate->patience) {
        let_out(gate, TAILQ_FIRST(&gate->inside));
    }
    arrange(gate);
}

void gate_init(struct gate *gate, struct ev_loop *loop, size_t limit, double patience)
{
    *gate = (struct gate){.loop = loop, .limit = limit, .patience = patience};
    TAILQ_INIT(&gate->waiting);
    TAILQ_INIT(&gate->inside);
    ev_timer_init(&gate->timer, on_timer, 0., 0.);
    gate->timer.data = gate;
    ev_idle_init(&gate->opener, open_gate);
    gate->opener.data = gate;
}

void gate_fini(struct gate *gate)
{
    assert(TAILQ_EMPTY(&gate->waiting));
    ev_clear_pending(gate->loop, &gate->opener);
    ev_timer_stop(gate->loop, &gate->timer);
}

bool gate_enter(struct gate *gate, struct gate_pass *pass, gate_callback enter)
{
    gate->enter = enter;
    assert(pass->place == GATE_OUTSIDE);
    if (gate->num_inside < gate->limit && TAILQ_EMPTY(&gate->waiting)) {
        let_in(gate, pass);
        return true;
    }
    pass->place = GATE_WAITING;
    bool is_first = TAILQ_EMPTY(&gate->waiting);
    TAILQ_INSERT_TAIL(&gate->waiting, pass, link);
    if (is_first) {
        arrange(gate);
    }
    return false;
}

void gate_leave(struct gate *gate, struct gate_pass *pass)
{
    if (pass->place == GATE_WAITING) {
        pass->place = GATE_OUTSIDE;
        TAILQ_REMOVE(&gate->waiting, pass, link);
    } else if (pass->place == GATE_INSIDE) {
        let_out(gate, pass);
        if (!TAILQ_EMPTY(&gate->waiting)) {
            ev_feed_event(gate->loop, &gate->opener, EV_CUSTOM);
        }
    }
}
