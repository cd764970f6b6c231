/*
 * One connection to one mail host.
 *
 * The state says what the host waits for or does next. A step of a state (peer.c, greeting.c,
 * dialogue.c) returns what it waits for; peer.c alone turns that into timers and, at the end, into
 * the one teardown. A peer that is asleep waits for its timer (the simulated network, a pause) and
 * only notes what the client says meanwhile; a peer that is awake has its timer armed for idleness.
 * The descriptor is watched edge-triggered, so a step that waits for input has read all there is.
 */
#ifndef MXGRADE_FLEET_PEER_H
#define MXGRADE_FLEET_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <openssl/ssl.h>

#include "benchmarks/fleet/smtp_server.h"
#include "benchmarks/fleet/tls_seat.h"
#include "benchmarks/fleet/world.h"

#define PEER_LINE_MAX 512 /* RFC 5321 section 4.5.3.1.4 */
#define PEER_NAME_MAX 64  /* the fleet's own names are shorter by far */

enum peer_state {
    PEER_BANNER,    /* the banner is due */
    PEER_SEND,      /* output is on its way; then: .then */
    PEER_COMMAND,   /* awaiting a line */
    PEER_REPLY,     /* the reply to .verb is due */
    PEER_HELLO,     /* awaiting a ClientHello that will get no honest answer */
    PEER_FAKE,      /* that answer is due */
    PEER_HANDSHAKE, /* a real TLS handshake */
    PEER_TRAP,      /* nothing more is ever said */
    PEER_LINGER,    /* nothing more is sent; awaiting the client's end */
    PEER_CLOSE,
    PEER_RESET,
};

enum peer_wait { WAIT_NEXT, WAIT_EVENT, WAIT_TIME, WAIT_GONE };

enum verb {
    VERB_OTHER,
    VERB_EHLO,
    VERB_HELO,
    VERB_STARTTLS,
    VERB_MAIL,
    VERB_RCPT,
    VERB_DATA,
    VERB_RSET,
    VERB_NOOP,
    VERB_QUIT
};

struct peer {
    struct watcher watcher;
    struct timer timer;
    struct smtp_server *server;
    LIST_ENTRY(peer) link;
    int fd;
    enum peer_state state;
    enum peer_state then;
    enum verb verb;
    bool asleep;
    bool banner_done;
    bool pregreeted;
    unsigned connection;   /* to this address, counted from 0 */
    bool too_many;         /* over --rate-connections when it came */
    bool banned;           /* its operator has had enough of this client */
    bool shut;             /* our sending side is */
    uint8_t greeting_part; /* of a banner in several parts */
    unsigned tls_steps;
    uint32_t rtt_ms;
    uint32_t slot;
    struct host host;
    const struct behaviour *behaviour;
    struct stats_address *counts;
    struct stats_operator *operator_counts; /* NULL: the address is not shared */
    SSL *ssl;                               /* NULL before STARTTLS */
    struct tls_seat seat;
    char *output; /* owned; NULL if there is none */
    size_t output_len;
    size_t output_sent;
    uint32_t drip_ms; /* pause between single bytes of this output; 0: whole */
    bool endless;     /* the output starts over at its end */
    uint16_t input_len;
    char input[PEER_LINE_MAX];
    char name[PEER_NAME_MAX];
    char alias[PEER_NAME_MAX];
};

/* Takes the descriptor; on failure it is closed. */
void peer_open(struct smtp_server *server, int fd, uint32_t slot, const struct host *host);

/* The one end of every peer. */
void peer_free(struct peer *peer);

/* Goes to the state after that time; to be returned by a step. */
enum peer_wait peer_sleep(struct peer *peer, enum peer_state state, uint32_t delay_ms);

#endif
