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
#include "scanner/dialogue/dialogue_context.h"
#include "scanner/dialogue/service.h"
#include "scanner/evidence/observation.h"

struct session;

enum session_progress {
    SESSION_CONNECTED, /* it stands, and waits for the greeting */
    SESSION_GREETED,   /* the server has greeted, and takes us */
    SESSION_OFFERED    /* the server offers STARTTLS, and may be provoked from now on */
};

/* What to do. Borrowed until the session has reported. */
struct session_request {
    const struct service *service;
    struct address address;
    uint16_t port;
    uint32_t turn;              /* for the pacer: the lowest goes first */
    uint32_t lag;               /* added to it: so many may overtake */
    bool ssl2;                  /* an SSLv2 CLIENT-HELLO is sent */
    bool without_tls13;         /* a whole handshake that offers TLS 1.2 at most */
    bool test_plaintext;        /* try MAIL FROM before TLS, glue a command to STARTTLS */
    bool test_mail_without_tls; /* try MAIL FROM where STARTTLS is not offered */
    bool test_mail_in_tls;      /* try MAIL FROM before TLS, and inside if it was refused */
    bool only_offer;            /* leave once it is known whether STARTTLS is offered */
    bool want_flight;           /* read on behind the ServerHello of TLS 1.2 and older */
    double most_seconds; /* that it may be open, if that is less than the target's; 0: no other
                            limit */
    const struct hostname *host;    /* for the pacer; NULL: known by its network alone */
    const struct hostname *sni;     /* NULL: none */
    const struct hello_spec *hello; /* NULL: a whole handshake, unless `ssl2` is set */
    /* Told of how far it is, but of TLS from the first byte; NULL: nobody. It must not end the
     * session. */
    void (*on_progress)(enum session_progress progress, void *user);
    void *progress_user;
    /*
     * Asked when its turn has come. An outcome other than OK: the server is not called any more,
     * and this is how the dialogue ends. NULL: it is called.
     */
    enum outcome (*refusal)(const void *user);
    const void *refusal_user;
};

typedef void (*session_callback)(struct session *session, void *user);

/*
 * Queues the dialogue with the pacer. `arena` takes the texts, `out_result` what is observed (it is
 * emptied first); both must outlive the session. The callback comes later, once, from the loop; in
 * it the owner reads the observation and calls session_free(). Who frees the session before its end
 * is left with what was seen until then. NULL on lack of memory.
 */
struct session *session_new(struct dialogue_context *context, const struct session_request *request,
                            struct arena *arena, struct observation *out_result,
                            session_callback callback, void *user);

/* For the pacer: the server asked to come back later. Call before session_free(). */
void session_slow_down(struct session *session, double seconds);

/* Is it still waiting for its turn? */
bool session_is_waiting(const struct session *session);

/* Ends a session that has not reported: no callback comes. Frees a reported one. NULL is fine. */
void session_free(struct session *session);

#endif
