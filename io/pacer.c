#include "io/pacer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* How often tokens are handed out: short enough to look smooth, long enough to cost nothing. */
#define RATE_TICK_SECONDS 0.01
/* After a shortage the limit grows back by this much a second. */
#define SHORTAGE_RECOVERY_PER_SECOND 50
/* A share that was halved grows by one after so many undisturbed connections for each it has: as
 * TCP does after a loss (RFC 5681 section 3.1), only more slowly. */
#define CALM_PER_SHARE 4

struct queue {
    struct pacer_ticket *first;
    struct pacer_ticket *last;
};

/* An address or a provider: its waiting tickets and how many it has started. */
struct pacer_group {
    struct table_node node; /* first, so that a node is a group */
    struct queue waiting;
    unsigned num_active;
    unsigned limit;
    unsigned num_calm; /* of a provider: ended since it last complained or its limit grew */
    size_t
        num_tickets; /* waiting or active; the group goes when it reaches zero and is not slowed */
    ev_timer slow;   /* active while the group may start nothing */
    bool is_slowed;  /* it has a limit of its own to remember */
    struct pacer *pacer;
    size_t key_len;
    uint8_t key[];
};

struct pacer {
    struct ev_loop *loop;
    const struct table_seed *seed;
    struct pacer_limits limits;
    struct table groups;
    struct queue ready;
    ev_timer tick;
    ev_idle starter; /* never started, only fed: starts what is ready after the current callback */
    ev_tstamp last_tick;
    double tokens;
    unsigned flight_limit;
    size_t num_in_flight;
    size_t num_waiting;
};

/* ---- Queues ---- */

static void push_back(struct queue *queue, struct pacer_ticket *ticket)
{
    ticket->previous = queue->last;
    ticket->next = NULL;
    if (queue->last != NULL) {
        queue->last->next = ticket;
    } else {
        queue->first = ticket;
    }
    queue->last = ticket;
}

static void push_front(struct queue *queue, struct pacer_ticket *ticket)
{
    ticket->previous = NULL;
    ticket->next = queue->first;
    if (queue->first != NULL) {
        queue->first->previous = ticket;
    } else {
        queue->last = ticket;
    }
    queue->first = ticket;
}

static void unlink_ticket(struct queue *queue, struct pacer_ticket *ticket)
{
    *(ticket->previous != NULL ? &ticket->previous->next : &queue->first) = ticket->next;
    *(ticket->next != NULL ? &ticket->next->previous : &queue->last) = ticket->previous;
    ticket->previous = NULL;
    ticket->next = NULL;
}

/* ---- Groups ---- */

struct group_key {
    const void *bytes;
    size_t len;
};

static bool group_equal(const struct table_node *node, const void *key)
{
    const struct pacer_group *group = (const struct pacer_group *)node;
    const struct group_key *wanted = key;
    return group->key_len == wanted->len && memcmp(group->key, wanted->bytes, wanted->len) == 0;
}

static void pump_group(struct pacer_group *group);

static void group_release_if_unused(struct pacer_group *group)
{
    if (group->num_tickets == 0 && !group->is_slowed) {
        table_remove(&group->pacer->groups, &group->node);
        free(group);
    }
}

static void on_slow_over(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    pump_group(watcher->data);
}

/* Addresses and providers share a table; the first byte of the key keeps them apart. */
static struct pacer_group *group_get(struct pacer *pacer, const struct group_key *key,
                                     unsigned limit)
{
    uint64_t hash = table_hash(pacer->seed, key->bytes, key->len);
    struct table_node *found = table_find(&pacer->groups, hash, group_equal, key);
    if (found != NULL) {
        return (struct pacer_group *)found;
    }
    struct pacer_group *group = calloc(1, sizeof(*group) + key->len);
    if (group == NULL) {
        return NULL;
    }
    group->pacer = pacer;
    group->limit = limit;
    group->key_len = key->len;
    memcpy(group->key, key->bytes, key->len);
    ev_timer_init(&group->slow, on_slow_over, 0., 0.);
    group->slow.data = group;
    if (!table_insert(&pacer->groups, &group->node, hash)) {
        free(group);
        return NULL;
    }
    return group;
}

static struct pacer_group *address_group(struct pacer *pacer, const struct address *address)
{
    uint8_t key[18] = {'a', address->family};
    memcpy(key + 2, address->bytes, sizeof(address->bytes));
    return group_get(pacer, &(struct group_key){key, sizeof(key)}, pacer->limits.per_address);
}

static struct pacer_group *provider_group(struct pacer *pacer, const char *provider)
{
    uint8_t key[256] = {'p'};
    size_t len = strlen(provider);
    if (len > sizeof(key) - 1) {
        len = sizeof(key) - 1;
    }
    memcpy(key + 1, provider, len);
    return group_get(pacer, &(struct group_key){key, len + 1}, pacer->limits.per_provider);
}

/* ---- The way of a ticket ---- */

/* Has what is ready started soon: at once where only the loop is awaited, else by the tick. */
static void wake_starter(struct pacer *pacer)
{
    bool may_start = pacer->ready.first != NULL && pacer->num_in_flight < pacer->flight_limit;
    bool out_of_tokens = pacer->limits.starts_per_second > 0 && pacer->tokens < 1;
    if (may_start && !out_of_tokens) {
        ev_feed_event(pacer->loop, &pacer->starter, EV_CUSTOM);
    }
    bool tick_needed =
        (may_start && out_of_tokens) || pacer->flight_limit < pacer->limits.max_in_flight;
    if (tick_needed && !ev_is_active(&pacer->tick)) {
        ev_timer_again(pacer->loop, &pacer->tick);
    }
}

static bool group_may_start(const struct pacer_group *group)
{
    return group->waiting.first != NULL && group->num_active < group->limit &&
           !ev_is_active(&group->slow);
}

static void move_to_ready(struct pacer *pacer, struct pacer_ticket *ticket)
{
    ticket->place = PACER_READY;
    push_back(&pacer->ready, ticket);
    wake_starter(pacer);
}

static void move_to_provider(struct pacer_ticket *ticket)
{
    ticket->place = PACER_AT_PROVIDER;
    push_back(&ticket->provider->waiting, ticket);
    pump_group(ticket->provider);
}

/* Lets as many of a group's tickets go one step further as its limit allows. */
static void pump_group(struct pacer_group *group)
{
    while (group_may_start(group)) {
        struct pacer_ticket *ticket = group->waiting.first;
        unlink_ticket(&group->waiting, ticket);
        group->num_active++;
        if (group == ticket->address) {
            move_to_provider(ticket);
        } else {
            move_to_ready(group->pacer, ticket);
        }
    }
}

static void start_ready(struct ev_loop *loop, ev_idle *watcher, int events)
{
    (void)loop;
    (void)events;
    struct pacer *pacer = watcher->data;
    bool is_limited = pacer->limits.starts_per_second > 0;
    while (pacer->ready.first != NULL && pacer->num_in_flight < pacer->flight_limit &&
           (!is_limited || pacer->tokens >= 1)) {
        struct pacer_ticket *ticket = pacer->ready.first;
        unlink_ticket(&pacer->ready, ticket);
        ticket->place = PACER_STARTED;
        pacer->num_in_flight++;
        pacer->num_waiting--;
        if (is_limited) {
            pacer->tokens -= 1;
        }
        ticket->start(ticket);
    }
    wake_starter(pacer);
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)events;
    struct pacer *pacer = watcher->data;
    double elapsed = ev_now(loop) - pacer->last_tick;
    pacer->last_tick = ev_now(loop);
    /* At most two ticks' worth is saved up: a pause must not be followed by a burst. */
    double most = pacer->limits.starts_per_second * RATE_TICK_SECONDS * 2;
    most = most > 1 ? most : 1;
    pacer->tokens += elapsed * pacer->limits.starts_per_second;
    pacer->tokens = pacer->tokens < most ? pacer->tokens : most;
    if (pacer->flight_limit < pacer->limits.max_in_flight) {
        pacer->flight_limit += (unsigned)(elapsed * SHORTAGE_RECOVERY_PER_SECOND) + 1;
        if (pacer->flight_limit > pacer->limits.max_in_flight) {
            pacer->flight_limit = pacer->limits.max_in_flight;
        }
    }
    if (pacer->ready.first == NULL && pacer->flight_limit == pacer->limits.max_in_flight) {
        ev_timer_stop(loop, watcher);
    }
    wake_starter(pacer);
}

/* ---- Interface ---- */

struct pacer *pacer_new(struct ev_loop *loop, const struct table_seed *seed,
                        const struct pacer_limits *limits)
{
    struct pacer *pacer = calloc(1, sizeof(*pacer));
    if (pacer == NULL) {
        return NULL;
    }
    pacer->loop = loop;
    pacer->seed = seed;
    pacer->limits = *limits;
    pacer->flight_limit = limits->max_in_flight;
    pacer->last_tick = ev_now(loop);
    pacer->tokens = 1;
    ev_idle_init(&pacer->starter, start_ready);
    pacer->starter.data = pacer;
    ev_timer_init(&pacer->tick, on_tick, RATE_TICK_SECONDS, RATE_TICK_SECONDS);
    pacer->tick.data = pacer;
    return pacer;
}

void pacer_free(struct pacer *pacer)
{
    if (pacer == NULL) {
        return;
    }
    assert(pacer->num_in_flight == 0 && pacer->num_waiting == 0);
    ev_clear_pending(pacer->loop, &pacer->starter);
    ev_timer_stop(pacer->loop, &pacer->tick);
    struct table_node *node;
    while ((node = table_take_any(&pacer->groups)) != NULL) {
        struct pacer_group *group = (struct pacer_group *)node;
        ev_timer_stop(pacer->loop, &group->slow);
        free(group);
    }
    table_fini(&pacer->groups);
    free(pacer);
}

bool pacer_enqueue(struct pacer *pacer, struct pacer_ticket *ticket, const struct address *address,
                   const char *provider)
{
    assert(ticket->place == PACER_IDLE);
    ticket->address = address_group(pacer, address);
    ticket->provider = ticket->address != NULL ? provider_group(pacer, provider) : NULL;
    if (ticket->provider == NULL) {
        if (ticket->address != NULL) {
            group_release_if_unused(ticket->address);
        }
        return false;
    }
    ticket->address->num_tickets++;
    ticket->provider->num_tickets++;
    pacer->num_waiting++;
    ticket->place = PACER_AT_ADDRESS;
    push_back(&ticket->address->waiting, ticket);
    pump_group(ticket->address);
    return true;
}

static void leave_group(struct pacer_group *group, bool was_active)
{
    group->num_active -= was_active ? 1 : 0;
    group->num_tickets--;
    pump_group(group);
    group_release_if_unused(group);
}

/* What has been taken from a provider for a complaint comes back while it does not complain. */
static void grow_share(const struct pacer *pacer, struct pacer_group *provider)
{
    if (provider->limit >= pacer->limits.per_provider ||
        ++provider->num_calm < CALM_PER_SHARE * provider->limit) {
        return;
    }
    provider->num_calm = 0;
    provider->limit++;
    provider->is_slowed = provider->limit < pacer->limits.per_provider;
}

void pacer_release(struct pacer *pacer, struct pacer_ticket *ticket)
{
    enum pacer_place place = ticket->place;
    ticket->place = PACER_IDLE;
    switch (place) {
    case PACER_IDLE:
        return;
    case PACER_AT_ADDRESS:
        unlink_ticket(&ticket->address->waiting, ticket);
        break;
    case PACER_AT_PROVIDER:
        unlink_ticket(&ticket->provider->waiting, ticket);
        break;
    case PACER_READY:
        unlink_ticket(&pacer->ready, ticket);
        break;
    case PACER_STARTED:
        pacer->num_in_flight--;
        grow_share(pacer, ticket->provider);
        break;
    }
    pacer->num_waiting -= place != PACER_STARTED ? 1 : 0;
    leave_group(ticket->provider, place == PACER_READY || place == PACER_STARTED);
    leave_group(ticket->address, place != PACER_AT_ADDRESS);
    wake_starter(pacer);
}

void pacer_slow_down(struct pacer *pacer, const struct pacer_ticket *ticket, double seconds)
{
    struct pacer_group *address = ticket->address;
    address->is_slowed = true;
    address->limit = 1;
    ev_timer_stop(pacer->loop, &address->slow);
    ev_timer_set(&address->slow, seconds, 0.);
    ev_timer_start(pacer->loop, &address->slow);
    struct pacer_group *provider = ticket->provider;
    provider->is_slowed = true;
    provider->num_calm = 0;
    provider->limit = provider->limit > 1 ? provider->limit / 2 : 1;
}

void pacer_shortage(struct pacer *pacer, struct pacer_ticket *ticket)
{
    assert(ticket->place == PACER_STARTED);
    pacer->num_in_flight--;
    pacer->num_waiting++;
    ticket->place = PACER_READY;
    push_front(&pacer->ready, ticket);
    /* Zero only if nothing of ours is open: then the tick's recovery tries again. */
    pacer->flight_limit = (unsigned)pacer->num_in_flight;
    wake_starter(pacer);
}

size_t pacer_in_flight(const struct pacer *pacer)
{
    return pacer->num_in_flight;
}

size_t pacer_waiting(const struct pacer *pacer)
{
    return pacer->num_waiting;
}
