/*
 * The server's side of TLS: one SSL_CTX a behaviour, and what it makes of a ClientHello before the
 * library looks at it.
 */
#ifndef MXGRADE_FLEET_TLS_SEAT_H
#define MXGRADE_FLEET_TLS_SEAT_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "benchmarks/fleet/behaviour.h"
#include "benchmarks/fleet/pki.h"

/* What the ClientHello calls for. */
enum hello_verdict { HELLO_GO_ON, HELLO_DROP_SILENTLY, HELLO_DROP_CLOSE };

/* The state of one handshake; lives as long as its SSL, which points to it. */
struct tls_seat {
    const struct behaviour *behaviour;
    struct pki *pki;
    uint32_t id;         /* of the host in the certificate cache */
    unsigned connection; /* to its address, counted from 0 */
    const char *name;
    const char *alias;
    enum hello_verdict verdict;
};

/* `groups` are those of a behaviour that names none, NULL: BoringSSL's choice. NULL if memory is
 * short, or BoringSSL does not know the groups. */
SSL_CTX *tls_seat_context_new(const struct behaviour *behaviour, const char *groups);

/* A server's SSL on the descriptor, which stays the caller's. NULL if memory is short. */
SSL *tls_seat_new(SSL_CTX *context, struct tls_seat *seat, int fd);

#endif
