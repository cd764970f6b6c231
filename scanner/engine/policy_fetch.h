/*
 * Fetches of MTA-STS policies (RFC 8461 section 3.3). A fetch may hold a connection for a minute,
 * so a worker makes only some at once; the others wait for their turn.
 */
#ifndef MXGRADE_SCANNER_POLICY_FETCH_H
#define MXGRADE_SCANNER_POLICY_FETCH_H

#include <stdbool.h>
#include <sys/queue.h>

#include "io/net/https_get.h"
#include "scanner/engine/appraisal.h"

struct worker;

#define POLICY_FETCHES_MAX 64 /* of one worker at once */

/* One fetch; embedded in the asker, and zero before the first start. */
struct policy_fetch {
    TAILQ_ENTRY(policy_fetch) link;
    struct policy_fetches *fetches; /* NULL: neither under way nor waiting */
    struct https_get *get;          /* under way; NULL: it waits for its turn */
    struct appraisal *appraisal;    /* of the certificates; NULL: it is not under way */
    bool lacks_memory;              /* to judge the certificates */
    bool was_dropped;               /* before the certificates were judged */
    bool was_family_left_out;       /* the host has an address of a family left out by the run */
    const struct hostname *host;    /* "mta-sts" below a domain; borrowed until it is done */
    /* Called once, perhaps from within policy_fetch_start(). NULL: no memory to fetch. */
    void (*done)(struct policy_fetch *fetch, const struct https_response *response);
};

/* Those of one worker. */
struct policy_fetches {
    struct worker *worker;
    unsigned num_under_way;
    TAILQ_HEAD(policy_fetch_queue, policy_fetch) waiting;
};

void policy_fetches_init(struct policy_fetches *fetches, struct worker *worker);

/* `host` and `done` have been set. A fetch that is done may be started again. */
void policy_fetch_start(struct policy_fetches *fetches, struct policy_fetch *fetch);

/* Has it been started, and has nothing of it begun? */
bool policy_fetch_is_waiting(const struct policy_fetch *fetch);

/* Ends it without a call of `done`. One that was never started is fine. */
void policy_fetch_cancel(struct policy_fetch *fetch);

#endif
