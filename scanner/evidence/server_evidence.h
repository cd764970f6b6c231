/*
 * What all dialogues with a server have shown together, under whatever host name: handshakes and
 * probes alike. Adding is commutative. It judges nothing; facts.h does.
 */
#ifndef MXGRADE_SCANNER_SERVER_EVIDENCE_H
#define MXGRADE_SCANNER_SERVER_EVIDENCE_H

#include "scanner/evidence/starttls_tally.h"

/* How STARTTLS was answered where it was offered. */
struct command_tally {
    uint32_t first_busy, last_busy; /* seconds of monotonic time */
    uint8_t num_accepted, num_refused, num_busy;
};

/*
 * Does the server execute inside TLS a command that came before it (CVE-2011-0411)? Some servers
 * greet again inside TLS, or answer QUIT twice. So an extra reply says something only beside a
 * control: a dialogue without the command, in which it does not come.
 */
struct injection_tally {
    uint8_t num_answered, num_ignored; /* dialogues with the command, by what came inside TLS */
    uint8_t num_control_extra;         /* dialogues without it, in which a reply too many came */
    uint8_t num_control_plain;         /* ... and in which none did */
    uint8_t num_control_unclear;
};

struct server_evidence {
    struct starttls_tally offer;
    struct command_tally command;
    struct injection_tally injection;
    uint8_t num_mail_accepted,
        num_mail_refused;         /* MAIL FROM before TLS; refused: for want of TLS */
    uint8_t num_mail_denied;      /* refused with another code or text */
    uint8_t num_mail_only_in_tls; /* of num_mail_refused: denied, and then accepted inside TLS */
    uint8_t num_mail_checks;      /* dialogues held to see that */
    uint8_t num_offer_checks;     /* dialogues held for `offer` alone */
    uint8_t num_waits;            /* times that it asked us to come back ... */
    struct moment waits_until;    /* ... and when the last of them is over */
    bool has_tests;               /* what comes before TLS has been tested */
    uint8_t given_up_for;         /* an outcome: see server_evidence_give_up(); 0: it is asked */
    uint8_t num_connections;      /* for questions about the server, of whatever kind */
    float open_seconds;           /* in which those were open */
};

/* What kind of dialogue was held. */
enum dialogue_kind {
    DIALOGUE_NONE,
    DIALOGUE_HANDSHAKE, /* a whole handshake under a name */
    DIALOGUE_OFFER,     /* as far as the offer of STARTTLS */
    DIALOGUE_CONTROL,   /* a whole handshake, of which only an extra reply counts */
    DIALOGUE_GLUED,     /* the same with a command glued to STARTTLS */
    DIALOGUE_MAIL,      /* a whole handshake, with MAIL FROM before it and inside */
    DIALOGUE_LEAF,      /* a whole handshake, for the certificate under a name */
    DIALOGUE_PROBE      /* one hello */
};

/* All zero is what is known before the first dialogue. */
void server_evidence_add(struct server_evidence *evidence, const struct observation *observation,
                         enum dialogue_kind kind);

/* The server asked us to come back after so many seconds. Several names that are told so at the
 * same time are one wait. */
void server_evidence_wait(struct server_evidence *evidence, struct moment now, double seconds);

/* It asked once more than it is come back to, by this outcome: it is asked nothing from now on. */
void server_evidence_give_up(struct server_evidence *evidence, enum outcome outcome);

/* Did the server say in this dialogue that TLS is not available now: RFC 3207 section 4? */
bool server_evidence_is_busy(const struct observation *observation);

/* The votes as a record shows them; those of handshakes, which are of a name, stay as they are. */
void server_evidence_count(const struct server_evidence *evidence,
                           struct endpoint_votes *out_votes);

#endif
