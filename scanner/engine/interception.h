/*
 * Does something on the way speak in place of the mail servers? A relay or a firewall that takes
 * all connections to port 25 says the same to whoever calls, whichever server was called.
 *
 * A server is known by the key of its certificate; where it has none, by its greeting and answer to
 * EHLO. A server whose certificate is made out to its host name speaks for itself. The run is void
 * if, of unrelated networks and providers (jury.h), 95 % are known by the same, or have the offer
 * of STARTTLS overwritten, and no server speaks for itself by another key. It takes
 *   - 20 of them where STARTTLS is overwritten, or is not offered under one and the same greeting:
 *     no honest server takes the name of another;
 *   - 60 where it is a certificate, or STARTTLS is offered: makers ship machines with one greeting
 *     and one certificate, and a list may well name a few dozen of them.
 * Differing servers none of which offers STARTTLS are no proof, as a list may be of those alone.
 *
 * Until that is known, lines that accuse wait: F until 20 unrelated networks have spoken or two
 * servers have spoken for themselves, and C to F while all are known by the same. C and D wait no
 * longer once 60 servers have spoken and fewer than 20 of their networks are unrelated, as on a
 * list of one owner's servers: there may never be a verdict, and results come from the first
 * seconds. Whatever accuses waits behind a line that waits, as it may rest on it. No more than
 * HELD_LINES_MAX wait.
 */
#ifndef MXGRADE_SCANNER_INTERCEPTION_H
#define MXGRADE_SCANNER_INTERCEPTION_H

#include "scanner/engine/blame.h"
#include "scanner/engine/held_lines.h"
#include "scanner/engine/network_watch.h"

#define INTERCEPTION_ENOUGH      JURY_ENOUGH
#define INTERCEPTION_ENOUGH_MADE 60 /* where a maker's default may be what they have in common */
#define INTERCEPTION_DETAIL_MAX  320

struct interception;

/* Where lines go that need not wait. Borrowed. */
struct line_outlet {
    struct sink *sink;
    struct blame *blame; /* takes those that have a doubted version */
};

/* What a server showed in one dialogue, in which it answered EHLO. */
struct testimony {
    struct text greeting, ehlo;
    bool is_offered, is_overwritten; /* STARTTLS */
    const uint8_t *key;              /* SHA-256 of its certificate's public key; NULL: none seen */
    bool names_host;                 /* the certificate is made out to the host name */
};

/* NULL on lack of memory. The watch, whose seed and databases are used, is borrowed. */
struct interception *interception_new(const struct network_watch *watch);
void interception_free(struct interception *interception);

/* Any thread, as for all below but where it says otherwise. False: there will be no verdict, and
 * nobody needs to speak any more. */
bool interception_listens(const struct interception *interception);

void interception_hear(struct interception *interception, const struct network_place *place,
                       const struct testimony *testimony);

struct interception_verdict {
    enum void_reason reason; /* VOID_NONE: there is no verdict, or not yet */
    size_t num_votes;        /* unrelated networks that it rests on */
    size_t num_heard;        /* in all */
    bool is_suspicion;       /* too few for a verdict: all certificates are of one key */
    bool is_bare;            /* none offers STARTTLS, though they greet differently */
    char detail[INTERCEPTION_DETAIL_MAX]; /* of the reason, or of the suspicion: what they show */
};

void interception_verdict(struct interception *interception, struct interception_verdict *out);

/* May a line with that letter have to go out as void? Then it needs that version. */
bool interception_may_void(struct interception *interception, enum grade grade);

/* Takes over a line and sends it where it goes, perhaps later. */
void interception_line(struct interception *interception, const struct line_outlet *outlet,
                       struct line_versions *versions);

/* Sends what need not wait any more. Of the main thread, now and then. */
void interception_settle(struct interception *interception, const struct line_outlet *outlet);

/* The run is void: lines that are held or still to come go out as void. */
void interception_convict(struct interception *interception, const struct line_outlet *outlet);

/* The list has ended: no line waits any more. */
void interception_end(struct interception *interception, const struct line_outlet *outlet);

#endif
