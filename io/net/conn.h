/*
 * One TCP connection on a libev loop, that may become TLS: hides socket, handshake and deadline
 * behind a few events. Knows no protocol above. Embedded in its owner; the owner's handler may
 * close it from inside any event.
 *
 * The deadline is absolute: bytes that trickle in never extend it. Its timer is re-armed lazily
 * (libev manual, "Be smart about timeouts"): setting a deadline costs nothing while the armed one
 * is earlier.
 */
#ifndef MXGRADE_IO_CONN_H
#define MXGRADE_IO_CONN_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"
#include "io/base/clock.h"
#include "io/net/proxy.h"
#include "io/net/source_addresses.h"
#include "io/tls/tls.h"

#define CONN_PLAIN_SIZE 16384 /* of one decrypted read; the largest TLS record (RFC 8446 5.1) */
/*
 * Of one receive, which is all that a connection gets in a round of the loop: who sends as fast as
 * he can has his turn with the others. Shared by all connections of a loop.
 */
#define CONN_INPUT_SIZE 16384
/* Of a whole connection, on the wire. An honest one takes a third of it at most. TLS hides empty
 * bytes, tickets and the like from who counts what it says. */
#define CONN_INPUT_MAX 1048576

/* What the connections of one loop share. */
struct conn_shared {
    struct ev_loop *loop; /* of loop_new() */
    struct tls_client *tls_client;
    const struct source_addresses *sources; /* NULL: the routes choose */
    const struct proxy *proxy;              /* that all connections go through, found; NULL: none */
    uint8_t input[CONN_INPUT_SIZE];
    uint8_t plain[CONN_PLAIN_SIZE];
};

enum conn_event {
    CONN_CONNECTED,
    CONN_DATA,       /* bytes came (decrypted, in TLS) */
    CONN_TLS_READY,  /* the handshake is done */
    CONN_TLS_FAILED, /* see tls_stream_observed(conn->tls)->failure */
    CONN_CLOSED,     /* end of stream */
    CONN_ERROR,      /* conn->error is the errno; EMSGSIZE: more came than may come in all */
    CONN_TIMEOUT     /* the deadline passed */
};

const char *conn_event_name(enum conn_event event);

struct conn;
struct proxy_talk;

typedef void (*conn_handler)(struct conn *conn, enum conn_event event, const uint8_t *bytes,
                             size_t len);

struct conn {
    struct conn_shared *shared;
    conn_handler handler;
    ev_io io;
    ev_timer timer;
    struct moment deadline;
    struct tls_stream *tls;
    uint8_t *unsent;         /* malloc'ed; what the socket would not take yet */
    struct proxy_talk *talk; /* with the proxy, until the connection stands; NULL */
    uint32_t unsent_len;
    uint32_t unsent_max; /* see conn_set_bounds(), as the next */
    uint32_t input_max;  /* 0: any amount */
    uint32_t input_len;  /* received so far, where there is a bound to it */
    int fd;              /* -1: closed */
    int error;
    struct proxy_fault fault; /* why there is no connection, where the proxy is to blame */
    bool connecting;          /* through the proxy, too */
    bool is_talking;          /* connected to the proxy */
    bool handshaking;
    bool ending; /* our side, as soon as nothing is left to send */
};

enum conn_open_status {
    CONN_OPEN_STARTED,
    CONN_OPEN_FAILED,        /* conn->error: refused or unreachable at once; see conn->fault */
    CONN_OPEN_NO_DESCRIPTOR, /* or buffers of the kernel's, or memory: try again later */
    CONN_OPEN_NO_PORT        /* towards this peer, or no source address: try again later */
};

/*
 * Starts connecting, if need be through the proxy: then the deadline is for both, and an end before
 * CONN_CONNECTED is the proxy's fault if conn->fault says so. Only after CONN_OPEN_STARTED do
 * events come and is conn_close() needed.
 */
enum conn_open_status conn_open(struct conn *conn, struct conn_shared *shared, conn_handler handler,
                                const struct address *address, uint16_t port);

/* The same with a server on this machine, by the path of its socket and through no proxy. A path
 * that is too long is CONN_OPEN_FAILED with ENAMETOOLONG. */
enum conn_open_status conn_open_local(struct conn *conn, struct conn_shared *shared,
                                      conn_handler handler, const char *path);

/*
 * For a peer that is no stranger and of whom much is wanted: how many bytes it may send in all (0:
 * any number; else CONN_INPUT_MAX), and how many may wait to be sent (else 64 KiB).
 */
void conn_set_bounds(struct conn *conn, uint32_t input_max, uint32_t unsent_max);

/* The one deadline, in seconds from now. */
void conn_set_deadline(struct conn *conn, double seconds);

/*
 * Sends, in TLS once that is ready; what the socket does not take now is kept and sent later. False
 * if that failed, with conn->error, which is a shortage (shortage.h) where this machine lacks
 * something: an event will not follow, the caller ends the connection.
 */
bool conn_send(struct conn *conn, const void *bytes, size_t len);

/* Reads nothing, and so notices no end, until conn_start_tls(). What comes is not lost. */
void conn_pause(struct conn *conn);

/* Starts a handshake; ends in CONN_TLS_READY, CONN_TLS_FAILED or CONN_TIMEOUT. False: no memory. */
bool conn_start_tls(struct conn *conn, const struct tls_offer *offer);

/*
 * No more will be sent: a TCP FIN once all has gone out, in TLS behind a close_notify, so that the
 * peer can end the connection without a reset.
 */
void conn_shutdown(struct conn *conn);

/* Closes and frees everything inside; idempotent. No event comes after it. */
void conn_close(struct conn *conn);

#endif
