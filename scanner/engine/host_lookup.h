/*
 * Looks up one mail host in the DNS. A and AAAA are asked at the same time; if none gives an
 * address, questions that failed are asked again late in the run. TLSA follows, by the rules of
 * dane_plan.h, for hosts of mail between servers.
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

#define HOST_ADDRESSES_MAX 64 /* kept of one host; further ones are only counted */

struct host_dane;
struct name_watch;

enum host_lookup_end {
    HOST_LOOKUP_COMPLETE,
    HOST_LOOKUP_NO_MEMORY, /* a question or an answer was lost */
    HOST_LOOKUP_CANCELLED  /* the run was stopped */
};

struct host_lookup {
    /* Set by the caller before the start. Pointers are borrowed until `done` is called. */
    struct dns *dns;
    const struct config *config;
    struct name_watch *watch; /* is told of answers as they come */
    const struct hostname *name;
    uint16_t port;
    const struct service *service;
    /* Called once, perhaps within host_lookup_start(). It may free the look-up. */
    void (*done)(struct host_lookup *lookup, enum host_lookup_end end);
    void *user;

    /* What was found. */
    struct address *addresses; /* owned; at most HOST_ADDRESSES_MAX */
    size_t num_addresses;
    size_t num_beyond; /* further addresses */
    /* No address validates, and `addresses` are those of the name servers, asked without. */
    bool is_unchecked;
    struct host_dane *dane; /* a reference; NULL: TLSA was not asked */
    bool aliased;           /* the name is a CNAME */
    struct verdict dnssec;  /* is the A or the AAAA answer signed? */
    /* OK: addresses and no failed question; else the worse of A and AAAA. A bogus answer is no
     * failed question if is_unchecked: `dane` tells of it. */
    enum outcome outcome;

    /* Used while questions are under way. */
    unsigned questions_left;
    bool has_put_off; /* questions have been put off once */
    bool lacks_memory, is_cancelled;
    struct dane_lookup ipv4, ipv6;
    struct dns_validated ipv4_question, ipv6_question;
    struct address *unchecked; /* owned; of bogus answers, at most HOST_ADDRESSES_MAX */
    size_t num_unchecked, num_unchecked_beyond;
};

void host_lookup_start(struct host_lookup *lookup);

/* Puts addresses that may be contacted first, and otherwise the smaller ones, so that which of them
 * are asked does not change with the order of the answer. */
void host_lookup_sort(struct host_lookup *lookup);

/* Frees what was found. No question may be under way. A look-up that is all zero is fine. */
void host_lookup_fini(struct host_lookup *lookup);

#endif
