/*
 * What one dialogue saw, as plain data: what the server said in words and showed in TLS, and when.
 * It judges nothing. "Not supported" is only ever said on a reply of the server's; everything else
 * stays unknown, with the dialogue's outcome as its reason.
 */
#ifndef MXGRADE_SCANNER_OBSERVATION_H
#define MXGRADE_SCANNER_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "io/base/clock.h"
#include "io/tls/hello_reply.h"
#include "io/tls/tls_library.h"
#include "output/record/record.h"
#include "scanner/x509/certificate_staple.h"

struct chain;

/* What a server said it can do. */
struct capabilities {
    bool starttls;
    bool starttls_stripped; /* an EHLO keyword overwritten by a middlebox, as in "XXXXXXXA" */
    bool requiretls;        /* RFC 8689 */
    bool auth;              /* offers a login */
    bool auth_in_clear;     /* SMTP: a mechanism that may show the password to who listens */
};

/* Its texts are in the arena that the dialogue was given; the chain is a reference of the owner's.
 */
struct observation {
    const char *detail; /* NULL */
    struct reply reply; /* the last refusal */
    struct text banner;
    struct text ehlo; /* the answer to EHLO, or HELO, before TLS */
    enum outcome outcome : 8;
    struct capabilities capabilities;     /* before TLS */
    struct capabilities capabilities_tls; /* inside */
    bool has_capabilities, has_capabilities_tls;
    struct verdict esmtp;
    struct verdict starttls_advertised;
    struct verdict starttls_accepted;
    struct verdict starttls_handshake;
    /* Of the tests before TLS, where they were asked for. */
    struct verdict injection_commands;
    /* Did the server send one reply more inside TLS than it got commands there? It is noted with
     * and without a command glued to STARTTLS. */
    struct verdict extra_reply;
    enum plaintext_mail plaintext_mail : 8; /* refused: 530 with 5.7.0 */
    bool is_mail_refused;                   /* MAIL FROM before TLS, for good, with whatever code */
    bool is_mail_taken_in_tls;              /* MAIL FROM inside TLS */
    bool has_tests;       /* MAIL FROM before TLS, or a command glued to STARTTLS, was sent */
    uint32_t early_bytes; /* plain text glued to the reply to STARTTLS, discarded */
    /* Zero: that did not happen. `capabilities_at`: the capabilities before TLS were read.
     * `provoked_at`: something first happened that a server may hold against us, that is MAIL FROM
     * in clear, a command glued to STARTTLS, a hello without a handshake, a failed handshake. */
    struct moment capabilities_at;
    struct moment provoked_at;
    /* of a whole handshake */
    uint16_t tls_version; /* 0: it did not come to a ServerHello */
    uint16_t tls_cipher;
    uint16_t tls_group;
    bool ems, secure_renegotiation, session_ticket;
    bool offered_tls13;
    uint8_t alert;       /* received, if the outcome is an alert; close_notify is 0 */
    bool has_sent_alert; /* we ended the handshake by an alert */
    uint8_t sent_alert;  /* its description, if has_sent_alert */
    enum client_certificate client_certificate : 8;
    struct tls_choice choice; /* what the server chose, also in a handshake that failed */
    const char *lack; /* with OUTCOME_TLS_UNSUPPORTED: what our library lacks (lack.h); NULL */
    const struct chain *chain;        /* NULL: no certificate; release with chain_release() */
    struct certificate_extras extras; /* what came beside the certificate */
    /* to a hand-written hello, NULL: none was sent; the dialogue's, and gone with it */
    const struct hello_reply *hello;
    struct timings timings;
    double started; /* wall clock */
};

/* There was no dialogue, and why. `detail` is borrowed, and may be NULL. */
void observation_set_uncontacted(struct observation *observation, enum outcome why,
                                 const char *detail);

/* "alert 40 handshake_failure", in the arena; NULL on lack of memory. */
const char *observation_alert_text(struct arena *arena, uint8_t description);

/*
 * Does this alert say that the server accepts nothing of what was offered (RFC 8446 section 6.2)?
 * Other alerts, such as internal_error, can have any cause.
 */
bool observation_is_refusal_alert(uint8_t description);

#endif
