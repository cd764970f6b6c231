/*
 * A server in simulated time that follows a script: one for each connection in turn, the last one
 * for all that follow. It takes its turn only when the client has nothing left to do, so whether
 * the client spoke out of turn is known for certain. A peer never asserts: what was not as scripted
 * is kept in `problem`.
 *
 * A step is a word, or a letter, a colon and bytes:
 *   S:TEXT    sends; the client must have sent nothing that was not read
 *   G:TEXT    sends, whether the client has sent something or not
 *   1:TEXT    sends byte by byte
 *   X:HEX     sends bytes given in hex
 *   W:SECONDS lets so much time go by
 *   C:TEXT    the client must send exactly this
 *   N:COUNT   the client must send that many bytes, whatever they are
 *   F:TEXT    sends it again and again until the client is gone
 *   T:TEXT    sends a byte of it each second until the client is gone
 *   tls       a TLS handshake as the server, which must succeed; what follows is inside
 *   broken    a TLS handshake that must fail
 *   silent    says nothing until the client is gone
 *   eof       the client must send nothing more and end its side in order
 *   fin       ends our side; the client may go on
 *   close     closes the connection
 *   reset     closes it with a RST
 */
#ifndef MXGRADE_TESTS_REPLAY_PEER_H
#define MXGRADE_TESTS_REPLAY_PEER_H

#include <openssl/ssl.h>

#include "tests/replay/replay_network.h"

#define PEER_STEPS_MAX   32
#define PEER_SCRIPTS_MAX 8
#define PEER_CALLS_MAX   32

struct peer {
    struct replay_place place; /* first; address, port, latency and manner are the test's to set */
    const char *const *scripts[PEER_SCRIPTS_MAX]; /* each up to a NULL */
    SSL_CTX *context;                             /* for "tls"; the caller's */
    int receive_buffer; /* bytes of the socket's; 0: the system's choice */
    unsigned num_clients;
    double came[PEER_CALLS_MAX]; /* when, by replay_now(); of the first ones */
    char problem[512];           /* the first thing that was not as scripted; "" */
    TAILQ_HEAD(, peer_client) clients;
};

/* All zero but for what the test has set. */
void peer_open(struct peer *peer);

/* Complains of scripts that have not come to their end, and closes what is open. */
void peer_close(struct peer *peer);

#endif
