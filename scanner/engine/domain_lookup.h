/*
 * Looks up what one domain publishes about TLS towards its mail servers. The TXT records of MTA-STS
 * (RFC 8461 section 3.1), of TLS reporting (RFC 8460 section 3), of SPF (RFC 7208 section 3.1) and
 * of DMARC (RFC 7489 section 6.1) are asked at the same time, and that of DMARC at the
 * organisational domain where there is none (section 6.6.3); the policy is fetched if there is a
 * valid record of MTA-STS.
 */
#ifndef MXGRADE_SCANNER_DOMAIN_LOOKUP_H
#define MXGRADE_SCANNER_DOMAIN_LOOKUP_H

#include "io/base/hostname.h"
#include "io/dns/dns.h"
#include "scanner/base/config.h"
#include "scanner/domain/domain_published.h"
#include "scanner/engine/policy_fetch.h"

enum domain_lookup_end {
    DOMAIN_LOOKUP_COMPLETE,
    DOMAIN_LOOKUP_FETCH,     /* the policy is to be fetched, for the first time */
    DOMAIN_LOOKUP_REPEAT,    /* the policy is to be fetched once more, after a wait */
    DOMAIN_LOOKUP_NO_MEMORY, /* a question or an answer was lost, or no descriptor was free */
    DOMAIN_LOOKUP_CANCELLED  /* the run was stopped */
};

struct domain_lookup {
    /* Set by the owner before the start; borrowed. */
    struct dns *dns;
    const struct config *config;
    struct policy_fetches *fetches;
    const struct hostname *domain;
    struct domain_published *published; /* is filled ... */
    struct arena *arena;                /* ... and its texts are here */
    /* Called once for each start and fetch, perhaps within that call. It may free the look-up. */
    void (*ended)(struct domain_lookup *lookup, enum domain_lookup_end end);
    void *user;

    /* Used while something is under way. */
    struct dns_waiter mta_sts_waiter, tls_rpt_waiter, spf_waiter, dmarc_waiter;
    unsigned questions_left;
    bool lacks_memory, is_cancelled;
    const struct hostname *policy_host; /* a reference; NULL before the first fetch */
    struct policy_fetch fetch;
    unsigned num_fetches; /* that have ended */
};

/* Asks for the TXT records. */
void domain_lookup_start(struct domain_lookup *lookup);

/* Fetches the policy: after DOMAIN_LOOKUP_FETCH and DOMAIN_LOOKUP_REPEAT. */
void domain_lookup_fetch(struct domain_lookup *lookup);

/* Ends the fetch under way, if any. No question may be. A look-up that is all zero is fine. */
void domain_lookup_fini(struct domain_lookup *lookup);

#endif
