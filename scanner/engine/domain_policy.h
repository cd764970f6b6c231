/*
 * What a domain publishes about TLS towards its mail servers: MTA-STS (RFC 8461) and TLS reporting
 * (RFC 8460). Looked up and fetched once per domain and run, however often the list has it, on the
 * worker that owns the name. How the MX hosts fare under the policy is for the target to judge.
 */
#ifndef MXGRADE_SCANNER_DOMAIN_POLICY_H
#define MXGRADE_SCANNER_DOMAIN_POLICY_H

#include "io/base/arena.h"
#include "io/base/hostname.h"
#include "scanner/enforcement/mta_sts.h"
#include "scanner/enforcement/tls_rpt.h"

struct worker;

/* Fetches of one worker at once; the others wait their turn. */
#define DOMAIN_POLICY_FETCHES_MAX 64

/* Immutable once ready. */
struct domain_policy {
    struct mta_sts_txt txt;
    bool is_fetched;
    struct https_response response; /* without its body */
    bool has_policy;
    struct mta_sts_policy policy;
    struct tls_rpt_record tls_rpt; /* its problems included */
    bool abandoned;                /* the run was stopped before it was complete */
};

/* Someone who waits; embedded in the waiter. */
struct domain_policy_waiter {
    struct domain_policy_waiter *next;
    /* Called once, from the loop; NULL: no memory. Then a reference is held until
     * domain_policy_release(). */
    void (*ready)(struct domain_policy_waiter *waiter, const struct domain_policy *policy);
};

/* Not to be called from a waiter's callback. */
void domain_policy_ask(struct worker *worker, const struct hostname *domain,
                       struct domain_policy_waiter *waiter);

/* NULL is fine. On the thread that asked. */
void domain_policy_release(struct worker *worker, const struct domain_policy *policy);

/* The run is stopping: fetches that have not begun are given up. */
void domain_policy_stop_all(struct worker *worker);

void domain_policy_free_all(struct worker *worker);

#endif
