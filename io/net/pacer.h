/*
 * Who may connect now. A ticket asks for a connection to an address of a provider and is started
 * when all of these allow it, looked at in this order: its address (few at once, and not while it
 * asked us to slow down), the network around the address and its provider (both so many at once and
 * so many a second), the number in flight here, and the rate of new connections. Of those that wait
 * for the same, the one with the lowest turn goes first: what has begun is finished before more is
 * begun. A limit of one address never holds up another.
 *
 * A network and a provider see which address of ours a connection comes from. Where there are
 * several, each has its own share and its own rate there. The number in flight and the rate of all
 * are what they are.
 *
 * One pacer per loop: limits that span loops are handed in as this loop's share, but the rates,
 * which all loops take from one place. Knows no mail.
 */
#ifndef MXGRADE_IO_PACER_H
#define MXGRADE_IO_PACER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"
#include "io/base/hostname.h"
#include "io/base/kept.h"
#include "io/base/table.h"
#include "io/net/pacer_queue.h"
#include "io/net/pacer_rate.h"
#include "io/net/source_addresses.h"

struct pacer;
struct pacer_group;

/* Addresses, networks and providers that nobody asks for now, and whose complaints are remembered.
 * Of more, the one that was left first is forgotten, so that memory does not grow with the list. */
#define PACER_REMEMBERED_MAX (30000 / KEPT_ONE_IN)

#define PACER_RATES 4096

/*
 * The rates of a run, shared by its pacers. Each provider has a place by its hash; all zero at
 * first.
 */
struct pacer_rates {
    struct pacer_rate all;
    struct pacer_rate providers[PACER_RATES];
};

struct pacer_limits {
    unsigned max_in_flight;
    double starts_per_second; /* of all pacers together; 0: no limit */
    unsigned per_address;
    unsigned per_provider;             /* and per network, by whatever names it goes */
    double provider_starts_per_second; /* likewise; 0: no limit */
};

/* What a ticket has to pass, in this order. */
enum pacer_level { PACER_ADDRESS, PACER_NETWORK, PACER_PROVIDER, PACER_LEVELS };

enum pacer_place {
    PACER_IDLE, /* not in the pacer; zero, so that a fresh ticket is idle */
    PACER_AT_LEVEL,
    PACER_READY,
    PACER_STARTED
};

/* Embedded in what wants to connect. */
struct pacer_ticket {
    struct pacer_queue_link link;
    struct pacer_group *groups[PACER_LEVELS];
    uint32_t turn;    /* set by the owner before pacer_enqueue(): the lowest goes first */
    uint32_t arrival; /* of the same turn the first to come goes first */
    enum pacer_place place : 8;
    enum pacer_level level : 8; /* where it waits, with PACER_AT_LEVEL */
    uint8_t num_levels;         /* that it has to pass */
    bool is_urgent;             /* with PACER_READY: its network or provider keeps others waiting */
    /* Set while started, by its owner or by pacer_shortage(): it says nothing of what is lacking.
     */
    bool opened_nothing;
    /* Called from the loop (never from within pacer_enqueue) when it may connect. */
    void (*start)(struct pacer_ticket *ticket);
};

/*
 * NULL on lack of memory. The loop is one of loop_new(). The seed, the rates and the addresses that
 * connections come from (NULL: the routes choose) are borrowed, and the same for all pacers.
 */
struct pacer *pacer_new(struct ev_loop *loop, const struct table_seed *seed,
                        const struct pacer_limits *limits, struct pacer_rates *rates,
                        const struct source_addresses *sources);

/* No ticket may be left inside. */
void pacer_free(struct pacer *pacer);

/*
 * False on lack of memory; the ticket stays idle. The provider is the organisation of the host's
 * name. NULL: it is known by its network alone.
 */
bool pacer_enqueue(struct pacer *pacer, struct pacer_ticket *ticket, const struct address *address,
                   const struct hostname *host);

/* The connection of a started ticket has ended, or a waiting one is given up; idempotent. */
void pacer_release(struct pacer *pacer, struct pacer_ticket *ticket);

/*
 * The address asked us to come back later: it gets one connection at a time from now on, and none
 * for `seconds`. The shares of its network and provider are halved (never below one), and grow
 * again by one at a time while connections end without complaint.
 */
void pacer_slow_down(const struct pacer_ticket *ticket, double seconds);

/*
 * A started ticket found that this machine lacks something, of which the ticket waits for more:
 * PACER_NO_DESCRIPTOR: what is in flight now is the limit for a while, and the ticket goes back to
 * its place among those that are ready. PACER_NO_PORT: it goes back to its address, which starts
 * nothing for a second. False: that has lasted for PACER_SHORTAGE_SECONDS, with nothing in flight
 * or towards that address; the ticket stays started, and its owner gives it up.
 */
enum pacer_lack { PACER_NO_DESCRIPTOR, PACER_NO_PORT };

/* Longer than the minute for which the kernel keeps the port of a connection that has ended. */
#define PACER_SHORTAGE_SECONDS 70

bool pacer_shortage(struct pacer *pacer, struct pacer_ticket *ticket, enum pacer_lack lack);

size_t pacer_in_flight(const struct pacer *pacer);
size_t pacer_waiting(const struct pacer *pacer);

#endif
