#include "tests/replay/replay_peer.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/replay/replay_clock.h"

#define FLOOD_MAX       4000000 /* bytes that a client may take before it must have left */
#define TRICKLE_SECONDS 1
#define EXPECTED_MAX    4096

/* What a step has come to. */
enum progress {
    WAITS, /* for the client, or the time */
    ACTED, /* and goes on once the client has seen it */
    DONE,
    OVER /* so is the connection */
};

struct peer_client {
    struct replay_actor actor; /* first */
    struct peer *peer;
    int fd;
    SSL *ssl;
    const char *const *step;
    bool has_begun;   /* the step */
    size_t num_bytes; /* sent or received in it */
    char got[EXPECTED_MAX + 1];
    TAILQ_ENTRY(peer_client) link;
};

static void complain(struct peer_client *client, const char *what)
{
    struct peer *peer = client->peer;
    if (peer->problem[0] == '\0') {
        snprintf(peer->problem, sizeof(peer->problem), "at \"%.200s\": %.200s",
                 *client->step != NULL ? *client->step : "the end", what);
    }
}

/* ---- Bytes ---- */

static bool is_readable(const struct peer_client *client)
{
    struct pollfd state = {.fd = client->fd, .events = POLLIN};
    return (client->ssl != NULL && SSL_pending(client->ssl) > 0) || poll(&state, 1, 0) == 1;
}

/* As read(): -1 for an error, with *out_waits for none as yet. */
static ssize_t receive(struct peer_client *client, void *out, size_t max, bool *out_waits)
{
    *out_waits = false;
    if (!is_readable(client)) {
        *out_waits = true;
        return -1;
    }
    if (client->ssl == NULL) {
        return recv(client->fd, out, max, 0);
    }
    int got = SSL_read(client->ssl, out, (int)max);
    if (got > 0) {
        return got;
    }
    int error = SSL_get_error(client->ssl, got);
    *out_waits = error == SSL_ERROR_WANT_READ; /* a part of a record */
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

/* How much was sent; 0 if the client reads nothing now, -1 if it is gone. */
static ssize_t send_some(struct peer_client *client, const char *bytes, size_t len)
{
    if (client->ssl != NULL) {
        int sent = SSL_write(client->ssl, bytes, (int)len);
        return sent > 0 ? sent : SSL_get_error(client->ssl, sent) == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    ssize_t sent = send(client->fd, bytes, len, MSG_NOSIGNAL);
    return sent >= 0 ? sent : poll(&(struct pollfd){client->fd, POLLHUP, 0}, 1, 0) == 0 ? 0 : -1;
}

/* ---- Steps ---- */

/* All of it, as far as the client takes it; at most so many bytes at a time. */
static enum progress step_send(struct peer_client *client, const char *bytes, size_t len,
                               size_t at_once)
{
    size_t left = len - client->num_bytes;
    if (left == 0) {
        return DONE;
    }
    ssize_t sent = send_some(client, bytes + client->num_bytes, left < at_once ? left : at_once);
    if (sent <= 0) {
        return sent < 0 ? DONE : WAITS; /* the next step finds that the client is gone */
    }
    client->num_bytes += (size_t)sent;
    return client->num_bytes < len ? ACTED : DONE;
}

static enum progress step_send_in_turn(struct peer_client *client, const char *text)
{
    if (!client->has_begun && is_readable(client)) {
        complain(client, "the client spoke out of turn, or left");
    }
    return step_send(client, text, strlen(text), SIZE_MAX);
}

static enum progress step_send_hex(struct peer_client *client, const char *hex)
{
    char bytes[1024];
    size_t len = 0;
    for (; hex[0] != '\0' && hex[1] != '\0' && len < sizeof(bytes); hex += 2) {
        char digits[3] = {hex[0], hex[1], '\0'};
        bytes[len++] = (char)strtoul(digits, NULL, 16);
    }
    return step_send(client, bytes, len, SIZE_MAX);
}

static enum progress step_flood(struct peer_client *client, const char *text)
{
    ssize_t sent = send_some(client, text, strlen(text));
    client->num_bytes += sent > 0 ? (size_t)sent : 0;
    if (client->num_bytes >= FLOOD_MAX) {
        complain(client, "the client takes it for ever");
        return OVER;
    }
    return sent > 0 ? ACTED : sent == 0 ? WAITS : OVER;
}

/* True once so much time has gone by since this was first asked in the step. */
static bool has_waited(struct peer_client *client, double seconds)
{
    if (isinf(client->actor.due)) {
        client->actor.due = replay_now() + seconds;
    }
    if (client->actor.due > replay_now()) {
        return false;
    }
    client->actor.due = INFINITY;
    return true;
}

static enum progress step_trickle(struct peer_client *client, const char *text)
{
    char ignored[EXPECTED_MAX];
    bool waits;
    ssize_t got = receive(client, ignored, sizeof(ignored), &waits);
    if (got > 0) {
        return ACTED;
    }
    if (!waits) {
        return OVER;
    }
    if (!has_waited(client, TRICKLE_SECONDS)) {
        return WAITS;
    }
    return send_some(client, text + client->num_bytes++ % strlen(text), 1) >= 0 ? ACTED : OVER;
}

/* Reads so much into client->got; DONE says that it is there, or that no more comes. */
static enum progress step_read(struct peer_client *client, size_t len)
{
    bool waits;
    ssize_t got = receive(client, client->got + client->num_bytes, len - client->num_bytes, &waits);
    if (waits) {
        return WAITS;
    }
    client->num_bytes += got > 0 ? (size_t)got : 0;
    client->got[client->num_bytes] = '\0';
    return got > 0 && client->num_bytes < len ? ACTED : DONE;
}

static enum progress step_expect(struct peer_client *client, const char *text)
{
    char what[EXPECTED_MAX + 16];
    size_t len = strlen(text);
    enum progress progress = step_read(client, len);
    if (memcmp(client->got, text, client->num_bytes) != 0 ||
        (progress == DONE && client->num_bytes < len)) {
        snprintf(what, sizeof(what), "got \"%s\"", client->got);
        complain(client, what);
        return OVER;
    }
    return progress;
}

static enum progress step_count(struct peer_client *client, size_t len)
{
    enum progress progress = step_read(client, len);
    if (progress == DONE && client->num_bytes < len) {
        complain(client, "less came");
    }
    return progress;
}

/* Waits for the client's end of stream; `in_order`: no byte and no reset before it. */
static enum progress step_await_end(struct peer_client *client, bool in_order)
{
    char bytes[EXPECTED_MAX], what[EXPECTED_MAX + 16];
    bool waits;
    ssize_t len = receive(client, bytes, sizeof(bytes) - 1, &waits);
    if (waits) {
        return WAITS;
    }
    if (len > 0 && !in_order) {
        return ACTED;
    }
    if (len > 0) {
        bytes[len] = '\0';
        snprintf(what, sizeof(what), "more came: \"%s\"", bytes);
        complain(client, what);
    } else if (len < 0 && in_order && client->ssl == NULL) {
        complain(client, "no end of stream");
    }
    return OVER;
}

static enum progress step_handshake(struct peer_client *client, bool must_work)
{
    if (client->ssl == NULL) {
        client->ssl = SSL_new(client->peer->context);
        SSL_set_fd(client->ssl, client->fd);
    }
    bool came = is_readable(client);
    int result = SSL_accept(client->ssl);
    if (result != 1 && SSL_get_error(client->ssl, result) == SSL_ERROR_WANT_READ) {
        return came ? ACTED : WAITS;
    }
    if ((result == 1) != must_work) {
        complain(client, must_work ? "the handshake failed" : "the handshake worked");
    }
    return DONE;
}

static enum progress play_word(struct peer_client *client, const char *word)
{
    if (strcmp(word, "tls") == 0 || strcmp(word, "broken") == 0) {
        return step_handshake(client, word[0] == 't');
    }
    if (strcmp(word, "eof") == 0 || strcmp(word, "silent") == 0) {
        return step_await_end(client, word[0] == 'e');
    }
    if (strcmp(word, "fin") == 0) {
        shutdown(client->fd, SHUT_WR);
        return DONE;
    }
    if (strcmp(word, "reset") == 0) {
        replay_network_reset(client->fd);
        client->fd = -1;
    } else if (strcmp(word, "close") != 0) {
        complain(client, "no such step");
    }
    return OVER;
}

static enum progress play(struct peer_client *client)
{
    const char *step = *client->step, *text = step + 2;
    if (step[0] == '\0' || step[1] != ':') {
        return play_word(client, step);
    }
    switch (step[0]) {
    case 'S':
        return step_send_in_turn(client, text);
    case 'G':
        return step_send(client, text, strlen(text), SIZE_MAX);
    case '1':
        return step_send(client, text, strlen(text), 1);
    case 'X':
        return step_send_hex(client, text);
    case 'W':
        return has_waited(client, strtod(text, NULL)) ? DONE : WAITS;
    case 'C':
        return step_expect(client, text);
    case 'N':
        return step_count(client, strtoul(text, NULL, 10));
    case 'F':
        return step_flood(client, text);
    case 'T':
        return step_trickle(client, text);
    default:
        complain(client, "no such step");
        return OVER;
    }
}

/* ---- Clients ---- */

static void client_free(struct peer_client *client)
{
    replay_leave(&client->actor);
    TAILQ_REMOVE(&client->peer->clients, client, link);
    SSL_free(client->ssl);
    if (client->fd >= 0) {
        replay_network_close(client->fd);
    }
    free(client);
}

/* One step at a time, so that the client can react to each. */
static bool client_act(struct replay_actor *actor)
{
    struct peer_client *client = (struct peer_client *)actor;
    enum progress progress = *client->step != NULL ? play(client) : OVER;
    client->has_begun = true;
    if (progress == DONE) {
        client->step++;
        client->has_begun = false;
        client->num_bytes = 0;
    } else if (progress == OVER) {
        client_free(client);
    }
    return progress != WAITS;
}

static void on_client(struct replay_place *place, int fd)
{
    struct peer *peer = (struct peer *)place;
    struct peer_client *client = replay_alloc(sizeof(*client));
    size_t script = 0;
    while (script < peer->num_clients && script + 1 < PEER_SCRIPTS_MAX &&
           peer->scripts[script + 1] != NULL) {
        script++;
    }
    if (peer->num_clients < PEER_CALLS_MAX) {
        peer->came[peer->num_clients] = replay_now();
    }
    peer->num_clients++;
    if (peer->receive_buffer != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &peer->receive_buffer, sizeof(peer->receive_buffer));
    }
    client->actor = (struct replay_actor){.act = client_act, .due = INFINITY};
    client->peer = peer;
    client->fd = fd;
    client->step = peer->scripts[script];
    TAILQ_INSERT_TAIL(&peer->clients, client, link);
    replay_enter(&client->actor);
}

void peer_open(struct peer *peer)
{
    TAILQ_INIT(&peer->clients);
    peer->place.on_client = on_client;
    replay_network_add(&peer->place);
}

void peer_close(struct peer *peer)
{
    struct peer_client *client;
    while ((client = TAILQ_FIRST(&peer->clients)) != NULL) {
        complain(client, "the script is not at its end");
        client_free(client);
    }
    replay_network_remove(&peer->place);
}
