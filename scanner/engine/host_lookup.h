/*
 * What the DNS says of one mail host: its addresses, A and AAAA at the same time, and late in the
 * run once more where the DNS failed and there is none; then TLSA (by the rules of dane_plan.h) and
 * CAA, where they play a part.
 */
#ifndef MXGRADE_SCANNER_HOST_LOOKUP_H
#define MXGRADE_SCANNER_HOST_LOOKUP_H

#include "io/base/address.h"
#include "io/base/hostname.h"
#include "io/dns/dns.h"
#include "scanner/base/config.h"
#include "scanner/dialogue/service.h"
#include "scanner/enforcement/dane_plan.h"
#include "scanner/grading/host_result.h"

#define HOST_ADDRESSES_MAX 64 /* scanned of one name; the rest is only counted */

struct host_dane;

enum host_lookup_end {
    HOST_LOOKUP_COMPLETE,
    HOST_LOOKUP_NO_MEMORY, /* something could not be asked or kept */
    HOST_LOOKUP_CANCELLED  /* the DNS has ended */
};

struct host_lookup {
    /* Set by the caller before the start; borrowed until the end. */
    struct dns *dns;
    const struct config *config;
    const struct hostname *name;
    uint16_t port;
    const struct service *service;
    /* Called once, perhaps from within host_lookup_start(); may free the lookup. */
    void (*done)(struct host_lookup *lookup, enum host_lookup_end end);
    void *user;

    /* What was found. */
    struct address *addresses; /* owned; at most HOST_ADDRESSES_MAX */
    size_t num_addresses;
    struct host_dane *dane; /* a reference; NULL: not asked */
    struct host_caa *caa;   /* owned; NULL: none found */
    bool aliased;           /* the name is a CNAME */
    struct verdict dnssec;  /* of the addresses: signed, in one family at least */
    enum outcome outcome;   /* of A and AAAA: the worse of the two; ok: there are addresses, and
                               neither failed */

    /* While questions are under way. */
    unsigned questions_left;
    bool has_put_off; /* the addresses were asked for again, late */
    bool lacks_memory, is_cancelled;
    struct dane_lookup ipv4, ipv6;
    struct dns_waiter ipv4_waiter, ipv6_waiter;
};

void host_lookup_start(struct host_lookup *lookup);

/* Frees what was found. All zero is fine; no question may be under way. */
void host_lookup_fini(struct host_lookup *lookup);

#endif
