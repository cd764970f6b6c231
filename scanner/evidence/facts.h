/*
 * What the votes of all dialogues come to. Pure: the same votes always give the same facts, so that
 * a result file can be judged again.
 */
#ifndef MXGRADE_SCANNER_FACTS_H
#define MXGRADE_SCANNER_FACTS_H

#include "output/record/record.h"
#include "scanner/evidence/server_evidence.h"

enum fact {
    FACT_UNKNOWN,
    FACT_YES,
    FACT_NO,   /* at least two dialogues agree and none disagrees */
    FACT_MIXED /* at least two say yes and two say no, and that is no passing event */
};

/* Between the first vote and the last of a server that offers STARTTLS now and then. */
#define FACTS_MIXED_SECONDS 10

/* Between two refusals by 454, which says "not now": RFC 3207 section 4. */
#define FACTS_BUSY_SECONDS 60

/* Is STARTTLS offered? */
enum fact facts_offered(const struct offer_votes *votes);

/* There are votes of both kinds, too few to call the server inconsistent. */
bool facts_offer_is_open(const struct offer_votes *votes);

/* Is the command accepted, where it is offered? */
enum fact facts_accepted(const struct command_votes *votes);

/* Does the server turn away clients without a certificate? Two dialogues have to say so. */
bool facts_certificate_required(const struct endpoint_record *record);

/* Were hellos of all versions refused? A handshake that broke off says nothing, and the hellos that
 * follow may say no to all of TLS. */
bool facts_refuses_every_version(const struct endpoint_record *record);

/*
 * Was a command from before TLS executed inside it? Yes takes two dialogues with the command and a
 * control without it. No takes one in which the server ignored it, or a control that shows the
 * extra reply to be a habit. `reason` is why it is unknown.
 */
struct verdict facts_injected(const struct injection_tally *tally, enum outcome reason);

/* What MAIL FROM without TLS is answered with: once accepted, it can be. */
enum plaintext_mail facts_plaintext_mail(const struct server_evidence *evidence);

/*
 * Sets what the record says of STARTTLS by its votes: whether it is offered, accepted and followed
 * by a handshake, and whether that is so now and then only. Where the votes decide nothing, the
 * verdict is unknown, with the outcome as its reason.
 */
void facts_apply(struct endpoint_record *record);

#endif
