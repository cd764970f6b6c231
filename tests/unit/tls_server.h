/*
 * A TLS server for tests, in a thread of its own on loopback: takes one connection, reads what it
 * is told to wait for, plays its script, and ends as the script says. Included by one test program
 * each, so everything is static.
 */
#ifndef MXGRADE_TESTS_TLS_SERVER_H
#define MXGRADE_TESTS_TLS_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "tests/unit/certificate_maker.h"

#define TLS_SERVER_REQUEST_MAX 4096
#define TLS_SERVER_CHAIN_MAX   8

enum tls_server_end {
    TLS_SERVER_CLOSE, /* close_notify, then end of stream */
    TLS_SERVER_CUT,   /* end of stream without close_notify */
    TLS_SERVER_HANG   /* nothing until the client goes */
};

struct tls_server_script {
    const char *reply;
    size_t reply_len;    /* 0: strlen() of it */
    size_t piece;        /* bytes of one write; 0: all at once */
    unsigned pause_us;   /* between them */
    bool is_endless;     /* the reply again and again */
    const char *instead; /* sent in clear in place of TLS; "" is silence */
    enum tls_server_end end;
};

struct tls_server {
    pthread_t thread;
    int listener;
    uint16_t port;
    struct tls_server_script script;
    const struct made *chain[TLS_SERVER_CHAIN_MAX];
    size_t num_chain;
    /* What the client did; read it after tls_server_fini(). */
    bool handshake_done;
    char sni[256];
    char request[TLS_SERVER_REQUEST_MAX];
};

static inline void tls_server_drain(int fd)
{
    char bytes[4096];
    while (recv(fd, bytes, sizeof(bytes), 0) > 0) {}
}

/* Until an empty line, the end, or no more room. */
static inline void tls_server_read_request(struct tls_server *server, SSL *ssl)
{
    size_t len = 0;
    while (strstr(server->request, "\r\n\r\n") == NULL && len + 1 < sizeof(server->request)) {
        int got = SSL_read(ssl, server->request + len, (int)(sizeof(server->request) - 1 - len));
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
}

static inline bool tls_server_write(const struct tls_server_script *script, SSL *ssl)
{
    size_t len = script->reply_len != 0 ? script->reply_len : strlen(script->reply);
    size_t piece = script->piece != 0 ? script->piece : len;
    do {
        for (size_t at = 0; at < len; at += piece) {
            size_t rest = len - at;
            if (SSL_write(ssl, script->reply + at, (int)(rest < piece ? rest : piece)) <= 0) {
                return false;
            }
            usleep(script->pause_us);
        }
    } while (script->is_endless);
    return true;
}

static inline void tls_server_play(struct tls_server *server, SSL *ssl, int fd)
{
    if (SSL_accept(ssl) != 1) {
        return;
    }
    const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    server->handshake_done = true;
    snprintf(server->sni, sizeof(server->sni), "%s", sni != NULL ? sni : "");
    tls_server_read_request(server, ssl);
    if (server->request[0] == '\0' || server->script.reply == NULL ||
        !tls_server_write(&server->script, ssl)) {
        return;
    }
    if (server->script.end == TLS_SERVER_CLOSE) {
        SSL_shutdown(ssl);
    } else if (server->script.end == TLS_SERVER_HANG) {
        tls_server_drain(fd);
    }
}

static inline SSL_CTX *tls_server_context(const struct tls_server *server)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    MAKER_MUST(context != NULL && SSL_CTX_use_certificate(context, server->chain[0]->x509) == 1 &&
               SSL_CTX_use_PrivateKey(context, server->chain[0]->key) == 1);
    for (size_t i = 1; i < server->num_chain; i++) {
        MAKER_MUST(SSL_CTX_add1_chain_cert(context, server->chain[i]->x509) == 1);
    }
    return context;
}

static inline void tls_server_serve(struct tls_server *server, int fd)
{
    if (server->script.instead != NULL) {
        send(fd, server->script.instead, strlen(server->script.instead), MSG_NOSIGNAL);
        tls_server_drain(fd);
        return;
    }
    SSL_CTX *context = tls_server_context(server);
    SSL *ssl = SSL_new(context);
    MAKER_MUST(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
    tls_server_play(server, ssl, fd);
    SSL_free(ssl);
    SSL_CTX_free(context);
}

static inline void *tls_server_main(void *argument)
{
    struct tls_server *server = argument;
    int fd = accept(server->listener, NULL, NULL);
    if (fd >= 0) {
        /* Nothing waits forever: a client that does not go is a failed test. */
        const struct timeval patience = {.tv_sec = 20};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        tls_server_serve(server, fd);
        close(fd);
    }
    return NULL;
}

static inline int tls_server_listener(uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MAKER_MUST(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
               listen(fd, 4) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static inline void tls_server_start(struct tls_server *server, const struct made *const *chain,
                                    size_t num_chain, const struct tls_server_script *script)
{
    memset(server, 0, sizeof(*server));
    MAKER_MUST(num_chain > 0 && num_chain <= TLS_SERVER_CHAIN_MAX);
    memcpy(server->chain, chain, num_chain * sizeof(*chain));
    server->num_chain = num_chain;
    server->script = *script;
    server->listener = tls_server_listener(&server->port);
    MAKER_MUST(pthread_create(&server->thread, NULL, tls_server_main, server) == 0);
}

/* Also ends a server that nobody has called. */
static inline void tls_server_fini(struct tls_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

#endif
