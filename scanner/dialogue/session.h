/*
 * One dialogue with one address: connect, greeting, capabilities, STARTTLS, then either a whole TLS
 * handshake (which takes the certificate, asks for the capabilities again inside TLS and says QUIT)
 * or one hand-written ClientHello (which takes the answer and leaves).
 *
 * Turns are strict: nothing is sent before the last line of the reply before it. Each state has a
 * deadline and the dialogue has one. A session never judges and never retries: it ends exactly
 * once, with one outcome, and reports what was observed until then. "Not supported" is only ever
 * said on a reply of the server's; everything else stays unknown, with the outcome as its reason.
 */
#ifndef MXGRADE_SCANNER_SESSION_H
#define MXGRADE_SCANNER_SESSION_H

#include "io/base/arena.h"
#include "io/tls/hello.h"
#include "io/tls/hello_reply.h"
#include "output/record/record.h"
#include "scanner/x509/certificate_staple.h"
#include "scanner/dialogue/dialogue_context.h"
#include "scanner/dialogue/service.h"

struct session;

/* What to do. Borrowed until the session has reported. */
struct session_request {
    const struct service *service;
    struct address address;
    uint16_t port;
    const char *provider;           /* for the pacer; NULL: known by its network alone */
    const char *sni;                /* NULL: none */
    const struct hello_spec *hello; /* NULL: a whole handshake, unless ... */
    bool ssl2;                      /* ... an SSLv2 CLIENT-HELLO is sent */
    bool without_tls13;             /* a whole handshake that offers TLS 1.2 at most */
    bool test_plaintext;            /* try MAIL FROM before TLS, glue a command to STARTTLS */
    bool want_flight;               /* read on behind the ServerHello of TLS 1.2 and older */
};

/* What came of it. Text is in the arena that was handed in; the chain is a reference of the
 * owner's, who is left with what was seen until then if the session is freed before its end. */
struct session_result {
    const char *detail; /* NULL */
    struct reply reply; /* the last refusal */
    struct text banner;
    enum outcome outcome;
    bool connected;                       /* the TCP connection was made */
    struct capabilities capabilities;     /* before TLS */
    struct capabilities capabilities_tls; /* inside */
    bool has_capabilities, has_capabilities_tls;
    struct verdict esmtp;
    struct verdict starttls_advertised;
    struct verdict starttls_accepted;
    struct verdict starttls_handshake;
    size_t early_bytes; /* plain text glued to the reply to STARTTLS, discarded */
    /* of a whole handshake */
    uint16_t tls_version; /* 0: it did not come to a ServerHello */
    uint16_t tls_cipher;
    uint16_t tls_group;
    bool ems, secure_renegotiation, session_ticket;
    bool offered_tls13;
    uint8_t alert; /* received; 0: none */
    enum client_certificate client_certificate;
    const struct chain *chain;        /* NULL: no certificate; release with chain_release() */
    struct certificate_extras extras; /* what came beside the certificate */
    /* to a hand-written hello, NULL: none was sent; the session's, and gone with it */
    const struct hello_reply *hello;
    /* with test_plaintext */
    enum plaintext_mail plaintext_mail;
    struct verdict injection_commands;
    struct timings timings;
    double started; /* wall clock */
};

typedef void (*session_callback)(struct session *session, void *user);

/*
 * Queues the dialogue with the pacer. `arena` takes the texts, `out_result` what is observed (it is
 * emptied first); both must outlive the session. The callback comes later, once, from the loop; in
 * it the owner reads the result and calls session_free(). NULL on lack of memory.
 */
struct session *session_new(struct dialogue_context *context, const struct session_request *request,
                            struct arena *arena, struct session_result *out_result,
                            session_callback callback, void *user);

/* For the pacer: the server asked to come back later. Call before session_free(). */
void session_slow_down(struct session *session, double seconds);

/* Is it still waiting for its turn? */
bool session_is_waiting(const struct session *session);

/* "alert 40 handshake_failure", in the arena; NULL on lack of memory. */
const char *session_alert_text(struct arena *arena, uint8_t description);

/* Ends a session that has not reported: no callback comes. Frees a reported one. NULL is fine. */
void session_free(struct session *session);

#endif
