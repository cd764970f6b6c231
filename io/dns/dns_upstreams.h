/*
 * The resolvers of a list, in its order, and which of them to ask next: one that stays silent must
 * cost a run a few time-outs, not one for each question.
 */
#ifndef MXGRADE_IO_DNS_UPSTREAMS_H
#define MXGRADE_IO_DNS_UPSTREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/dns/dns_resolver.h"

struct dns_upstream {
    struct dns_resolver *resolver;
    unsigned failures; /* in a row, without any answer between them */
    int64_t recheck_ms;
};

struct dns_upstreams {
    struct dns_upstream all[DNS_RESOLVERS_MAX];
    size_t num_all;
};

/* False if the list is no good or memory is short; there is nothing to release then. */
bool dns_upstreams_init(struct dns_upstreams *upstreams, struct ev_loop *loop, const char *servers,
                        unsigned timeout_ms);
void dns_upstreams_fini(struct dns_upstreams *upstreams);

/* Ends every attempt at each of them: dns_resolver_cancel_all(). */
void dns_upstreams_cancel_all(struct dns_upstreams *upstreams);

/*
 * The resolver to ask next, given how often each was tried for this question: the one least often
 * tried, the first of equals, and those that seem dead once only and last. False if all were tried
 * `max_tries` times.
 */
bool dns_upstreams_choose(struct dns_upstreams *upstreams, const uint8_t tries[DNS_RESOLVERS_MAX],
                          unsigned max_tries, int64_t now_ms, size_t *out_index);

/* A try ended: with an answer of any kind, or with none. */
void dns_upstreams_note(struct dns_upstreams *upstreams, size_t index, bool answered,
                        int64_t now_ms);

#endif
