/* What the dialogues with a server under one host name have shown together. */
#ifndef MXGRADE_SCANNER_NAME_EVIDENCE_H
#define MXGRADE_SCANNER_NAME_EVIDENCE_H

#include "scanner/evidence/observation.h"

/* How a handshake dialogue is held. */
struct dialogue_manner {
    bool tests;            /* MAIL FROM before TLS, a command glued to STARTTLS */
    bool mail_without_tls; /* MAIL FROM where STARTTLS is not offered */
    bool without_tls13;
    bool without_sni;
};

struct name_evidence {
    uint8_t num_dialogues; /* that meant to shake hands */
    uint8_t num_spoilt;    /* of them, those that our own test has broken */
    uint8_t num_completed, num_failed, num_unclear;
    uint8_t num_certificate_wanted; /* the server turned us away for want of a certificate */
    bool was_taken_for_tls; /* the command glued to STARTTLS, by a server that ended it there */
    float open_seconds;     /* in which its connections were open */
};

/*
 * A server that keeps the command that was glued to STARTTLS takes it for its first TLS record, and
 * gives up: Dovecot does. One that says that it has nothing of what was offered would say so again,
 * and one that has sent a ServerHello has understood.
 */
bool name_evidence_is_spoilt(const struct observation *observation, bool had_tests);

/* Takes a dialogue that meant to shake hands. */
void name_evidence_add(struct name_evidence *evidence, const struct observation *observation,
                       bool had_tests);

#endif
