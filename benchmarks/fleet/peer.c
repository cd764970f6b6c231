#include "benchmarks/fleet/peer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "benchmarks/fleet/dialogue.h"
#include "benchmarks/fleet/greeting.h"
#include "benchmarks/fleet/names.h"
#include "benchmarks/fleet/peer_io.h"

#define IDLE_MS   600000 /* longer than any client should wait */
#define LINGER_MS 5000

enum peer_wait peer_sleep(struct peer *peer, enum peer_state state, uint32_t delay_ms)
{
    peer->state = state;
    if (delay_ms == 0) {
        return WAIT_NEXT;
    }
    if (!timer_arm(peer->server->loop, &peer->timer, delay_ms)) {
        return WAIT_GONE;
    }
    peer->asleep = true;
    return WAIT_TIME;
}

/* Takes the first line out of the input, without its end; false if none is whole. */
static bool take_line(struct peer *peer, char out_line[PEER_LINE_MAX])
{
    char *end = memchr(peer->input, '\n', peer->input_len);
    if (end == NULL) {
        return false;
    }
    size_t line_len = (size_t)(end - peer->input);
    size_t text_len = line_len > 0 && end[-1] == '\r' ? line_len - 1 : line_len;
    memcpy(out_line, peer->input, text_len);
    out_line[text_len] = '\0';
    peer->input_len = (uint16_t)(peer->input_len - line_len - 1);
    memmove(peer->input, end + 1, peer->input_len);
    return true;
}

static enum peer_wait do_command(struct peer *peer)
{
    char line[PEER_LINE_MAX];
    peer->banner_done = true;
    if (!take_line(peer, line)) {
        if (!peer_read(peer)) {
            stats_add(&peer->counts->no_quit);
            return WAIT_GONE;
        }
        if (!take_line(peer, line)) {
            return WAIT_EVENT;
        }
    }
    enum peer_wait wait = dialogue_command(peer, line);
    if (peer->input_len > 0) {
        stats_add(peer->verb == VERB_STARTTLS ? &peer->counts->injected : &peer->counts->pipelined);
    }
    return wait;
}

static enum peer_wait do_hello(struct peer *peer)
{
    bool any;
    if (!peer_discard(peer, &any)) {
        return WAIT_GONE;
    }
    return any ? peer_sleep(peer, PEER_FAKE, peer->rtt_ms) : WAIT_EVENT;
}

static bool begin_tls(struct peer *peer)
{
    SSL_CTX *context = smtp_server_context(peer->server, peer->behaviour);
    peer->seat = (struct tls_seat){
        .behaviour = peer->behaviour,
        .pki = peer->server->pki,
        .id = world_cell(peer->server->options, peer->slot),
        .connection = peer->connection,
        .name = peer->name,
        .alias = peer->alias[0] != '\0' ? peer->alias : NULL,
    };
    /* RFC 3207 section 4.2: what came before the handshake is forgotten. */
    if (peer->behaviour->starttls != STARTTLS_KEEPS_INPUT) {
        peer->input_len = 0;
    }
    peer->ssl = context != NULL ? tls_seat_new(context, &peer->seat, peer->fd) : NULL;
    return peer->ssl != NULL;
}

static enum peer_wait do_handshake(struct peer *peer)
{
    if (peer->ssl == NULL && !begin_tls(peer)) {
        return WAIT_GONE;
    }
    int result = SSL_do_handshake(peer->ssl);
    if (result == 1) {
        stats_add(&peer->counts->handshakes);
        peer->state = PEER_COMMAND;
        return WAIT_NEXT;
    }
    int error = SSL_get_error(peer->ssl, result);
    ERR_clear_error();
    peer->tls_steps++;
    switch (error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return WAIT_EVENT;
    case SSL_ERROR_PENDING_CERTIFICATE: /* what tls_seat answers to a hello it drops */
        peer->state = peer->seat.verdict == HELLO_DROP_SILENTLY ? PEER_TRAP : PEER_LINGER;
        break;
    default: /* the client may still be talking: a close now could lose it the alert */
        peer->state = PEER_LINGER;
        break;
    }
    stats_add(&peer->counts->handshakes_failed);
    return WAIT_NEXT;
}

static enum peer_wait do_trap(struct peer *peer)
{
    bool any;
    return peer_discard(peer, &any) ? WAIT_EVENT : WAIT_GONE;
}

static enum peer_wait do_linger(struct peer *peer)
{
    if (!peer->shut) {
        peer->shut = true;
        (void)shutdown(peer->fd, SHUT_WR);
        if (!timer_arm(peer->server->loop, &peer->timer, LINGER_MS)) {
            return WAIT_GONE;
        }
    }
    return do_trap(peer);
}

static enum peer_wait do_close(struct peer *peer)
{
    if (peer->ssl != NULL) {
        (void)SSL_shutdown(peer->ssl);
        ERR_clear_error();
    }
    return WAIT_GONE;
}

static enum peer_wait do_reset(struct peer *peer)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return WAIT_GONE;
}

static enum peer_wait step(struct peer *peer)
{
    switch (peer->state) {
    case PEER_BANNER:
        return greeting_step(peer);
    case PEER_SEND:
        return peer_send(peer);
    case PEER_COMMAND:
        return do_command(peer);
    case PEER_REPLY:
        return dialogue_reply(peer);
    case PEER_HELLO:
        return do_hello(peer);
    case PEER_FAKE:
        return dialogue_fake(peer);
    case PEER_HANDSHAKE:
        return do_handshake(peer);
    case PEER_TRAP:
        return do_trap(peer);
    case PEER_LINGER:
        return do_linger(peer);
    case PEER_CLOSE:
        return do_close(peer);
    case PEER_RESET:
        return do_reset(peer);
    }
    return WAIT_GONE;
}

static void run(struct peer *peer)
{
    enum peer_wait wait;
    do {
        wait = step(peer);
    } while (wait == WAIT_NEXT);
    if (wait == WAIT_EVENT && peer->state != PEER_LINGER && /* that has a deadline of its own */
        !timer_arm(peer->server->loop, &peer->timer, IDLE_MS)) {
        wait = WAIT_GONE;
    }
    if (wait == WAIT_GONE) {
        peer_free(peer);
    }
}

static void on_due(struct timer *timer)
{
    struct peer *peer = CONTAINER_OF(timer, struct peer, timer);
    if (!peer->asleep) {
        peer_free(peer);
        return;
    }
    peer->asleep = false;
    run(peer);
}

/* What the client does while the host sleeps; false if it left. */
static bool listen_asleep(struct peer *peer)
{
    bool any;
    switch (peer->state) {
    case PEER_BANNER:
    case PEER_SEND:
    case PEER_REPLY:
        return peer_read(peer);
    case PEER_HANDSHAKE:
        return true;
    default:
        return peer_discard(peer, &any);
    }
}

/* TLS flights take the network's time too; after the server's TLS 1.3 flight none is awaited. */
static bool handshake_is_slow(const struct peer *peer)
{
    return peer->state == PEER_HANDSHAKE && peer->rtt_ms > 0 && peer->ssl != NULL &&
           (peer->tls_steps <= 1 || SSL_version(peer->ssl) < TLS1_3_VERSION);
}

static void on_ready(struct watcher *watcher, uint32_t events)
{
    struct peer *peer = CONTAINER_OF(watcher, struct peer, watcher);
    if (peer->asleep) {
        if (!listen_asleep(peer)) {
            peer_free(peer);
        }
        return;
    }
    if ((events & EPOLLIN) != 0 && handshake_is_slow(peer)) {
        if (peer_sleep(peer, PEER_HANDSHAKE, peer->rtt_ms) == WAIT_GONE) {
            peer_free(peer);
        }
        return;
    }
    run(peer);
}

static void set_names(struct peer *peer)
{
    const struct options *options = peer->server->options;
    char name[NAME_MAX_LEN];
    names_host(options, &peer->host, name);
    snprintf(peer->name, sizeof peer->name, "%.*s", (int)sizeof peer->name - 1, name);
    if (peer->host.owner == OWNER_DOMAIN && peer->host.variant > 0) {
        struct host before = peer->host;
        before.variant--;
        if (world_shape(options, before.index)->hosts[before.variant].target == TARGET_ALIAS) {
            names_host(options, &before, name);
            snprintf(peer->alias, sizeof peer->alias, "%.*s", (int)sizeof peer->alias - 1, name);
        }
    }
}

/*
 * How many connections to the address the client has closed without our having seen it yet: a
 * client that closes one and opens the next has not two, whichever event comes first. It is looked
 * at only where it makes the difference, as it takes a question for each.
 */
static unsigned num_gone(const struct peer *peer)
{
    struct smtp_server *server = peer->server;
    unsigned num = 0;
    const struct peer *other;
    if (atomic_load(&peer->counts->open) < server->options->rate_connections) {
        return 0;
    }
    LIST_FOREACH(other, &server->peers, link)
    {
        struct pollfd pollfd = {.fd = other->fd, .events = POLLRDHUP};
        if (other->slot == peer->slot && poll(&pollfd, 1, 0) > 0) {
            num++;
        }
    }
    return num;
}

void peer_open(struct smtp_server *server, int fd, uint32_t slot, const struct host *host)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        close(fd);
        return;
    }
    peer->watcher.on_ready = on_ready;
    peer->timer.on_due = on_due;
    peer->server = server;
    peer->fd = fd;
    peer->slot = slot;
    peer->host = *host;
    peer->behaviour = world_behaviour(server->options, host);
    peer->drip_ms = peer->behaviour->drip_ms;
    peer->rtt_ms = world_delay_ms(server->options, slot, SPAN_RTT);
    peer->counts = stats_of_slot(server->stats, slot);
    peer->connection = stats_add(&peer->counts->connections);
    peer->too_many = stats_open(&peer->counts->open, &peer->counts->peak_open, num_gone(peer)) >
                     server->options->rate_connections;
    stats_add(&server->stats->total->connections);
    stats_open(&server->stats->total->open, &server->stats->total->peak_open, 0);
    uint32_t operator;
    if (world_operator(slot, &operator)) {
        peer->operator_counts = &server->stats->operators[operator];
        peer->banned = stats_open_operator(
            server->stats, operator, (unsigned)(loop_now_ms(server->loop) / 1000));
    }
    set_names(peer);
    LIST_INSERT_HEAD(&server->peers, peer, link);
    uint32_t delay_ms;
    enum peer_state start = greeting_start(peer, &delay_ms);
    if (!loop_watch(server->loop, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &peer->watcher)) {
        peer_free(peer);
        return;
    }
    switch (peer_sleep(peer, start, delay_ms)) {
    case WAIT_GONE:
        peer_free(peer);
        break;
    case WAIT_NEXT:
        run(peer);
        break;
    default:
        break;
    }
}

void peer_free(struct peer *peer)
{
    stats_close(&peer->counts->open);
    stats_close(&peer->server->stats->total->open);
    if (peer->operator_counts != NULL) {
        stats_close(&peer->operator_counts->open);
    }
    timer_disarm(peer->server->loop, &peer->timer);
    LIST_REMOVE(peer, link);
    SSL_free(peer->ssl);
    close(peer->fd);
    peer_drop_output(peer);
    free(peer);
}
