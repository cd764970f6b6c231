/*
 * What a domain publishes about TLS towards its mail servers: MTA-STS (RFC 8461) and TLS reporting
 * (RFC 8460). Looked up and fetched once per domain and run, however often the list has it, on the
 * worker that owns the name. How the MX hosts fare under the policy is for the target to judge.
 */
#ifndef MXGRADE_SCANNER_DOMAIN_POLICY_H
#define MXGRADE_SCANNER_DOMAIN_POLICY_H

#include "io/base/hostname.h"
#include "scanner/domain/domain_published.h"
#include "scanner/engine/once.h"
#include "scanner/engine/policy_fetch.h"

/* Someone who waits; embedded in the waiter. */
struct domain_policy_waiter {
    struct once_waiter waiter;             /* first; its ready() is set by the asker */
    const struct domain_published *policy; /* held until domain_policy_release(); NULL: none */
};

/* What domains publish, as far as one worker knows. once_stop() and once_fini() end it. */
struct domain_policies {
    struct once once; /* first */
    struct policy_fetches fetches;
};

void domain_policies_init(struct domain_policies *policies, struct worker *worker);

/* The waiter is told once, perhaps from within this call. */
void domain_policy_ask(struct domain_policies *policies, const struct hostname *domain,
                       struct domain_policy_waiter *waiter);

/* NULL is fine. On the thread that asked. */
void domain_policy_release(const struct domain_published *policy);

#endif
