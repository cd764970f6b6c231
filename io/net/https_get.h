/*
 * One file over HTTPS, on a worker's loop: look up the host, connect, TLS with SNI, let the caller
 * judge the certificates, one GET, one response. No redirect is followed, nothing is kept alive,
 * and one deadline spans it all, so that a server that drips gains nothing (RFC 8461 section 3.3).
 *
 * Every ending is told apart: what the caller makes of "certificate" differs from "timeout".
 */
#ifndef MXGRADE_IO_HTTPS_GET_H
#define MXGRADE_IO_HTTPS_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"
#include "io/base/hostname.h"
#include "io/net/conn.h"
#include "io/dns/dns.h"

#define HTTPS_PORT          443
#define HTTPS_SECONDS       60.   /* RFC 8461 section 3.3 suggests a minute ... */
#define HTTPS_BODY_MAX      65536 /* ... and 64 kilobytes */
#define HTTPS_ADDRESSES_MAX 8     /* tried until one takes the connection */
#define HTTPS_CONNECT_SHARE 4     /* an address gets this part of the deadline to connect */

enum https_outcome {
    HTTPS_OK,          /* status 200 and a whole body */
    HTTPS_DNS,         /* no address: see dns */
    HTTPS_NOT_ALLOWED, /* it has addresses, none of which may be contacted */
    HTTPS_CONNECT,     /* no connection to any address: see error */
    HTTPS_TLS,         /* the handshake failed, or TLS broke later: see tls_failure */
    HTTPS_CERTIFICATE, /* the caller rejected the certificates, or there were none */
    HTTPS_STATUS,      /* a status other than 200 and 3xx: see status */
    HTTPS_REDIRECT,    /* 3xx: see location */
    HTTPS_TOO_BIG,
    HTTPS_TIMEOUT,
    HTTPS_CLOSED,    /* the connection ended before the response did */
    HTTPS_MALFORMED, /* the response is not HTTP */
    HTTPS_LOCAL /* no memory, no descriptor, the proxy is at fault, or the run is being stopped */
};

const char *https_outcome_name(enum https_outcome outcome); /* "ok", "dns", ... */

/* Valid during the callback only. */
struct https_response {
    enum https_outcome outcome;
    unsigned status;          /* 0: none was received */
    const char *content_type; /* "" if none; never NULL */
    const char *location;
    const uint8_t *body; /* with HTTPS_OK */
    size_t body_len;
    enum dns_outcome dns;         /* with HTTPS_DNS: the more telling of both */
    int error;                    /* with HTTPS_CONNECT and HTTPS_LOCAL: errno of the last try */
    enum tls_failure tls_failure; /* with HTTPS_TLS */
    struct address address;       /* the last one tried; family 0: none */
    double seconds;               /* it all took */
};

struct https_get;

struct https_request {
    struct conn_shared *shared;
    struct dns *dns; /* asked for A and AAAA; NULL: `addresses` are used */
    const struct address *addresses;
    size_t num_addresses;
    const struct hostname *host; /* for SNI and the Host header */
    const char *path;            /* starts with a slash; visible ASCII */
    uint16_t port;               /* 0: HTTPS_PORT */
    double seconds;              /* 0: HTTPS_SECONDS */
    size_t body_max;             /* 0: HTTPS_BODY_MAX */
    /* NULL: every address may be contacted. */
    bool (*may_contact)(void *user, const struct address *address);
    /* The server showed these certificates (at least one). It gets no request, and must say
     * nothing, until https_get_judged(), which may be called from within this or later. */
    void (*judge)(void *user, struct https_get *get, const struct tls_observed *observed);
    void (*done)(void *user, const struct https_response *response);
    void *user;
};

/*
 * Starts it; everything is copied. `done` is called exactly once, from the loop, never from within
 * this call, and the object is gone afterwards. NULL without a call of `done`: lack of memory, or a
 * path that cannot be put in a request.
 */
struct https_get *https_get_start(const struct https_request *request);

/* Whether to go on with the certificates that judge() was given; once. */
void https_get_judged(struct https_get *get, bool is_accepted);

/* Ends it without a call of `done`. Not from within its own callbacks. */
void https_get_cancel(struct https_get *get);

#endif
