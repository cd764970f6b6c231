/*
 * A server on loopback that follows a script, on a thread of its own, for tests of what talks to
 * servers. Included by one test program each, so everything is static. A peer takes one connection
 * and never asserts: what was not as scripted is kept in `problem`, for the test's thread.
 *
 * A step is a word, or a letter, a colon and bytes:
 *   S:TEXT  sends, after a look whether the client spoke out of turn
 *   G:TEXT  sends without that look
 *   1:TEXT  sends byte by byte
 *   X:HEX   sends bytes given in hex
 *   C:TEXT  the client must send exactly this
 *   N:COUNT the client must send that many bytes, whatever they are
 *   F:TEXT  sends it again and again until the client is gone
 *   T:TEXT  sends a byte of it now and then until the client is gone
 *   tls     a TLS handshake as the server, which must succeed; what follows is inside
 *   broken  likewise, but it must fail
 *   silent  says nothing until the client is gone
 *   eof     the client must send nothing more and end its side in order
 *   fin     ends our side; the client may go on
 *   close   closes the connection
 *   reset   closes it with a RST
 */
#ifndef MXGRADE_TESTS_SCRIPTED_PEER_H
#define MXGRADE_TESTS_SCRIPTED_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEER_STEPS_MAX 32
#define PEER_PATIENCE  20000   /* ms: a loaded machine must not fail a test */
#define PEER_LOOK      15      /* ms: how long it is looked whether the client speaks ahead */
#define PEER_FLOOD_MAX 4000000 /* bytes that a client may take before it must have left */

struct peer {
    pthread_t thread;
    int listener;
    uint16_t port;
    const char *const *script; /* up to a NULL */
    SSL_CTX *context;          /* for "tls"; the peer's from peer_start() on */
    int receive_buffer;        /* bytes of the socket's; 0: the system's choice */
    int fd;
    SSL *ssl;
    char problem[512]; /* the first thing that was not as scripted; "" */
};

static inline void peer_complain(struct peer *peer, const char *step, const char *what)
{
    if (peer->problem[0] == '\0') {
        snprintf(peer->problem, sizeof(peer->problem), "at \"%.200s\": %.200s", step, what);
    }
}

static inline bool peer_is_readable(const struct peer *peer, int ms)
{
    struct pollfd waiting = {.fd = peer->fd, .events = POLLIN};
    return (peer->ssl != NULL && SSL_pending(peer->ssl) > 0) || poll(&waiting, 1, ms) == 1;
}

static inline ssize_t peer_read(struct peer *peer, void *out, size_t max)
{
    if (!peer_is_readable(peer, PEER_PATIENCE)) {
        return -1;
    }
    return peer->ssl != NULL ? SSL_read(peer->ssl, out, (int)max) : recv(peer->fd, out, max, 0);
}

static inline bool peer_write(struct peer *peer, const void *bytes, size_t len)
{
    if (len == 0) {
        return true;
    }
    ssize_t sent = peer->ssl != NULL ? SSL_write(peer->ssl, bytes, (int)len)
                                     : send(peer->fd, bytes, len, MSG_NOSIGNAL);
    return sent == (ssize_t)len;
}

/* Reads `len` bytes; what came before the end is in `out`, NUL-terminated. */
static inline bool peer_read_all(struct peer *peer, char *out, size_t len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t more = peer_read(peer, out + got, len - got);
        if (more <= 0) {
            break;
        }
        got += (size_t)more;
    }
    out[got] = '\0';
    return got == len;
}

static inline void peer_expect(struct peer *peer, const char *step)
{
    char got[1024], what[1100];
    size_t len = strlen(step + 2);
    if (len >= sizeof(got) || !peer_read_all(peer, got, len) || memcmp(got, step + 2, len) != 0) {
        snprintf(what, sizeof(what), "got \"%s\"", got);
        peer_complain(peer, step, what);
    }
}

static inline void peer_send_hex(struct peer *peer, const char *step)
{
    for (const char *hex = step + 2; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        char digits[3] = {hex[0], hex[1], '\0'};
        char byte = (char)strtoul(digits, NULL, 16);
        if (!peer_write(peer, &byte, 1)) {
            return;
        }
    }
}

static inline void peer_send_bytes(struct peer *peer, const char *text)
{
    for (; *text != '\0'; text++) {
        if (!peer_write(peer, text, 1)) {
            return;
        }
        usleep(300);
    }
}

/* Waits for the client's end of stream; `in_order`: no byte and no reset before it. */
static inline void peer_await_end(struct peer *peer, const char *step, bool in_order)
{
    char bytes[4096], what[4200];
    for (;;) {
        ssize_t len = peer_read(peer, bytes, sizeof(bytes) - 1);
        if (len > 0 && !in_order) {
            continue;
        }
        if (len > 0) {
            bytes[len] = '\0';
            snprintf(what, sizeof(what), "more came: \"%s\"", bytes);
            peer_complain(peer, step, what);
        } else if (len < 0 && in_order && peer->ssl == NULL) {
            peer_complain(peer, step, "no end of stream");
        }
        return;
    }
}

static inline void peer_flood(struct peer *peer, const char *step)
{
    size_t len = strlen(step + 2), sent = 0;
    while (sent < PEER_FLOOD_MAX && peer_write(peer, step + 2, len)) {
        sent += len;
    }
    if (sent >= PEER_FLOOD_MAX) {
        peer_complain(peer, step, "the client takes it for ever");
    }
}

static inline void peer_trickle(struct peer *peer, const char *step)
{
    const char *text = step + 2;
    size_t len = strlen(text);
    for (size_t i = 0; i < 4000 && peer_write(peer, text + i % len, 1); i++) {
        char ignored[4096];
        if (peer_is_readable(peer, 5) && peer_read(peer, ignored, sizeof(ignored)) <= 0) {
            return;
        }
    }
}

static inline void peer_handshake(struct peer *peer, const char *step, bool must_work)
{
    peer->ssl = SSL_new(peer->context);
    SSL_set_fd(peer->ssl, peer->fd);
    bool works = SSL_accept(peer->ssl) == 1;
    if (works != must_work) {
        peer_complain(peer, step, works ? "the handshake worked" : "the handshake failed");
    }
}

static inline void peer_reset(struct peer *peer)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* False: the connection is over. */
static inline bool peer_word(struct peer *peer, const char *step)
{
    if (strcmp(step, "tls") == 0 || strcmp(step, "broken") == 0) {
        peer_handshake(peer, step, step[0] == 't');
        return true;
    }
    if (strcmp(step, "fin") == 0) {
        shutdown(peer->fd, SHUT_WR);
        return true;
    }
    if (strcmp(step, "eof") == 0 || strcmp(step, "silent") == 0) {
        peer_await_end(peer, step, step[0] == 'e');
    } else if (strcmp(step, "reset") == 0) {
        peer_reset(peer);
    } else if (strcmp(step, "close") != 0) {
        peer_complain(peer, step, "no such step");
    }
    return false;
}

static inline bool peer_step(struct peer *peer, const char *step)
{
    char ignored[4096];
    size_t len;
    if (step[0] == '\0' || step[1] != ':') {
        return peer_word(peer, step);
    }
    switch (step[0]) {
    case 'S':
        if (peer_is_readable(peer, PEER_LOOK)) {
            peer_complain(peer, step, "the client spoke out of turn, or left");
        }
        peer_write(peer, step + 2, strlen(step + 2));
        break;
    case 'G':
        peer_write(peer, step + 2, strlen(step + 2));
        break;
    case '1':
        peer_send_bytes(peer, step + 2);
        break;
    case 'X':
        peer_send_hex(peer, step);
        break;
    case 'C':
        peer_expect(peer, step);
        break;
    case 'N':
        len = strtoul(step + 2, NULL, 10);
        if (len >= sizeof(ignored) || !peer_read_all(peer, ignored, len)) {
            peer_complain(peer, step, "less came");
        }
        break;
    case 'F':
        peer_flood(peer, step);
        break;
    case 'T':
        peer_trickle(peer, step);
        break;
    default:
        peer_complain(peer, step, "no such step");
        return false;
    }
    return true;
}

static inline void *peer_main(void *argument)
{
    struct peer *peer = argument;
    struct pollfd waiting = {.fd = peer->listener, .events = POLLIN};
    if (poll(&waiting, 1, PEER_PATIENCE) != 1) {
        peer_complain(peer, "accept", "nobody came");
        return NULL;
    }
    peer->fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
    const int on = 1;
    const struct timeval patience = {.tv_sec = PEER_PATIENCE / 1000};
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(peer->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    for (size_t i = 0; peer->script[i] != NULL && peer_step(peer, peer->script[i]); i++) {}
    SSL_free(peer->ssl);
    close(peer->fd);
    return NULL;
}

/* Listens on a free port; peer->script and peer->context are set. False: no socket. */
static inline bool peer_start(struct peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    peer->fd = -1;
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer->receive_buffer != 0) {
        setsockopt(peer->listener, SOL_SOCKET, SO_RCVBUF, &peer->receive_buffer,
                   sizeof(peer->receive_buffer));
    }
    if (peer->listener < 0 || bind(peer->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(peer->listener, 8) != 0 ||
        getsockname(peer->listener, (struct sockaddr *)&address, &len) != 0) {
        return false;
    }
    peer->port = ntohs(address.sin_port);
    return pthread_create(&peer->thread, NULL, peer_main, peer) == 0;
}

/* Waits for the end of the script; peer->problem is then final. */
static inline void peer_stop(struct peer *peer)
{
    pthread_join(peer->thread, NULL);
    close(peer->listener);
    SSL_CTX_free(peer->context);
}

#endif
