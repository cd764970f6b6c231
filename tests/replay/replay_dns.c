#include "tests/replay/replay_dns.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DNS_PORT 53

/* A socket of a client's. */
struct responder_client {
    struct replay_actor actor; /* first */
    struct dns_responder *responder;
    int fd;
    bool is_udp;
    bool is_hung_up; /* by us */
    uint8_t bytes[2 + RESPONDER_QUERY_MAX];
    size_t len;
    int num_answers;
    TAILQ_ENTRY(responder_client) link;
};

/* An answer that is to be given later. */
struct responder_delay {
    struct replay_actor actor; /* first */
    struct dns_responder *responder;
    struct responder_client *client; /* NULL: it has gone */
    bool is_slow;
    uint8_t bytes[RESPONDER_QUERY_MAX];
    size_t len;
    TAILQ_ENTRY(responder_delay) link;
};

static struct responder_query read_query(const uint8_t *bytes, size_t len, bool tcp)
{
    struct responder_query query = {.bytes = bytes, .len = len, .tcp = tcp};
    size_t at = 12, name_len = 0;
    if (len <= at || len > RESPONDER_QUERY_MAX) {
        abort();
    }
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

/* ---- Answers ---- */

static void build_ok(struct dns_responder *responder, const struct responder_query *query,
                     unsigned flags, unsigned num_records)
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
static bool act(struct dns_responder *responder, const struct responder_query *query)
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
            build_ok(responder, query, errors[i].rcode, 0);
            return true;
        }
    }
    if (IS("noedns") && query->edns) {
        build_start(build, query->id, DNS_BUILD_REPLY | 1, query->name, query->type);
        return true;
    }
    if (IS("big")) {
        build_ok(responder, query, query->tcp ? 0 : DNS_BUILD_TC, query->tcp ? RESPONDER_BIG : 0);
    } else if (IS("ad")) {
        build_ok(responder, query, query->ad ? DNS_BUILD_AD : 0, 1);
    } else if (IS("malformed")) {
        build_ok(responder, query, 0, 1);
        build_put_u16(build, BUILD_ANSWER, 9);
    } else if (IS("wrongid")) {
        build_ok(responder, query, 0, 1);
        build_put_u16(build, 0, query->id ^ 1);
    } else if (IS("wrongname")) {
        build_ok(responder, query, 0, 1);
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
        build_ok(responder, query, 0, 1);
    }
#undef IS
    return true;
}

static void answer(struct responder_client *client, const uint8_t *bytes, size_t len)
{
    struct dns_responder *responder = client->responder;
    const struct dns_build *build = &responder->build;
    struct responder_query query = read_query(bytes, len, !client->is_udp);
    if (responder->answer != NULL ? !responder->answer(responder, &query)
                                  : !act(responder, &query)) {
        return;
    }
    uint8_t prefix[2] = {(uint8_t)(build->len >> 8), (uint8_t)build->len};
    if (!client->is_udp) {
        send(client->fd, prefix, 2, MSG_NOSIGNAL);
    }
    send(client->fd, build->bytes, build->len, MSG_NOSIGNAL);
}

/* ---- Answers that come later ---- */

static void delay_free(struct responder_delay *delay)
{
    replay_leave(&delay->actor);
    TAILQ_REMOVE(&delay->responder->delays, delay, link);
    delay->responder->num_delayed -= delay->is_slow ? 1 : 0;
    free(delay);
}

static bool delay_act(struct replay_actor *actor)
{
    struct responder_delay *delay = (struct responder_delay *)actor;
    if (isinf(actor->due) || actor->due > replay_now()) {
        return false;
    }
    if (delay->client != NULL) {
        answer(delay->client, delay->bytes, delay->len);
    }
    delay_free(delay);
    return true;
}

static void answer_later(struct responder_client *client, const struct responder_query *query,
                         bool is_slow)
{
    struct dns_responder *responder = client->responder;
    struct responder_delay *delay = replay_alloc(sizeof(*delay));
    double seconds = responder->latency + (is_slow ? responder->delay : 0);
    delay->actor.act = delay_act;
    delay->actor.due = is_slow && responder->held != NULL ? INFINITY : replay_now() + seconds;
    delay->responder = responder;
    delay->client = client;
    delay->is_slow = is_slow;
    memcpy(delay->bytes, query->bytes, query->len);
    delay->len = query->len;
    TAILQ_INSERT_TAIL(&responder->delays, delay, link);
    replay_enter(&delay->actor);
    responder->num_delayed += is_slow ? 1 : 0;
    if (responder->num_delayed > responder->most_delayed) {
        responder->most_delayed = responder->num_delayed;
    }
}

void dns_responder_release(struct dns_responder *responder)
{
    struct responder_delay *delay;
    responder->held = NULL;
    TAILQ_FOREACH(delay, &responder->delays, link)
    {
        delay->actor.due = isinf(delay->actor.due) ? replay_now() : delay->actor.due;
    }
}

/* ---- Questions ---- */

static void on_query(struct responder_client *client, const uint8_t *bytes, size_t len)
{
    struct dns_responder *responder = client->responder;
    struct responder_query query = read_query(bytes, len, !client->is_udp);
    const char *slow = responder->answer == NULL ? "slow" : responder->held;
    bool is_slow = slow != NULL && strncmp(query.name, slow, strlen(slow)) == 0 && client->is_udp;
    responder->saw_ad_bit = query.ad;
    responder->saw_edns = query.edns;
    if (is_slow || responder->latency > 0) {
        answer_later(client, &query, is_slow);
    } else {
        answer(client, bytes, len);
    }
}

static void client_free(struct responder_client *client)
{
    struct responder_delay *delay;
    TAILQ_FOREACH(delay, &client->responder->delays, link)
    {
        delay->client = delay->client == client ? NULL : delay->client;
    }
    replay_leave(&client->actor);
    TAILQ_REMOVE(&client->responder->clients, client, link);
    close(client->fd);
    free(client);
}

/* All questions that have come are read before the client gets an answer. */
static bool udp_act(struct replay_actor *actor)
{
    struct responder_client *client = (struct responder_client *)actor;
    struct dns_responder *responder = client->responder;
    uint8_t bytes[RESPONDER_QUERY_MAX];
    ssize_t len = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    bool acted = len >= 0;
    for (; len > 0; len = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) {
        responder->num_udp++;
        if (responder->first_lost == 0 || responder->num_udp < responder->first_lost ||
            responder->num_udp > responder->last_lost) {
            on_query(client, bytes, (size_t)len);
        }
    }
    if (len == 0) {
        client_free(client);
    }
    return acted;
}

static void hang_up(struct responder_client *client)
{
    client->is_hung_up = true;
    client->len = 0;
    shutdown(client->fd, SHUT_RDWR);
}

static bool tcp_act(struct replay_actor *actor)
{
    struct responder_client *client = (struct responder_client *)actor;
    struct dns_responder *responder = client->responder;
    ssize_t len = client->is_hung_up ? -1
                                     : recv(client->fd, client->bytes + client->len,
                                            sizeof(client->bytes) - client->len, MSG_DONTWAIT);
    if (len < 0) {
        return false;
    }
    if (len == 0 || responder->answers_per_stream < 0) {
        hang_up(client);
        return true;
    }
    client->len += (size_t)len;
    while (client->len >= 2) {
        size_t query_len = (size_t)client->bytes[0] << 8 | client->bytes[1];
        if (client->len < 2 + query_len) {
            return true;
        }
        if (client->num_answers > 0 && client->num_answers == responder->answers_per_stream) {
            hang_up(client);
            return true;
        }
        client->num_answers++;
        responder->num_tcp++;
        on_query(client, client->bytes + 2, query_len);
        client->len -= 2 + query_len;
        memmove(client->bytes, client->bytes + 2 + query_len, client->len);
    }
    return true;
}

static void client_new(struct dns_responder *responder, int fd, bool is_udp)
{
    struct responder_client *client = replay_alloc(sizeof(*client));
    client->actor.act = is_udp ? udp_act : tcp_act;
    client->actor.due = INFINITY;
    client->responder = responder;
    client->fd = fd;
    client->is_udp = is_udp;
    TAILQ_INSERT_TAIL(&responder->clients, client, link);
    replay_enter(&client->actor);
}

static void on_udp_client(struct replay_place *place, int fd)
{
    client_new((struct dns_responder *)((char *)place - offsetof(struct dns_responder, udp)), fd,
               true);
}

static void on_tcp_client(struct replay_place *place, int fd)
{
    struct dns_responder *responder =
        (struct dns_responder *)((char *)place - offsetof(struct dns_responder, tcp));
    responder->num_streams++;
    client_new(responder, fd, false);
}

/* ---- Life ---- */

void dns_responder_init(struct dns_responder *responder, const char *address)
{
    *responder = (struct dns_responder){
        .udp = {.port = DNS_PORT, .is_udp = true, .on_client = on_udp_client},
        .tcp = {.port = DNS_PORT, .on_client = on_tcp_client},
        .delay = RESPONDER_DELAY,
    };
    if (!address_parse(address, &responder->udp.address)) {
        abort();
    }
    responder->tcp.address = responder->udp.address;
    TAILQ_INIT(&responder->clients);
    TAILQ_INIT(&responder->delays);
    replay_network_add(&responder->udp);
    replay_network_add(&responder->tcp);
}

void dns_responder_fini(struct dns_responder *responder)
{
    while (!TAILQ_EMPTY(&responder->delays)) {
        delay_free(TAILQ_FIRST(&responder->delays));
    }
    while (!TAILQ_EMPTY(&responder->clients)) {
        client_free(TAILQ_FIRST(&responder->clients));
    }
    replay_network_remove(&responder->udp);
    replay_network_remove(&responder->tcp);
}
