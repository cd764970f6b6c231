#include "tests/replay/replay_https.h"

#include <math.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool is_readable(const struct https_server *server)
{
    return poll(&(struct pollfd){.fd = server->fd, .events = POLLIN}, 1, 0) == 1;
}

static void finish(struct https_server *server)
{
    replay_leave(&server->actor);
    SSL_free(server->ssl);
    SSL_CTX_free(server->context);
    replay_network_close(server->fd);
    server->ssl = NULL;
    server->context = NULL;
    server->state = HTTPS_SERVER_IDLE;
}

/* ---- What it does in each state; true: it did something ---- */

static bool shake(struct https_server *server)
{
    bool came = is_readable(server);
    int result = SSL_accept(server->ssl);
    if (result == 1) {
        const char *sni = SSL_get_servername(server->ssl, TLSEXT_NAMETYPE_host_name);
        server->handshake_done = true;
        snprintf(server->sni, sizeof(server->sni), "%s", sni != NULL ? sni : "");
        server->state = server->script.is_hasty ? HTTPS_SERVER_WRITES : HTTPS_SERVER_READS;
    } else if (SSL_get_error(server->ssl, result) == SSL_ERROR_WANT_READ) {
        return came;
    } else {
        finish(server);
    }
    return true;
}

/* Until an empty line, or the end. */
static bool read_request(struct https_server *server)
{
    bool came = is_readable(server) || SSL_pending(server->ssl) > 0;
    int got = SSL_read(server->ssl, server->request + server->request_len,
                       (int)(sizeof(server->request) - 1 - server->request_len));
    if (got > 0) {
        server->request_len += (size_t)got;
        if (strstr(server->request, "\r\n\r\n") != NULL) {
            server->state = HTTPS_SERVER_WRITES;
        }
        return true;
    }
    if (SSL_get_error(server->ssl, got) == SSL_ERROR_WANT_READ) {
        return came;
    }
    finish(server);
    return true;
}

static bool end_reply(struct https_server *server)
{
    if (server->script.end == HTTPS_SERVER_HANG) {
        server->state = HTTPS_SERVER_DRAINS;
        return true;
    }
    if (server->script.end == HTTPS_SERVER_CLOSE) {
        SSL_shutdown(server->ssl);
    }
    finish(server);
    return true;
}

static bool write_reply(struct https_server *server)
{
    const struct https_script *script = &server->script;
    size_t len = script->reply != NULL ? strlen(script->reply) : 0;
    if (server->actor.due > replay_now() && !isinf(server->actor.due)) {
        return false;
    }
    if (server->reply_at == len) {
        return end_reply(server);
    }
    size_t rest = len - server->reply_at;
    size_t piece = script->piece != 0 && script->piece < rest ? script->piece : rest;
    int sent = SSL_write(server->ssl, script->reply + server->reply_at, (int)piece);
    if (sent <= 0) {
        if (SSL_get_error(server->ssl, sent) == SSL_ERROR_WANT_WRITE) {
            return false;
        }
        server->has_gone = true;
        finish(server);
        return true;
    }
    server->reply_at += (size_t)sent;
    server->reply_at = script->is_endless ? server->reply_at % len : server->reply_at;
    server->actor.due = script->pause > 0 ? replay_now() + script->pause : INFINITY;
    return true;
}

static bool drain(struct https_server *server)
{
    char bytes[4096];
    ssize_t len = recv(server->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (len > 0) {
        return true;
    }
    if (!is_readable(server)) {
        return false;
    }
    server->has_gone = true;
    finish(server);
    return true;
}

static bool server_act(struct replay_actor *actor)
{
    struct https_server *server =
        (struct https_server *)((char *)actor - offsetof(struct https_server, actor));
    switch (server->state) {
    case HTTPS_SERVER_SHAKES:
        return shake(server);
    case HTTPS_SERVER_READS:
        return read_request(server);
    case HTTPS_SERVER_WRITES:
        return write_reply(server);
    case HTTPS_SERVER_DRAINS:
        return drain(server);
    case HTTPS_SERVER_IDLE:
        break;
    }
    return false;
}

/* ---- Life ---- */

static void on_client(struct replay_place *place, int fd)
{
    struct https_server *server = (struct https_server *)place;
    if (server->state != HTTPS_SERVER_IDLE) {
        abort();
    }
    server->fd = fd;
    server->actor = (struct replay_actor){.act = server_act, .due = INFINITY};
    if (server->script.instead != NULL) {
        send(fd, server->script.instead, strlen(server->script.instead), MSG_NOSIGNAL);
        server->state = HTTPS_SERVER_DRAINS;
    } else {
        server->context = SSL_CTX_new(TLS_method());
        server->ssl = SSL_new(server->context);
        if (server->ssl == NULL || SSL_use_certificate(server->ssl, server->certificate) != 1 ||
            SSL_use_PrivateKey(server->ssl, server->key) != 1 || SSL_set_fd(server->ssl, fd) != 1) {
            abort();
        }
        server->state = HTTPS_SERVER_SHAKES;
    }
    replay_enter(&server->actor);
}

void https_server_open(struct https_server *server)
{
    server->place.on_client = on_client;
    replay_network_add(&server->place);
}

void https_server_close(struct https_server *server)
{
    if (server->state != HTTPS_SERVER_IDLE) {
        finish(server);
    }
    replay_network_remove(&server->place);
}
