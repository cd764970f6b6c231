/*
 * A TLS server in simulated time, for what asks one question: it reads a request, plays its script,
 * and ends as the script says.
 */
#ifndef MXGRADE_TESTS_REPLAY_HTTPS_H
#define MXGRADE_TESTS_REPLAY_HTTPS_H

#include <openssl/ssl.h>

#include "tests/replay/replay_clock.h"
#include "tests/replay/replay_network.h"

#define HTTPS_SERVER_REQUEST_MAX 4096

enum https_server_end {
    HTTPS_SERVER_CLOSE, /* close_notify, then end of stream */
    HTTPS_SERVER_CUT,   /* end of stream without close_notify */
    HTTPS_SERVER_HANG   /* nothing until the client goes */
};

struct https_script {
    const char *reply;
    size_t piece;        /* bytes of one write; 0: all at once */
    double pause;        /* seconds between them */
    bool is_endless;     /* the reply again and again */
    bool is_hasty;       /* does not wait for the request */
    const char *instead; /* sent in clear in place of TLS; "" is silence */
    enum https_server_end end;
};

struct https_server {
    struct replay_place place; /* first; address and port are the test's to set */
    struct https_script script;
    X509 *certificate; /* the caller's, as the key */
    EVP_PKEY *key;
    /* What the client did. */
    bool handshake_done;
    bool has_gone;
    char sni[256];
    char request[HTTPS_SERVER_REQUEST_MAX];
    /* The rest is the server's. */
    struct replay_actor actor;
    enum {
        HTTPS_SERVER_IDLE,
        HTTPS_SERVER_SHAKES,
        HTTPS_SERVER_READS,
        HTTPS_SERVER_WRITES,
        HTTPS_SERVER_DRAINS
    } state;
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    size_t request_len;
    size_t reply_at;
};

/* Takes one client. */
void https_server_open(struct https_server *server);

/* Also ends one that nobody has called. */
void https_server_close(struct https_server *server);

#endif
