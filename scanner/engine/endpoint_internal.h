/*
 * Inside an endpoint, for the files that are one: endpoint.c keeps it, endpoint_scan.c scans it,
 * and endpoint_record.c makes the record of it all.
 */
#ifndef MXGRADE_SCANNER_ENDPOINT_INTERNAL_H
#define MXGRADE_SCANNER_ENDPOINT_INTERNAL_H

#include "io/base/clock.h"
#include "scanner/engine/appraisal.h"
#include "scanner/engine/endpoint.h"
#include "scanner/engine/endpoint_probes.h"
#include "scanner/engine/host_dane.h"
#include "scanner/engine/ledger.h"
#include "scanner/engine/worker.h"
#include "scanner/evidence/leaf_votes.h"
#include "scanner/inquiry/name_inquiry.h"

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
    struct once_work work;       /* first */
    struct ledger *ledger;       /* held; NULL: nothing is contacted */
    struct name_inquiry inquiry; /* its arena takes what the record needs */
    struct moment opened;
    struct host_dane *dane;             /* a reference; NULL: a bare address */
    struct endpoint_question *question; /* NULL: the server's probes are not asked for yet */
    struct endpoint_findings *findings; /* NULL: the dialogues are not over */
    enum outcome uncontacted : 8;       /* of the request */
    bool is_offered;  /* STARTTLS, in the dialogue that is under way: see ledger_note_offer() */
    bool is_in_doubt; /* the dialogues are over, and the verdict waits: see ledger_is_in_doubt() */
    bool has_asked_leaf; /* the certificate accused in one dialogue, and was asked for again */
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

/* In work that is all zero. The scan of an endpoint that is never started may be ended. */
void endpoint_scan_init(struct endpoint *endpoint, const struct endpoint_request *request);
void endpoint_scan_fini(struct endpoint_scan *scan);

/* Begins the scan, which ends in once_finish() or once_give_up(), perhaps at once. */
void endpoint_scan_start(struct endpoint *endpoint);

/* Goes on after once_pause(). */
void endpoint_scan_resume(struct endpoint *endpoint);

/* The run is stopping. What waits before a dialogue or for the pacer waits no longer; a dialogue
 * that has begun goes on. */
void endpoint_scan_stop(struct endpoint *endpoint);

/* In place of the start: makes the record of an endpoint that is not contacted, on this thread, and
 * leaves the entry alone. False on lack of memory: there is no line. */
bool endpoint_scan_uncontacted(struct endpoint *endpoint);

/*
 * The dialogues and the probes of the server are over: the chains that they have shown are to be
 * appraised. `probes`: what the probes have shown, held by the scan; NULL: there were none. False
 * on lack of memory.
 */
bool endpoint_findings_make(struct endpoint *endpoint, const struct endpoint_probes *probes);
void endpoint_findings_free(struct endpoint_findings *findings);

/* One more dialogue has shown a chain: all of them are to be appraised. False on lack of memory. */
bool endpoint_findings_renew(struct endpoint *endpoint);

/* Once they are appraised: does one dialogue alone accuse? */
bool endpoint_findings_are_lone(struct endpoint *endpoint);

/*
 * Makes the record of the findings, judges it, sends its line and keeps the short form in
 * endpoint->summary. False on lack of memory: there is no line.
 */
bool endpoint_record(struct endpoint *endpoint);

#endif
