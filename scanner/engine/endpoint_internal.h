/*
 * Inside an endpoint, for the files that are one: endpoint.c runs the scan, endpoint_record.c makes
 * the record of it all.
 */
#ifndef MXGRADE_SCANNER_ENDPOINT_INTERNAL_H
#define MXGRADE_SCANNER_ENDPOINT_INTERNAL_H

#include "io/base/clock.h"
#include "scanner/engine/appraisal.h"
#include "scanner/engine/endpoint.h"
#include "scanner/engine/host_dane.h"
#include "scanner/engine/ledger.h"
#include "scanner/engine/server.h"
#include "scanner/engine/worker.h"
#include "scanner/evidence/leaf_votes.h"
#include "scanner/inquiry/name_inquiry.h"

/* What the probes of a server have shown. */
struct endpoint_probes {
    const struct server_facts *facts;   /* of the server, whatever it is called by */
    const struct server_facts *of_name; /* under this endpoint's own name; NULL: nothing */
    const struct server_facts *others;  /* could another library go on? Under the same; NULL */
    unsigned connections;               /* caused by this endpoint */
};

/* Once the dialogues are over. */
struct endpoint_findings {
    struct endpoint_probes probes; /* held by the scan, or `unprobed` */
    struct server_facts unprobed;
    struct leaf_tally leaves;         /* shown under this endpoint's own name; borrows its chains */
    struct appraisal *appraisal;      /* of the same, in the same order */
    struct leaf_verdict leaf_verdict; /* once they are appraised */
};

/* What is needed while it is being scanned, and not a moment longer. */
struct endpoint_scan {
    struct once_work work; /* first */
    struct endpoint *endpoint;
    struct server_waiter waiter;
    struct server_waiter name_waiter; /* where this name is asked about alone */
    struct ledger *ledger;            /* held; NULL: nothing is contacted */
    struct name_inquiry inquiry;      /* its arena takes what the record needs */
    struct moment opened;
    bool is_offered;  /* STARTTLS, in the dialogue that is under way: see ledger_note_offer() */
    bool is_in_doubt; /* the dialogues are over, and the verdict waits: see ledger_is_in_doubt() */
    enum outcome uncontacted;           /* of the request */
    struct host_dane *dane;             /* a reference; NULL: a bare address */
    struct endpoint_findings *findings; /* NULL: the dialogues are not over */
};

struct endpoint {
    struct once_entry entry;     /* first; its work is the endpoint_scan */
    const struct hostname *host; /* a reference; NULL: a bare address */
    const struct service *service;
    struct endpoint_summary summary; /* address and port from the start, the rest once done */
};

static inline struct worker *worker_of(const struct endpoint *endpoint)
{
    return endpoint->entry.once->worker;
}

static inline struct endpoint_scan *scan_of(const struct endpoint *endpoint)
{
    return (struct endpoint_scan *)endpoint->entry.work;
}

/*
 * The dialogues and the probes of the server are over: the chains that they have shown are to be
 * appraised. `probes`: what the probes have shown, held by the scan; NULL: there were none. False
 * on lack of memory.
 */
bool endpoint_findings_make(struct endpoint *endpoint, const struct endpoint_probes *probes);
void endpoint_findings_free(struct endpoint_findings *findings);

/*
 * Makes the record of the findings, judges it, sends its line and keeps the short form in
 * endpoint->summary. False on lack of memory: there is no line.
 */
bool endpoint_record(struct endpoint *endpoint);

#endif
