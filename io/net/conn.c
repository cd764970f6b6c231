#include "io/net/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/base/shortage.h"

#include "io/base/loop.h"
#include "io/net/proxy_tunnel.h"

/* Commands are short; who sends more than this without reading is not talked to any longer. */
#define UNSENT_MAX 65536

const char *conn_event_name(enum conn_event event)
{
    static const char *const names[] = {"connected", "data",  "tls ready", "tls failed",
                                        "closed",    "error", "timeout"};
    return names[event];
}

static bool is_open(const struct conn *conn)
{
    return conn->fd >= 0;
}

static void emit(struct conn *conn, enum conn_event event)
{
    conn->handler(conn, event, NULL, 0);
}

static void watch(struct conn *conn, int events)
{
    if ((conn->io.events & (EV_READ | EV_WRITE)) == events && ev_is_active(&conn->io)) {
        return;
    }
    ev_io_stop(conn->shared->loop, &conn->io);
    ev_io_set(&conn->io, conn->fd, events);
    ev_io_start(conn->shared->loop, &conn->io);
}

static void fail(struct conn *conn, int error)
{
    conn->error = error;
    emit(conn, CONN_ERROR);
}

/* ---- Through a proxy ---- */

static void blame_proxy(struct conn *conn, enum proxy_trouble trouble, int code)
{
    conn->fault = (struct proxy_fault){trouble, (uint16_t)code};
    fail(conn, ECONNABORTED);
}

static void connected(struct conn *conn)
{
    free(conn->talk);
    conn->talk = NULL;
    conn->connecting = false;
    watch(conn, EV_READ);
    emit(conn, CONN_CONNECTED);
}

static void say_to_proxy(struct conn *conn)
{
    struct proxy_talk *talk = conn->talk;
    size_t len = talk->request_len - talk->num_sent;
    ssize_t sent = send(conn->fd, talk->request + talk->num_sent, len, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        blame_proxy(conn, PROXY_CLOSED, 0);
        return;
    }
    talk->num_sent += sent > 0 ? (size_t)sent : 0;
    watch(conn, talk->num_sent < talk->request_len ? EV_READ | EV_WRITE : EV_READ);
}

static void go_on_talking(struct conn *conn)
{
    struct proxy_talk *talk = conn->talk;
    switch (talk->state) {
    case PROXY_TALKS:
        if (talk->num_sent < talk->request_len) {
            say_to_proxy(conn);
        }
        break;
    case PROXY_PASSES:
        connected(conn);
        break;
    case PROXY_NO_WAY:
        fail(conn, talk->error);
        break;
    case PROXY_BROKEN:
        blame_proxy(conn, talk->fault.trouble, (int)talk->fault.code);
        break;
    }
}

/* What comes behind the proxy's own words is the server's, and stays where it is. */
static void hear_proxy(struct conn *conn)
{
    uint8_t *input = conn->shared->input;
    ssize_t len = recv(conn->fd, input, sizeof(conn->shared->input), MSG_PEEK);
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return;
    }
    if (len <= 0) {
        blame_proxy(conn, PROXY_CLOSED, 0);
        return;
    }
    size_t used = proxy_tunnel_feed(conn->talk, input, (size_t)len);
    (void)recv(conn->fd, input, used, 0);
    go_on_talking(conn);
}

static void talk_to_proxy(struct conn *conn, int events)
{
    if ((events & EV_WRITE) != 0) {
        say_to_proxy(conn);
    }
    if ((events & EV_READ) != 0 && is_open(conn) && conn->fault.trouble == PROXY_FINE) {
        hear_proxy(conn);
    }
}

/* ---- Connecting ---- */

static void finish_connect(struct conn *conn)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    /* A reset that answers the SYN is ECONNREFUSED (RFC 9293, 3.5.2: "connection refused"): a
     * socket that says ECONNRESET was connected, and reset before anyone looked. */
    bool was_reset = error == ECONNRESET;
    if (error != 0 && conn->talk != NULL) {
        blame_proxy(conn, PROXY_UNREACHABLE, error);
        return;
    }
    if (error != 0 && !was_reset) {
        fail(conn, error);
        return;
    }
    if (conn->talk != NULL) {
        conn->is_talking = true;
        say_to_proxy(conn);
        return;
    }
    connected(conn);
    if (was_reset && is_open(conn)) {
        fail(conn, error);
    }
}

/* ---- Sending ---- */

static bool keep_unsent(struct conn *conn, const uint8_t *bytes, size_t len)
{
    if (conn->unsent_len + len > conn->unsent_max) {
        conn->error = EPIPE;
        return false;
    }
    uint8_t *unsent = realloc(conn->unsent, conn->unsent_len + len);
    if (unsent == NULL) {
        conn->error = ENOMEM;
        return false;
    }
    memcpy(unsent + conn->unsent_len, bytes, len);
    conn->unsent = unsent;
    conn->unsent_len += (uint32_t)len;
    watch(conn, EV_READ | EV_WRITE);
    return true;
}

/* The errno of a stream that failed while something was written. */
static int error_of_stream(const struct conn *conn)
{
    return tls_stream_observed(conn->tls)->failure == TLS_FAILURE_LOCAL ? ENOMEM : EPIPE;
}

/* Sends what it can; returns how much, or -1 with conn->error where that ends the connection. */
static ssize_t send_some(struct conn *conn, const uint8_t *bytes, size_t len)
{
    if (conn->tls != NULL) {
        switch (tls_stream_write(conn->tls, bytes, len)) {
        case TLS_STATUS_DONE:
            return (ssize_t)len;
        case TLS_STATUS_WANT_READ:
        case TLS_STATUS_WANT_WRITE:
            return 0;
        default:
            conn->error = error_of_stream(conn);
            return -1;
        }
    }
    ssize_t sent = send(conn->fd, bytes, len, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return 0;
    }
    conn->error = sent < 0 ? errno : conn->error;
    return sent;
}

bool conn_send(struct conn *conn, const void *bytes, size_t len)
{
    if (conn->unsent_len > 0) {
        return keep_unsent(conn, bytes, len);
    }
    ssize_t sent = send_some(conn, bytes, len);
    if (sent < 0) {
        return false;
    }
    return (size_t)sent == len ||
           keep_unsent(conn, (const uint8_t *)bytes + sent, len - (size_t)sent);
}

/* The end of our side; in TLS the close_notify may have to wait for room like anything else. */
static void send_end(struct conn *conn)
{
    if (conn->tls != NULL && !tls_stream_close_notify(conn->tls)) {
        watch(conn, EV_READ | EV_WRITE);
        return;
    }
    conn->ending = false;
    shutdown(conn->fd, SHUT_WR);
    watch(conn, EV_READ);
}

static void send_unsent(struct conn *conn)
{
    ssize_t sent = send_some(conn, conn->unsent, conn->unsent_len);
    if (sent < 0) {
        emit(conn, CONN_ERROR);
        return;
    }
    conn->unsent_len -= (uint32_t)sent;
    if (conn->unsent_len > 0) {
        memmove(conn->unsent, conn->unsent + sent, conn->unsent_len);
        return;
    }
    free(conn->unsent);
    conn->unsent = NULL;
    watch(conn, EV_READ);
    if (conn->ending) {
        send_end(conn);
    }
}

/* ---- TLS ---- */

static void read_decrypted(struct conn *conn)
{
    while (is_open(conn)) {
        size_t len;
        uint8_t *plain = conn->shared->plain;
        switch (tls_stream_read(conn->tls, plain, sizeof(conn->shared->plain), &len)) {
        case TLS_STATUS_DONE:
            conn->handler(conn, CONN_DATA, plain, len);
            break;
        case TLS_STATUS_WANT_READ:
            return;
        case TLS_STATUS_WANT_WRITE:
            watch(conn, EV_READ | EV_WRITE);
            return;
        case TLS_STATUS_CLOSED:
            emit(conn, CONN_CLOSED);
            return;
        case TLS_STATUS_FAILED:
            emit(conn, CONN_TLS_FAILED);
            return;
        }
    }
}

static void step_handshake(struct conn *conn)
{
    switch (tls_stream_handshake(conn->tls)) {
    case TLS_STATUS_DONE:
        conn->handshaking = false;
        watch(conn, EV_READ);
        emit(conn, CONN_TLS_READY);
        if (is_open(conn)) {
            read_decrypted(conn); /* what came glued to the last flight */
        }
        break;
    case TLS_STATUS_WANT_READ:
        watch(conn, EV_READ);
        break;
    case TLS_STATUS_WANT_WRITE:
        watch(conn, EV_READ | EV_WRITE);
        break;
    case TLS_STATUS_CLOSED:
    case TLS_STATUS_FAILED:
        emit(conn, CONN_TLS_FAILED);
        break;
    }
}

static void run_tls(struct conn *conn)
{
    if (conn->handshaking) {
        step_handshake(conn);
    } else {
        read_decrypted(conn);
    }
}

void conn_pause(struct conn *conn)
{
    ev_io_stop(conn->shared->loop, &conn->io);
}

bool conn_start_tls(struct conn *conn, const struct tls_offer *offer)
{
    conn->tls = tls_stream_new(conn->shared->tls_client, conn->fd, offer);
    if (conn->tls == NULL) {
        return false;
    }
    conn->handshaking = true;
    step_handshake(conn);
    return true;
}

/* ---- Receiving ---- */

/* What the kernel lacks here is not the end of a stream. */
static void on_end_of_input(struct conn *conn, int error)
{
    if (is_shortage(error)) {
        fail(conn, error);
        return;
    }
    if (conn->tls != NULL) {
        tls_stream_feed_end(conn->tls, error != 0);
        run_tls(conn);
        return;
    }
    if (error != 0) {
        fail(conn, error);
    } else {
        emit(conn, CONN_CLOSED);
    }
}

static void feed_tls(struct conn *conn, const uint8_t *bytes, size_t len)
{
    switch (tls_stream_feed(conn->tls, bytes, len)) {
    case TLS_FEED_TAKEN:
        run_tls(conn);
        break;
    case TLS_FEED_TOO_MUCH:
        fail(conn, EMSGSIZE);
        break;
    case TLS_FEED_NO_MEMORY:
        fail(conn, ENOMEM);
        break;
    }
}

static void receive(struct conn *conn)
{
    uint8_t *input = conn->shared->input;
    ssize_t len = recv(conn->fd, input, sizeof(conn->shared->input), 0);
    if (len < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            on_end_of_input(conn, errno);
        }
        return;
    }
    conn->input_len += conn->input_max > 0 ? (uint32_t)len : 0;
    if (conn->input_len > conn->input_max) {
        fail(conn, EMSGSIZE);
    } else if (len == 0) {
        on_end_of_input(conn, 0);
    } else if (conn->tls == NULL) {
        conn->handler(conn, CONN_DATA, input, (size_t)len);
    } else {
        feed_tls(conn, input, (size_t)len);
    }
}

static void on_io(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    struct conn *conn = watcher->data;
    if (conn->is_talking && conn->connecting) {
        talk_to_proxy(conn, events);
        return;
    }
    if (conn->connecting) {
        finish_connect(conn);
        return;
    }
    if ((events & EV_WRITE) != 0) {
        if (conn->handshaking) {
            step_handshake(conn);
        } else if (conn->unsent_len > 0) {
            send_unsent(conn);
        } else if (conn->ending) {
            send_end(conn);
        } else {
            watch(conn, EV_READ);
        }
    }
    if ((events & EV_READ) != 0 && is_open(conn)) {
        receive(conn);
    }
}

/* ---- The deadline ---- */

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)events;
    struct conn *conn = watcher->data;
    double left = -loop_since(loop, conn->deadline);
    if (left > 0) {
        ev_timer_set(watcher, left, 0.);
        ev_timer_start(loop, watcher);
        return;
    }
    /* Once the proxy knows whom we want, it is waiting as we are. */
    if (conn->talk != NULL && (!conn->is_talking || !conn->talk->is_admitted)) {
        conn->fault = (struct proxy_fault){.trouble = PROXY_SILENT};
    }
    emit(conn, CONN_TIMEOUT);
}

void conn_set_deadline(struct conn *conn, double seconds)
{
    struct ev_loop *loop = conn->shared->loop;
    conn->deadline = moment_after(loop_now(loop), seconds);
    if (ev_is_active(&conn->timer)) {
        if (ev_timer_remaining(loop, &conn->timer) <= seconds) {
            return; /* it will fire earlier and find out how much is left */
        }
        ev_timer_stop(loop, &conn->timer);
    }
    ev_timer_set(&conn->timer, seconds, 0.);
    ev_timer_start(loop, &conn->timer);
}

/* ---- Life and death ---- */

static enum conn_open_status status_of(int error)
{
    if (is_port_shortage(error)) {
        return CONN_OPEN_NO_PORT;
    }
    return is_shortage(error) ? CONN_OPEN_NO_DESCRIPTOR : CONN_OPEN_FAILED;
}

/* False on lack of memory. Without a proxy there is nothing to do. */
static bool prepare_talk(struct conn *conn, const struct address *address, uint16_t port)
{
    const struct proxy *proxy = conn->shared->proxy;
    if (proxy == NULL) {
        return true;
    }
    conn->talk = malloc(sizeof(*conn->talk));
    if (conn->talk != NULL) {
        proxy_tunnel_begin(conn->talk, proxy, address, port);
    }
    return conn->talk != NULL;
}

/* It does not begin: conn->error says why. */
static enum conn_open_status give_up(struct conn *conn, int error)
{
    enum conn_open_status status = status_of(error);
    conn->error = error;
    if (conn->talk != NULL && status == CONN_OPEN_FAILED) {
        conn->fault = (struct proxy_fault){PROXY_UNREACHABLE, (uint16_t)error};
    }
    free(conn->talk);
    conn->talk = NULL;
    if (conn->fd >= 0) {
        close(conn->fd);
        conn->fd = -1;
    }
    return status;
}

/* A socket on its way to the peer. False: errno. */
static bool start_connecting(struct conn *conn, const struct address *address, uint16_t port)
{
    struct sockaddr_storage peer;
    socklen_t peer_len = address_to_sockaddr(address, port, &peer);
    conn->fd = socket(peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (conn->fd < 0) {
        return false;
    }
    const int on = 1;
    setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return source_addresses_bind(conn->shared->sources, conn->fd, address) &&
           (connect(conn->fd, (struct sockaddr *)&peer, peer_len) == 0 || errno == EINPROGRESS);
}

static void begin(struct conn *conn, struct conn_shared *shared, conn_handler handler)
{
    memset(conn, 0, sizeof(*conn));
    conn->shared = shared;
    conn->handler = handler;
    conn->fd = -1;
    conn->input_max = CONN_INPUT_MAX;
    conn->unsent_max = UNSENT_MAX;
}

static enum conn_open_status watch_connecting(struct conn *conn)
{
    conn->connecting = true;
    ev_io_init(&conn->io, on_io, conn->fd, EV_WRITE);
    conn->io.data = conn;
    ev_io_start(conn->shared->loop, &conn->io);
    ev_timer_init(&conn->timer, on_timer, 0., 0.);
    conn->timer.data = conn;
    return CONN_OPEN_STARTED;
}

enum conn_open_status conn_open(struct conn *conn, struct conn_shared *shared, conn_handler handler,
                                const struct address *address, uint16_t port)
{
    begin(conn, shared, handler);
    if (!prepare_talk(conn, address, port)) {
        return give_up(conn, ENOMEM);
    }
    const struct proxy *proxy = shared->proxy;
    if (!start_connecting(conn, proxy != NULL ? &proxy->address : address,
                          proxy != NULL ? proxy->port : port)) {
        return give_up(conn, errno);
    }
    return watch_connecting(conn);
}

enum conn_open_status conn_open_local(struct conn *conn, struct conn_shared *shared,
                                      conn_handler handler, const char *path)
{
    struct sockaddr_un peer = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    begin(conn, shared, handler);
    if (len >= sizeof(peer.sun_path)) {
        return give_up(conn, ENAMETOOLONG);
    }
    memcpy(peer.sun_path, path, len);
    conn->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* EAGAIN: its backlog is full. Such a socket is not on its way, unlike one of TCP. */
    if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&peer, sizeof(peer)) != 0) {
        return give_up(conn, errno);
    }
    return watch_connecting(conn);
}

void conn_set_bounds(struct conn *conn, uint32_t input_max, uint32_t unsent_max)
{
    conn->input_max = input_max;
    conn->unsent_max = unsent_max;
}

void conn_shutdown(struct conn *conn)
{
    conn->ending = true;
    if (conn->unsent_len == 0) {
        send_end(conn);
    }
}

void conn_close(struct conn *conn)
{
    if (!is_open(conn)) {
        return;
    }
    ev_io_stop(conn->shared->loop, &conn->io);
    ev_timer_stop(conn->shared->loop, &conn->timer);
    tls_stream_free(conn->tls);
    conn->tls = NULL;
    free(conn->unsent);
    conn->unsent = NULL;
    conn->unsent_len = 0;
    free(conn->talk);
    conn->talk = NULL;
    close(conn->fd);
    conn->fd = -1;
}
