/*
 * A DNS server for tests, on loopback by UDP and TCP, on the test's own loop. The first label of
 * the name asked for says how it answers (see dns_responder_act()), unless `mode` does for all.
 */
#ifndef MXGRADE_TESTS_DNS_RESPONDER_H
#define MXGRADE_TESTS_DNS_RESPONDER_H

#include <arpa/inet.h>
#include <assert.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/dns_build.h"

#ifndef RESPONDER_CALLOC /* where a test lets calloc() fail */
#define RESPONDER_CALLOC calloc
#endif

#define RESPONDER_QUERY_MAX 512
#define RESPONDER_DELAY     0.02
#define RESPONDER_BIG       100 /* records, more than fit 1232 bytes */

struct responder_query;

struct dns_responder {
    struct ev_loop *loop;
    ev_io udp;
    ev_io tcp;
    unsigned port;
    const char *mode;
    /* The test's own way to answer: writes `build`; false for silence. NULL: by mode. */
    bool (*answer)(struct dns_responder *responder, const struct responder_query *query);
    void *user;
    const char *held; /* questions for names that begin so wait for dns_responder_release() */
    unsigned num_udp;
    unsigned num_tcp;
    unsigned num_streams;
    int answers_per_stream; /* then it closes; 0: as many as are asked for; -1: none */
    unsigned first_lost;    /* counted by num_udp; 0: none */
    unsigned last_lost;
    double delay; /* of "slow" */
    unsigned num_delayed;
    unsigned most_delayed;
    bool saw_ad_bit;
    bool saw_edns;
    struct responder_stream *streams;
    struct responder_delay *delays;
    struct dns_build build;
};

struct responder_query {
    const uint8_t *bytes;
    size_t len;
    unsigned id;
    unsigned type;
    bool tcp;
    bool edns;
    bool ad;
    char name[RESPONDER_QUERY_MAX];
};

struct responder_stream {
    ev_io io;
    struct dns_responder *responder;
    struct responder_stream *next;
    uint8_t bytes[2 + RESPONDER_QUERY_MAX];
    size_t len;
    int num_answers;
};

struct responder_delay {
    ev_timer timer;
    struct dns_responder *responder;
    struct responder_delay *next;
    struct sockaddr_in peer;
    uint8_t bytes[RESPONDER_QUERY_MAX];
    size_t len;
};

static inline struct responder_query responder_read_query(const uint8_t *bytes, size_t len,
                                                          bool tcp)
{
    struct responder_query query = {.bytes = bytes, .len = len, .tcp = tcp};
    size_t at = 12, name_len = 0;
    assert(len > 12 && len <= RESPONDER_QUERY_MAX);
    while (bytes[at] != 0) {
        if (name_len > 0) {
            query.name[name_len++] = '.';
        }
        memcpy(query.name + name_len, bytes + at + 1, bytes[at]);
        name_len += bytes[at];
        at += 1u + bytes[at];
    }
    query.id = (unsigned)bytes[0] << 8 | bytes[1];
    query.ad = (bytes[3] & 0x20) != 0;
    query.type = (unsigned)bytes[at + 1] << 8 | bytes[at + 2];
    query.edns = bytes[11] == 1;
    return query;
}

static inline void responder_send(struct dns_responder *responder, int fd,
                                  const struct sockaddr_in *peer)
{
    const struct dns_build *build = &responder->build;
    if (peer != NULL) {
        sendto(responder->udp.fd, build->bytes, build->len, 0, (const struct sockaddr *)peer,
               sizeof(*peer));
        return;
    }
    uint8_t prefix[2] = {(uint8_t)(build->len >> 8), (uint8_t)build->len};
    ssize_t sent = send(fd, prefix, 2, MSG_NOSIGNAL);
    sent += send(fd, build->bytes, build->len, MSG_NOSIGNAL);
    (void)sent;
}

static inline void responder_build_ok(struct dns_responder *responder,
                                      const struct responder_query *query, unsigned flags,
                                      unsigned num_records)
{
    struct dns_build *build = &responder->build;
    build_start(build, query->id, DNS_BUILD_REPLY | flags, query->name, query->type);
    for (unsigned i = 0; i < num_records; i++) {
        build_a(build, query->name, 60, 0xc0000201 + i);
    }
    if (query->edns) {
        build_opt(build, 0, "", 0);
    }
}

/* Writes the answer; false for silence. */
static inline bool dns_responder_act(struct dns_responder *responder,
                                     const struct responder_query *query)
{
    static const struct {
        const char *mode;
        unsigned rcode;
    } errors[] = {{"nodata", 0},   {"formerr", 1}, {"servfail", 2},
                  {"nxdomain", 3}, {"notimp", 4},  {"refused", 5}};
    struct dns_build *build = &responder->build;
    const char *mode = responder->mode != NULL ? responder->mode : query->name;
    size_t len = strcspn(mode, ".");
#define IS(word) (len == strlen(word) && strncmp(mode, word, len) == 0)
    if (IS("silent")) {
        return false;
    }
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (IS(errors[i].mode)) {
            responder_build_ok(responder, query, errors[i].rcode, 0);
            return true;
        }
    }
    if (IS("noedns") && query->edns) {
        build_start(build, query->id, DNS_BUILD_REPLY | 1, query->name, query->type);
        return true;
    }
    if (IS("big")) {
        responder_build_ok(responder, query, query->tcp ? 0 : DNS_BUILD_TC,
                           query->tcp ? RESPONDER_BIG : 0);
    } else if (IS("ad")) {
        responder_build_ok(responder, query, query->ad ? DNS_BUILD_AD : 0, 1);
    } else if (IS("malformed")) {
        responder_build_ok(responder, query, 0, 1);
        build_put_u16(build, BUILD_ANSWER, 9);
    } else if (IS("wrongid")) {
        responder_build_ok(responder, query, 0, 1);
        build_put_u16(build, 0, query->id ^ 1);
    } else if (IS("wrongname")) {
        responder_build_ok(responder, query, 0, 1);
        build->bytes[13] = 'x';
    } else if (IS("chain")) {
        build_start(build, query->id, DNS_BUILD_REPLY, query->name, query->type);
        build_a(build, "end.example", 60, 0xc0000201);
        build_host(build, "middle.example", 5, 60, "end.example");
        build_host(build, query->name, 5, 60, "middle.example");
    } else if (IS("loop")) {
        build_start(build, query->id, DNS_BUILD_REPLY, query->name, query->type);
        build_host(build, query->name, 5, 60, query->name);
    } else {
        responder_build_ok(responder, query, 0, 1);
    }
#undef IS
    return true;
}

static inline void responder_on_delay(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct responder_delay *delay = (struct responder_delay *)timer;
    struct dns_responder *responder = delay->responder;
    struct responder_query query = responder_read_query(delay->bytes, delay->len, false);
    (void)loop;
    (void)revents;
    responder->num_delayed--;
    if (responder->answer == NULL) {
        responder_build_ok(responder, &query, 0, 1);
    }
    if (responder->answer == NULL || responder->answer(responder, &query)) {
        responder_send(responder, -1, &delay->peer);
    }
}

static inline void responder_delay(struct dns_responder *responder,
                                   const struct responder_query *query,
                                   const struct sockaddr_in *peer)
{
    struct responder_delay *delay = RESPONDER_CALLOC(1, sizeof(*delay));
    assert(delay != NULL);
    delay->responder = responder;
    delay->peer = *peer;
    memcpy(delay->bytes, query->bytes, query->len);
    delay->len = query->len;
    delay->next = responder->delays;
    responder->delays = delay;
    if (++responder->num_delayed > responder->most_delayed) {
        responder->most_delayed = responder->num_delayed;
    }
    ev_timer_init(&delay->timer, responder_on_delay, responder->delay, 0.);
    if (responder->held == NULL) {
        ev_timer_start(responder->loop, &delay->timer);
    }
}

static inline void dns_responder_release(struct dns_responder *responder)
{
    responder->held = NULL;
    for (struct responder_delay *delay = responder->delays; delay != NULL; delay = delay->next) {
        ev_feed_event(responder->loop, &delay->timer, EV_CUSTOM);
    }
}

static inline void responder_on_query(struct dns_responder *responder, int fd,
                                      const struct sockaddr_in *peer, const uint8_t *bytes,
                                      size_t len)
{
    struct responder_query query = responder_read_query(bytes, len, peer == NULL);
    responder->saw_ad_bit = query.ad;
    responder->saw_edns = query.edns;
    const char *delayed = responder->answer == NULL ? "slow" : responder->held;
    if (delayed != NULL && strncmp(query.name, delayed, strlen(delayed)) == 0 && peer != NULL) {
        responder_delay(responder, &query, peer);
        return;
    }
    bool is_answered = responder->answer != NULL ? responder->answer(responder, &query)
                                                 : dns_responder_act(responder, &query);
    if (is_answered) {
        responder_send(responder, fd, peer);
    }
}

static inline void responder_on_udp(struct ev_loop *loop, ev_io *io, int revents)
{
    struct dns_responder *responder = io->data;
    uint8_t bytes[RESPONDER_QUERY_MAX];
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof(peer);
    (void)loop;
    (void)revents;
    for (;;) {
        ssize_t len = recvfrom(io->fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&peer,
                               &peer_len);
        if (len <= 0) {
            return;
        }
        responder->num_udp++;
        if (responder->first_lost > 0 && responder->num_udp >= responder->first_lost &&
            responder->num_udp <= responder->last_lost) {
            continue;
        }
        responder_on_query(responder, -1, &peer, bytes, (size_t)len);
    }
}

static inline void responder_hang_up(struct ev_loop *loop, ev_io *io)
{
    ev_io_stop(loop, io);
    shutdown(io->fd, SHUT_RDWR);
}

static inline void responder_on_stream(struct ev_loop *loop, ev_io *io, int revents)
{
    struct responder_stream *stream = (struct responder_stream *)io;
    ssize_t len = recv(io->fd, stream->bytes + stream->len, sizeof(stream->bytes) - stream->len,
                       MSG_DONTWAIT);
    (void)revents;
    if (len <= 0 || stream->responder->answers_per_stream < 0) {
        responder_hang_up(loop, io);
        return;
    }
    stream->len += (size_t)len;
    while (stream->len >= 2) {
        size_t query_len = (size_t)stream->bytes[0] << 8 | stream->bytes[1];
        if (stream->len < 2 + query_len) {
            return;
        }
        if (stream->num_answers > 0 &&
            stream->num_answers == stream->responder->answers_per_stream) {
            responder_hang_up(loop, io);
            return;
        }
        stream->num_answers++;
        stream->responder->num_tcp++;
        responder_on_query(stream->responder, io->fd, NULL, stream->bytes + 2, query_len);
        stream->len -= 2 + query_len;
        memmove(stream->bytes, stream->bytes + 2 + query_len, stream->len);
    }
}

static inline void responder_on_accept(struct ev_loop *loop, ev_io *io, int revents)
{
    struct dns_responder *responder = io->data;
    int fd = accept(io->fd, NULL, NULL);
    (void)revents;
    if (fd >= 0) {
        struct responder_stream *stream = RESPONDER_CALLOC(1, sizeof(*stream));
        assert(stream != NULL);
        responder->num_streams++;
        stream->responder = responder;
        stream->next = responder->streams;
        responder->streams = stream;
        ev_io_init(&stream->io, responder_on_stream, fd, EV_READ);
        ev_io_start(loop, &stream->io);
    }
}

/* A port that is free by UDP and TCP alike. */
static inline void dns_responder_init(struct dns_responder *responder, struct ev_loop *loop)
{
    int udp = -1, tcp = -1, bound = -1;
    for (int attempt = 0; attempt < 20 && bound != 0; attempt++) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t len = sizeof(address);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (udp >= 0) {
            close(udp);
            close(tcp);
        }
        udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bound = bind(udp, (struct sockaddr *)&address, sizeof(address)) |
                getsockname(udp, (struct sockaddr *)&address, &len);
        bound |= bind(tcp, (struct sockaddr *)&address, sizeof(address)) | listen(tcp, 8);
        responder->port = ntohs(address.sin_port);
    }
    assert(bound == 0);
    responder->loop = loop;
    responder->delay = RESPONDER_DELAY;
    ev_io_init(&responder->udp, responder_on_udp, udp, EV_READ);
    ev_io_init(&responder->tcp, responder_on_accept, tcp, EV_READ);
    responder->udp.data = responder;
    responder->tcp.data = responder;
    ev_io_start(loop, &responder->udp);
    ev_io_start(loop, &responder->tcp);
}

/* From now on it answers on another loop. */
static inline void dns_responder_move(struct dns_responder *responder, struct ev_loop *loop)
{
    ev_io_stop(responder->loop, &responder->udp);
    ev_io_stop(responder->loop, &responder->tcp);
    responder->loop = loop;
    ev_io_start(loop, &responder->udp);
    ev_io_start(loop, &responder->tcp);
}

static inline void dns_responder_fini(struct dns_responder *responder)
{
    ev_io_stop(responder->loop, &responder->udp);
    ev_io_stop(responder->loop, &responder->tcp);
    close(responder->udp.fd);
    close(responder->tcp.fd);
    while (responder->streams != NULL) {
        struct responder_stream *stream = responder->streams;
        responder->streams = stream->next;
        ev_io_stop(responder->loop, &stream->io);
        close(stream->io.fd);
        free(stream);
    }
    while (responder->delays != NULL) {
        struct responder_delay *delay = responder->delays;
        responder->delays = delay->next;
        ev_timer_stop(responder->loop, &delay->timer);
        free(delay);
    }
}

#endif
