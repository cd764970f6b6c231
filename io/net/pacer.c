#include "io/net/pacer.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "io/base/loop.h"

/* The starts of so many seconds are reserved together: they look smooth, and reserving them costs
 * next to nothing. */
#define RESERVED_SECONDS 0.01
/* How often the limit grows back after a shortage. */
#define TICK_SECONDS 0.01
/* The network around an address, as far as its neighbours are likely to be one operator's. */
#define NETWORK_BITS_IPV4 24
#define NETWORK_BITS_IPV6 48
/* Starts that a provider may be given at once, so that a timer serves several. */
#define BURST_SECONDS 0.02
/* A busy loop may catch up on the starts that it was late with, up to so many seconds' worth. */
#define LATE_SECONDS 0.05
/* After a shortage the limit grows back by this much a second. */
#define SHORTAGE_RECOVERY_PER_SECOND 50
/* A share that was halved grows by one after so many undisturbed connections for each it has: as
 * TCP does after a loss (RFC 5681 section 3.1), only more slowly. */
#define CALM_PER_SHARE 4

/* After a shortage of ports an address starts nothing for so long. */
#define NO_PORT_SECONDS 1

/* An address, a network or a provider: its waiting tickets and how many it has started. */
struct pacer_group {
    struct table_node node;              /* first, so that a node is a group */
    TAILQ_ENTRY(pacer_group) remembered; /* where it is_remembered */
    struct pacer_queue waiting;
    struct moment reserved;      /* its next start, where it has_reserved one */
    struct moment no_port_since; /* of an address, where it lacks_ports */
    ev_timer *pause;             /* malloc'ed; NULL: it may start something */
    struct pacer *pacer;
    unsigned num_active;
    unsigned limit;
    unsigned num_calm;    /* ended since it last complained or its limit grew */
    unsigned num_tickets; /* waiting or active; without any, and nothing to remember, it goes */
    bool has_reserved;
    bool lacks_ports;
    bool is_held;       /* its rate has kept it waiting since its queue was last empty */
    bool is_slowed;     /* it has a limit of its own to remember */
    bool is_remembered; /* although nobody asks for it */
    uint8_t level;
    uint8_t key_len;
    uint8_t key[];
};

TAILQ_HEAD(pacer_groups, pacer_group);

struct pacer {
    struct ev_loop *loop;
    const struct table_seed *seed;
    struct pacer_rates *rates;
    const struct source_addresses *sources;
    struct pacer_limits limits;
    struct table groups;
    struct pacer_groups remembered; /* the one that was left first comes first */
    size_t num_remembered;
    struct pacer_queue ready;  /* for the limits of the loop alone */
    struct pacer_queue urgent; /* likewise, of networks and providers that keep others waiting */
    bool was_urgent;           /* the last that was started */
    bool is_held;              /* the rate has kept it waiting since nothing was ready */
    unsigned num_reserved;     /* starts that it may make from then on */
    struct moment reserved;
    ev_timer due;    /* active while something waits for that moment */
    ev_timer tick;   /* active after a shortage */
    ev_idle starter; /* never started, only fed: starts what is ready after the current callback */
    struct moment last_tick;
    struct moment no_descriptor_since; /* where it lacks_descriptors */
    bool lacks_descriptors;
    uint32_t num_arrivals;
    unsigned flight_limit;
    size_t num_in_flight;
    size_t num_waiting;
};

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

static unsigned usual_limit(const struct pacer *pacer, enum pacer_level level)
{
    return level == PACER_ADDRESS ? pacer->limits.per_address : pacer->limits.per_provider;
}

static void end_pause(struct pacer_group *group)
{
    if (group->pause != NULL) {
        ev_timer_stop(group->pacer->loop, group->pause);
        free(group->pause);
        group->pause = NULL;
    }
}

static void on_pause_over(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct pacer_group *group = watcher->data;
    end_pause(group);
    pump_group(group);
}

static bool make_pause(struct pacer_group *group)
{
    ev_timer *pause = malloc(sizeof(*pause));
    if (pause == NULL) {
        return false;
    }
    ev_timer_init(pause, on_pause_over, 0., 0.);
    pause->data = group;
    group->pause = pause;
    return true;
}

/* Starts nothing before then. False on lack of memory: it may start at once. */
static bool hold_up(struct pacer_group *group, double seconds)
{
    if (group->pause == NULL && !make_pause(group)) {
        return false;
    }
    ev_timer_stop(group->pacer->loop, group->pause);
    ev_timer_set(group->pause, seconds, 0.);
    ev_timer_start(group->pacer->loop, group->pause);
    return true;
}

static void group_free(struct pacer_group *group)
{
    end_pause(group);
    table_remove(&group->pacer->groups, &group->node);
    free(group);
}

/* Somebody asks for it again, or it is forgotten. */
static void leave_remembered(struct pacer_group *group)
{
    if (group->is_remembered) {
        TAILQ_REMOVE(&group->pacer->remembered, group, remembered);
        group->is_remembered = false;
        group->pacer->num_remembered--;
    }
}

static void remember(struct pacer_group *group)
{
    struct pacer *pacer = group->pacer;
    TAILQ_INSERT_TAIL(&pacer->remembered, group, remembered);
    group->is_remembered = true;
    if (++pacer->num_remembered > PACER_REMEMBERED_MAX) {
        struct pacer_group *first = TAILQ_FIRST(&pacer->remembered);
        leave_remembered(first);
        group_free(first);
    }
}

static void group_release_if_unused(struct pacer_group *group)
{
    if (group->num_tickets > 0 || group->is_remembered) {
        return;
    }
    if (group->is_slowed || group->lacks_ports) {
        remember(group);
    } else {
        group_free(group);
    }
}

/* All groups share a table; the first byte of the key, the level, keeps the kinds apart. */
static struct pacer_group *group_get(struct pacer *pacer, const struct group_key *key)
{
    uint64_t hash = table_hash(pacer->seed, key->bytes, key->len);
    struct table_node *found = table_find(&pacer->groups, hash, group_equal, key);
    if (found != NULL) {
        return (struct pacer_group *)found;
    }
    /* From where the key begins: of tens of thousands that are called at once each has two. */
    size_t size = offsetof(struct pacer_group, key) + key->len;
    struct pacer_group *group = malloc(size > sizeof(*group) ? size : sizeof(*group));
    if (group == NULL) {
        return NULL;
    }
    enum pacer_level level = ((const uint8_t *)key->bytes)[0];
    *group = (struct pacer_group){
        .pacer = pacer,
        .level = (uint8_t)level,
        .limit = usual_limit(pacer, level),
        .key_len = (uint8_t)key->len,
    };
    memcpy(group->key, key->bytes, key->len);
    if (!table_insert(&pacer->groups, &group->node, hash)) {
        free(group);
        return NULL;
    }
    return group;
}

/* Behind the level each key has the index of the address that the connection is made from. */
static struct pacer_group *group_of_address(struct pacer *pacer, enum pacer_level level,
                                            uint8_t source, const struct address *address)
{
    uint8_t key[19] = {(uint8_t)level, source, address->family};
    memcpy(key + 3, address->bytes, sizeof(address->bytes));
    return group_get(pacer, &(struct group_key){key, sizeof(key)});
}

static struct pacer_group *group_of_provider(struct pacer *pacer, uint8_t source,
                                             const char *provider)
{
    uint8_t key[UINT8_MAX] = {PACER_PROVIDER, source};
    size_t len = strlen(provider);
    if (len > sizeof(key) - 2) {
        len = sizeof(key) - 2;
    }
    memcpy(key + 2, provider, len);
    return group_get(pacer, &(struct group_key){key, len + 2});
}

/* Those of the ticket, found or made; false on lack of memory. Without a provider there are two. */
static bool find_groups(struct pacer *pacer, struct pacer_ticket *ticket,
                        const struct address *address, const char *provider)
{
    uint8_t bits = address->family == 4 ? NETWORK_BITS_IPV4 : NETWORK_BITS_IPV6;
    struct prefix network = prefix_around(address, bits);
    uint8_t source = (uint8_t)source_addresses_index(pacer->sources, address);
    ticket->groups[PACER_ADDRESS] = group_of_address(pacer, PACER_ADDRESS, source, address);
    ticket->groups[PACER_NETWORK] = group_of_address(pacer, PACER_NETWORK, source, &network.base);
    ticket->groups[PACER_PROVIDER] =
        provider != NULL ? group_of_provider(pacer, source, provider) : NULL;
    ticket->num_levels = provider != NULL ? PACER_LEVELS : PACER_PROVIDER;
    bool found = true;
    for (size_t i = 0; i < ticket->num_levels; i++) {
        found = found && ticket->groups[i] != NULL;
    }
    for (size_t i = 0; i < ticket->num_levels && !found; i++) {
        if (ticket->groups[i] != NULL) {
            group_release_if_unused(ticket->groups[i]);
        }
    }
    return found;
}

/* ---- The way of a ticket ---- */

static bool has_ready(const struct pacer *pacer)
{
    return !pacer_queue_is_empty(&pacer->ready) || !pacer_queue_is_empty(&pacer->urgent);
}

static bool can_start(const struct pacer *pacer)
{
    return has_ready(pacer) && pacer->num_in_flight < pacer->flight_limit;
}

/* Has what is ready started soon; the starter looks at the rate. */
static void wake_starter(struct pacer *pacer)
{
    if (can_start(pacer) && !ev_is_active(&pacer->due)) {
        ev_feed_event(pacer->loop, &pacer->starter, EV_CUSTOM);
    }
    if (pacer->flight_limit < pacer->limits.max_in_flight && !ev_is_active(&pacer->tick)) {
        pacer->last_tick = loop_now(pacer->loop);
        ev_timer_again(pacer->loop, &pacer->tick);
    }
}

static bool group_may_start(const struct pacer_group *group)
{
    return !pacer_queue_is_empty(&group->waiting) && group->num_active < group->limit &&
           group->pause == NULL;
}

static struct pacer_queue *ready_queue(struct pacer *pacer, const struct pacer_ticket *ticket)
{
    return ticket->is_urgent ? &pacer->urgent : &pacer->ready;
}

/*
 * A run takes as long as its busiest provider: one that keeps others waiting must not wait itself
 * behind all that is limited by nobody. It has every other start, so that nobody waits for ever.
 */
static void move_to_ready(struct pacer *pacer, struct pacer_ticket *ticket)
{
    ticket->place = PACER_READY;
    ticket->is_urgent = false;
    for (unsigned level = PACER_NETWORK; level < ticket->num_levels; level++) {
        ticket->is_urgent |= !pacer_queue_is_empty(&ticket->groups[level]->waiting);
    }
    pacer_queue_put(ready_queue(pacer, ticket), ticket);
    wake_starter(pacer);
}

static struct pacer_ticket *take_ready(struct pacer *pacer)
{
    struct pacer_queue *queue = pacer->was_urgent ? &pacer->ready : &pacer->urgent;
    if (pacer_queue_is_empty(queue)) {
        queue = pacer->was_urgent ? &pacer->urgent : &pacer->ready;
    }
    struct pacer_ticket *ticket = pacer_queue_take(queue);
    pacer->was_urgent = ticket->is_urgent;
    return ticket;
}

static void move_to_level(struct pacer_ticket *ticket, enum pacer_level level)
{
    struct pacer_group *group = ticket->groups[level];
    ticket->place = PACER_AT_LEVEL;
    ticket->level = level;
    pacer_queue_put(&group->waiting, ticket);
    pump_group(group);
}

/* The earliest moment of a start that is reserved now. Who was held up may catch up on a few. */
static struct moment soonest_start(const struct pacer *pacer, bool is_held)
{
    return (struct moment){loop_now(pacer->loop).seconds - (is_held ? LATE_SECONDS : 0)};
}

/* Whether a network or provider may be started now, by its rate; if not, it waits until it may. */
static bool take_start(struct pacer_group *group)
{
    const struct pacer *pacer = group->pacer;
    const double per_second = pacer->limits.provider_starts_per_second;
    if (group->level == PACER_ADDRESS || per_second <= 0) {
        return true;
    }
    if (!group->has_reserved) {
        /* Groups that share a place wait for each other. */
        struct pacer_rate *rate = &pacer->rates->providers[group->node.hash % PACER_RATES];
        group->reserved =
            pacer_rate_reserve(rate, per_second, 1, soonest_start(pacer, group->is_held));
        group->has_reserved = true;
    }
    double wait = -loop_since(pacer->loop, group->reserved);
    if (wait > BURST_SECONDS && hold_up(group, wait)) {
        group->is_held = true;
        return false;
    }
    group->has_reserved = false;
    return true;
}

/* Lets as many of a group's tickets go one step further as its limits allow. */
static void pump_group(struct pacer_group *group)
{
    while (group_may_start(group) && take_start(group)) {
        struct pacer_ticket *ticket = pacer_queue_take(&group->waiting);
        group->num_active++;
        if (group->level + 1U < ticket->num_levels) {
            move_to_level(ticket, group->level + 1U);
        } else {
            move_to_ready(group->pacer, ticket);
        }
    }
    group->is_held = group->is_held && !pacer_queue_is_empty(&group->waiting);
}

/* Reserves starts of the rate of all loops, for a hundredth of a second or one. */
static void reserve_starts(struct pacer *pacer)
{
    const double per_second = pacer->limits.starts_per_second;
    const double num = per_second * RESERVED_SECONDS;
    pacer->num_reserved = num > 1 ? (unsigned)num : 1;
    pacer->reserved = pacer_rate_reserve(&pacer->rates->all, per_second, pacer->num_reserved,
                                         soonest_start(pacer, pacer->is_held));
}

/* Whether one more may be started now, by the rate; if not, the timer says when. */
static bool take_reserved(struct pacer *pacer)
{
    if (pacer->limits.starts_per_second <= 0) {
        return true;
    }
    if (pacer->num_reserved == 0) {
        reserve_starts(pacer);
    }
    const double wait = -loop_since(pacer->loop, pacer->reserved);
    if (wait > 0) {
        pacer->is_held = true;
        ev_timer_set(&pacer->due, wait, 0.);
        ev_timer_start(pacer->loop, &pacer->due);
        return false;
    }
    pacer->num_reserved--;
    return true;
}

static void start_ready(struct ev_loop *loop, ev_idle *watcher, int events)
{
    (void)loop;
    (void)events;
    struct pacer *pacer = watcher->data;
    while (can_start(pacer) && !ev_is_active(&pacer->due) && take_reserved(pacer)) {
        struct pacer_ticket *ticket = take_ready(pacer);
        ticket->place = PACER_STARTED;
        pacer->num_in_flight++;
        pacer->num_waiting--;
        ticket->start(ticket);
    }
    pacer->is_held = pacer->is_held && has_ready(pacer);
    wake_starter(pacer);
}

static void on_due(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    wake_starter(watcher->data);
}

/* The limit grows back after a shortage. */
static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)events;
    struct pacer *pacer = watcher->data;
    double elapsed = loop_since(loop, pacer->last_tick);
    pacer->last_tick = loop_now(loop);
    pacer->flight_limit += (unsigned)(elapsed * SHORTAGE_RECOVERY_PER_SECOND) + 1;
    if (pacer->flight_limit >= pacer->limits.max_in_flight) {
        pacer->flight_limit = pacer->limits.max_in_flight;
        ev_timer_stop(loop, watcher);
    }
    wake_starter(pacer);
}

/* ---- Interface ---- */

struct pacer *pacer_new(struct ev_loop *loop, const struct table_seed *seed,
                        const struct pacer_limits *limits, struct pacer_rates *rates,
                        const struct source_addresses *sources)
{
    struct pacer *pacer = calloc(1, sizeof(*pacer));
    if (pacer == NULL) {
        return NULL;
    }
    pacer->loop = loop;
    pacer->seed = seed;
    pacer->limits = *limits;
    pacer->rates = rates;
    pacer->sources = sources;
    pacer->flight_limit = limits->max_in_flight;
    TAILQ_INIT(&pacer->remembered);
    ev_idle_init(&pacer->starter, start_ready);
    pacer->starter.data = pacer;
    ev_timer_init(&pacer->due, on_due, 0., 0.);
    pacer->due.data = pacer;
    ev_timer_init(&pacer->tick, on_tick, TICK_SECONDS, TICK_SECONDS);
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
    ev_timer_stop(pacer->loop, &pacer->due);
    ev_timer_stop(pacer->loop, &pacer->tick);
    struct table_node *node;
    while ((node = table_take_any(&pacer->groups)) != NULL) {
        struct pacer_group *group = (struct pacer_group *)node;
        end_pause(group);
        free(group);
    }
    table_fini(&pacer->groups);
    free(pacer);
}

bool pacer_enqueue(struct pacer *pacer, struct pacer_ticket *ticket, const struct address *address,
                   const struct hostname *host)
{
    const char *provider = host != NULL ? hostname_organisation(host) : NULL;
    assert(ticket->place == PACER_IDLE);
    ticket->opened_nothing = false;
    if (!find_groups(pacer, ticket, address, provider)) {
        return false;
    }
    for (size_t i = 0; i < ticket->num_levels; i++) {
        leave_remembered(ticket->groups[i]);
        ticket->groups[i]->num_tickets++;
    }
    pacer->num_waiting++;
    ticket->arrival = pacer->num_arrivals++;
    move_to_level(ticket, PACER_ADDRESS);
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
static void grow_share(struct pacer_group *group)
{
    unsigned usual = usual_limit(group->pacer, group->level);
    if (group->limit >= usual || ++group->num_calm < CALM_PER_SHARE * group->limit) {
        return;
    }
    group->num_calm = 0;
    group->limit++;
    group->is_slowed = group->limit < usual;
}

static void halve_share(struct pacer_group *group)
{
    group->is_slowed = true;
    group->num_calm = 0;
    group->limit = group->limit > 1 ? group->limit / 2 : 1;
}

/* A connection was opened: what it takes was there. */
static void end_shortages(struct pacer *pacer, const struct pacer_ticket *ticket)
{
    if (!ticket->opened_nothing) {
        pacer->lacks_descriptors = false;
        ticket->groups[PACER_ADDRESS]->lacks_ports = false;
    }
}

void pacer_release(struct pacer *pacer, struct pacer_ticket *ticket)
{
    enum pacer_place place = ticket->place;
    ticket->place = PACER_IDLE;
    switch (place) {
    case PACER_IDLE:
        return;
    case PACER_AT_LEVEL:
        pacer_queue_remove(&ticket->groups[ticket->level]->waiting, ticket);
        break;
    case PACER_READY:
        pacer_queue_remove(ready_queue(pacer, ticket), ticket);
        break;
    case PACER_STARTED:
        pacer->num_in_flight--;
        end_shortages(pacer, ticket);
        for (unsigned level = PACER_NETWORK; level < ticket->num_levels; level++) {
            grow_share(ticket->groups[level]);
        }
        break;
    }
    pacer->num_waiting -= place != PACER_STARTED ? 1 : 0;
    for (unsigned level = ticket->num_levels; level-- > 0;) {
        leave_group(ticket->groups[level], place != PACER_AT_LEVEL || level < ticket->level);
    }
    wake_starter(pacer);
}

void pacer_slow_down(const struct pacer_ticket *ticket, double seconds)
{
    struct pacer_group *address = ticket->groups[PACER_ADDRESS];
    address->is_slowed = true;
    address->limit = 1;
    hold_up(address, seconds);
    for (unsigned level = PACER_NETWORK; level < ticket->num_levels; level++) {
        halve_share(ticket->groups[level]);
    }
}

/* Has it been lacking for so long that nothing is to be hoped for? It begins now if it is not
 * lacking yet. */
static bool is_over(const struct pacer *pacer, bool *in_out_lacks, struct moment *in_out_since)
{
    if (!*in_out_lacks) {
        *in_out_lacks = true;
        *in_out_since = loop_now(pacer->loop);
    }
    return loop_since(pacer->loop, *in_out_since) >= PACER_SHORTAGE_SECONDS;
}

/* Zero in flight only if nothing of ours is open: then the tick's recovery tries again. */
static void return_to_ready(struct pacer *pacer, struct pacer_ticket *ticket)
{
    ticket->place = PACER_READY;
    pacer_queue_put(ready_queue(pacer, ticket), ticket);
    pacer->flight_limit = (unsigned)pacer->num_in_flight;
}

static void return_to_address(struct pacer *pacer, struct pacer_ticket *ticket)
{
    struct pacer_group *address = ticket->groups[PACER_ADDRESS];
    bool is_slow =
        address->pause != NULL && ev_timer_remaining(pacer->loop, address->pause) > NO_PORT_SECONDS;
    if (!is_slow) {
        hold_up(address, NO_PORT_SECONDS);
    }
    for (unsigned level = 0; level < ticket->num_levels; level++) {
        ticket->groups[level]->num_active--;
    }
    move_to_level(ticket, PACER_ADDRESS);
    for (unsigned level = PACER_NETWORK; level < ticket->num_levels; level++) {
        pump_group(ticket->groups[level]);
    }
}

bool pacer_shortage(struct pacer *pacer, struct pacer_ticket *ticket, enum pacer_lack lack)
{
    assert(ticket->place == PACER_STARTED);
    bool is_port = lack == PACER_NO_PORT;
    struct pacer_group *address = ticket->groups[PACER_ADDRESS];
    bool has_lasted = is_port
                          ? is_over(pacer, &address->lacks_ports, &address->no_port_since)
                          : is_over(pacer, &pacer->lacks_descriptors, &pacer->no_descriptor_since);
    /* What is in flight, this ticket but for, gives its descriptors back. */
    if (has_lasted && (is_port || pacer->num_in_flight == 1)) {
        ticket->opened_nothing = true;
        return false;
    }
    pacer->num_in_flight--;
    pacer->num_waiting++;
    if (is_port) {
        return_to_address(pacer, ticket);
    } else {
        return_to_ready(pacer, ticket);
    }
    wake_starter(pacer);
    return true;
}

size_t pacer_in_flight(const struct pacer *pacer)
{
    return pacer->num_in_flight;
}

size_t pacer_waiting(const struct pacer *pacer)
{
    return pacer->num_waiting;
}
