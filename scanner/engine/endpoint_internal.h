/*
 * Inside an endpoint, for the files that are one: endpoint.c runs the scan, endpoint_injection.c
 * confirms a suspicion of injected commands, endpoint_record.c makes the record of it all.
 */
#ifndef MXGRADE_SCANNER_ENDPOINT_INTERNAL_H
#define MXGRADE_SCANNER_ENDPOINT_INTERNAL_H

#include "io/base/clock.h"
#include "scanner/engine/endpoint.h"
#include "scanner/engine/host_dane.h"
#include "scanner/engine/server.h"
#include "scanner/dialogue/session.h"
#include "scanner/engine/worker.h"

/* What is needed while it is being scanned, and not a moment longer. */
struct endpoint_scan {
    struct once_work work; /* first */
    struct endpoint *endpoint;
    struct server_waiter waiter;
    struct session *session;
    struct session_request request;
    struct observation result; /* of the last dialogue; texts in `arena`, the chain is ours */
    struct arena arena;
    unsigned attempts;
    unsigned num_spoilt;     /* of them, those that our own test has broken */
    unsigned num_refused;    /* of the others, those that say that no handshake is to be had */
    const char *first_alert; /* what the first of them ended with; NULL */
    bool was_taken_for_tls;  /* the command glued to STARTTLS, by a server that ended it there */
    enum plaintext_mail plaintext_mail; /* of any dialogue, as is the next */
    struct verdict injection_commands;
    struct injection_check *injection; /* while a suspicion is being confirmed; or NULL */
    bool seen_with_starttls, seen_without_starttls;
    double started;
    struct moment opened;
    enum outcome uncontacted; /* of the request */
    struct host_dane *dane;   /* a reference; NULL: a bare address */
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
 * Confirms that a glued command was executed, or takes it back. `confirmed` is called once, from
 * within the call (without memory) or later; not after endpoint_injection_end().
 */
typedef void (*endpoint_injection_confirmed)(struct endpoint *endpoint, struct verdict verdict);
void endpoint_injection_confirm(struct endpoint *endpoint, endpoint_injection_confirmed confirmed);

/* Ends that, if it is under way. */
void endpoint_injection_end(struct endpoint_scan *scan);

/* Does it wait for the pacer? */
bool endpoint_injection_is_waiting(const struct endpoint_scan *scan);

/*
 * Makes the record of what the dialogues and the server's facts showed, judges it, sends its line
 * and keeps the short form in endpoint->summary. `probe_connections` were caused by this endpoint.
 */
void endpoint_record(struct endpoint *endpoint, const struct server_facts *facts,
                     unsigned probe_connections);

#endif
