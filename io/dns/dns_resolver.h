/*
 * One resolver on a libev loop, and one try of one question at a time, without any policy. Which
 * resolver is asked, how often, and what an answer means is for dns.c.
 *
 * A datagram may get lost. So within a try the question is sent once more when answers use to be
 * there sooner (dns_patience); an answer to either of the two is one, until the try has timed out.
 * An answer that did not fit its datagram is fetched by TCP.
 *
 * The sockets, the time-outs and the matching of answers to questions are not left to c-ares, which
 * would lose answers: since 1.32 it ends a question after five times the average time of an answer,
 * whatever time-out it was given, and drops the answer that comes later; and in 1.34 one message
 * that it cannot read ends all questions of the same socket.
 */
#ifndef MXGRADE_IO_DNS_RESOLVER_H
#define MXGRADE_IO_DNS_RESOLVER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "io/dns/dns.h"
#include "io/dns/dns_query.h"
#include "io/dns/dns_servers.h"

enum dns_try {
    DNS_TRY_ANSWERED, /* a message with this id and question; any rcode, and maybe not to be read */
    DNS_TRY_TIMED_OUT,
    DNS_TRY_UNREACHABLE, /* nothing listens, no route, connection lost */
    DNS_TRY_SHORTAGE,    /* of memory or descriptors here: nobody was asked */
    DNS_TRY_CANCELLED    /* by dns_resolver_cancel_all() */
};

/* How its answer is awaited. */
enum dns_stage {
    DNS_SENT_ONCE, /* by UDP */
    DNS_SENT_TWICE,
    DNS_SENT_BY_TCP,
    DNS_SENT_IN_VAIN, /* it reached nobody, and ends in the next turn of the loop */
    DNS_NUM_STAGES
};

/* One question under way; the caller embeds it and keeps it until on_end. */
struct dns_attempt {
    /* The message is borrowed. Never called from within dns_resolver_send(). */
    void (*on_end)(struct dns_attempt *attempt, enum dns_try result, const uint8_t *message,
                   size_t len);
    /* The rest is the resolver's. */
    struct dns_query query;
    enum dns_stage stage;
    bool lacked;                      /* if in vain: memory or a descriptor */
    TAILQ_ENTRY(dns_attempt) link;    /* among those of its stage, by the time of sending */
    TAILQ_ENTRY(dns_attempt) by_time; /* among all, by deadline */
    LIST_ENTRY(dns_attempt) by_id;
    int64_t sent_ms;
    int64_t deadline_ms;
};

struct dns_resolver;

/* NULL on lack of memory. */
struct dns_resolver *dns_resolver_new(struct ev_loop *loop, const struct dns_server *server,
                                      unsigned timeout_ms);

/* Attempts under way are forgotten: nobody is told. NULL is fine. Not from within on_end. */
void dns_resolver_free(struct dns_resolver *resolver);

/* Asks what `query` says, but for the id, which is chosen here. The name is borrowed until on_end.
 */
void dns_resolver_send(struct dns_resolver *resolver, struct dns_attempt *attempt,
                       const struct dns_query *query);

/* Ends every attempt that is under way, by DNS_TRY_CANCELLED; on_end must not send another one. */
void dns_resolver_cancel_all(struct dns_resolver *resolver);

#endif
