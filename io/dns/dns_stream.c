#include "io/dns/dns_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/dns/dns_socket.h"

#define PREFIX_LEN  2 /* the length before each message: RFC 7766 section 8 */
#define MESSAGE_MAX UINT16_MAX

struct dns_stream {
    ev_io io; /* first: the loop knows the stream by it */
    struct ev_loop *loop;
    struct dns_stream_owner owner;
    uint8_t *out; /* what is still to be sent */
    size_t out_len;
    size_t out_size;
    size_t in_len;
    uint8_t in[PREFIX_LEN + MESSAGE_MAX];
};

/* Of the connection. While it is being made, or when buffers are full or empty, it is alive. */
static bool is_alive_after(ssize_t moved)
{
    return moved > 0 || (moved < 0 && (errno == EAGAIN || errno == EINTR || errno == EINPROGRESS));
}

static void watch(struct dns_stream *stream)
{
    int events = stream->out_len > 0 ? EV_READ | EV_WRITE : EV_READ;
    if ((stream->io.events & (EV_READ | EV_WRITE)) != events) {
        ev_io_stop(stream->loop, &stream->io);
        ev_io_set(&stream->io, stream->io.fd, events);
        ev_io_start(stream->loop, &stream->io);
    }
}

/* False if the connection is lost. */
static bool send_out(struct dns_stream *stream)
{
    if (stream->out_len == 0) {
        return true;
    }
    ssize_t sent = send(stream->io.fd, stream->out, stream->out_len, MSG_NOSIGNAL);
    if (sent > 0) {
        stream->out_len -= (size_t)sent;
        memmove(stream->out, stream->out + sent, stream->out_len);
    }
    return is_alive_after(sent);
}

static void hand_over_messages(struct dns_stream *stream)
{
    size_t at = 0;
    while (stream->in_len - at >= PREFIX_LEN) {
        size_t len = (size_t)stream->in[at] << 8 | stream->in[at + 1];
        if (stream->in_len - at - PREFIX_LEN < len) {
            break;
        }
        stream->owner.on_message(stream->owner.user, stream->in + at + PREFIX_LEN, len);
        at += PREFIX_LEN + len;
    }
    stream->in_len -= at;
    memmove(stream->in, stream->in + at, stream->in_len);
}

/* False if the connection is lost. There is always room, as a whole message is handed over. */
static bool read_in(struct dns_stream *stream)
{
    ssize_t received =
        recv(stream->io.fd, stream->in + stream->in_len, sizeof(stream->in) - stream->in_len, 0);
    if (received > 0) {
        stream->in_len += (size_t)received;
        hand_over_messages(stream);
    }
    return is_alive_after(received);
}

static void on_event(struct ev_loop *loop, ev_io *io, int revents)
{
    struct dns_stream *stream = (struct dns_stream *)io;
    (void)loop;
    bool alive = (revents & EV_READ) == 0 || read_in(stream);
    alive = alive && ((revents & EV_WRITE) == 0 || send_out(stream));
    watch(stream);
    stream->owner.on_pause(stream->owner.user, !alive);
}

struct dns_stream *dns_stream_open(struct ev_loop *loop, const struct dns_server *server,
                                   const struct dns_stream_owner *owner)
{
    struct dns_stream *stream = malloc(sizeof(*stream));
    if (stream == NULL) {
        return NULL;
    }
    int fd = dns_socket_open(server, SOCK_STREAM);
    if (fd < 0) {
        int error = errno;
        free(stream);
        errno = error;
        return NULL;
    }
    stream->loop = loop;
    stream->owner = *owner;
    stream->out = NULL;
    stream->out_len = stream->out_size = stream->in_len = 0;
    ev_io_init(&stream->io, on_event, fd, EV_READ);
    ev_io_start(loop, &stream->io);
    return stream;
}

static bool make_room(struct dns_stream *stream, size_t len)
{
    size_t needed = stream->out_len + len;
    if (needed > stream->out_size) {
        uint8_t *grown = realloc(stream->out, needed * 2);
        if (grown == NULL) {
            return false;
        }
        stream->out = grown;
        stream->out_size = needed * 2;
    }
    return true;
}

bool dns_stream_send(struct dns_stream *stream, const uint8_t *message, size_t len)
{
    if (len > MESSAGE_MAX) {
        errno = EMSGSIZE;
        return false;
    }
    if (!make_room(stream, PREFIX_LEN + len)) {
        return false;
    }
    uint8_t *to = stream->out + stream->out_len;
    to[0] = (uint8_t)(len >> 8);
    to[1] = (uint8_t)len;
    memcpy(to + PREFIX_LEN, message, len);
    stream->out_len += PREFIX_LEN + len;
    watch(stream);
    return true;
}

void dns_stream_close(struct dns_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    ev_io_stop(stream->loop, &stream->io);
    close(stream->io.fd);
    free(stream->out);
    free(stream);
}
