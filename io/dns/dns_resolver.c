/*
 * The channel knows one server and makes one try; c-ares provides message ids matched to questions,
 * the sockets, TCP on truncation, and the time-out.
 */
#define CARES_NO_DEPRECATED  /* newer c-ares would rather have us use what Debian's does not have  \
                              */

#include "io/dns/dns_resolver.h"

#include <ares.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "io/base/clock.h"
#include "io/dns/dns_patience.h"

#define DNS_PORT     53
#define CLASS_IN     1
#define HEADER_AD_AT 3 /* the byte of the header, and the bit in it: RFC 6840 section 5.7 */
#define HEADER_AD    0x20

/* Never fragmented on any sane path: DNS flag day 2020. */
#define EDNS_UDP_SIZE 1232

/*
 * A loop that is busy for a moment must not lose the answers to all questions in flight. The kernel
 * takes as much of it as net.core.rmem_max allows.
 */
#define RECEIVE_BUFFER_SIZE (1024 * 1024)

/* ares_timeout() truncates to milliseconds; firing too early would only make us come back. */
#define TIMER_SLACK 0.001

/* How often to look for questions that are to be sent once more. */
#define TIMER_LONGEST_US 100000

#define SERVER_TEXT_MAX (ADDRESS_TEXT_MAX + sizeof("[]:65535"))

/*
 * What c-ares knows of: it cannot forget one question alone, so this stays until it tells the end
 * of it, and may outlive the attempt.
 */
struct dns_sending {
    struct dns_resolver *resolver;
    struct dns_attempt *attempt; /* NULL: it has ended */
};

struct dns_socket {
    ev_io io;
    struct dns_resolver *resolver;
    struct dns_socket *next;
};

struct dns_resolver {
    struct ev_loop *loop;
    ares_channel channel;
    ev_timer timer;
    struct dns_socket *sockets;
    size_t num_pending;                                   /* sendings */
    TAILQ_HEAD(dns_attempt_queue, dns_attempt) sent_once; /* by the time of sending */
    struct dns_patience patience;
};

static void repeat_late_ones(struct dns_resolver *resolver);

static bool parse_port(const char *text, uint16_t *out_port)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0') {
        return false;
    }
    unsigned long port = strtoul(text, NULL, 10);
    *out_port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53" */
static bool parse_server(char *text, struct dns_server *out_server)
{
    char *colon = strrchr(text, ':');
    out_server->port = DNS_PORT;
    if (address_parse(text, &out_server->address)) {
        return true;
    }
    if (colon == NULL || !parse_port(colon + 1, &out_server->port)) {
        return false;
    }
    *colon = '\0';
    bool bracketed = text[0] == '[';
    return address_parse(text, &out_server->address) &&
           (out_server->address.family == 4 || bracketed);
}

static size_t parse_server_list(const char *text, struct dns_server *out_servers)
{
    size_t num_servers = 0;
    while (num_servers < DNS_RESOLVERS_MAX) {
        char item[SERVER_TEXT_MAX];
        size_t len = strcspn(text, ",");
        if (len >= sizeof(item)) {
            return 0;
        }
        memcpy(item, text, len);
        item[len] = '\0';
        if (!parse_server(item, &out_servers[num_servers])) {
            return 0;
        }
        num_servers++;
        if (text[len] == '\0') {
            return num_servers;
        }
        text += len + 1;
    }
    return 0;
}

static size_t system_server_list(struct dns_server *out_servers)
{
    ares_channel channel;
    struct ares_addr_port_node *nodes = NULL;
    size_t num_servers = 0;
    if (ares_init(&channel) != ARES_SUCCESS) {
        return 0;
    }
    if (ares_get_servers_ports(channel, &nodes) != ARES_SUCCESS) {
        nodes = NULL;
    }
    for (const struct ares_addr_port_node *node = nodes;
         node != NULL && num_servers < DNS_RESOLVERS_MAX; node = node->next) {
        struct dns_server *server = &out_servers[num_servers++];
        bool v4 = node->family == AF_INET;
        memset(server, 0, sizeof(*server));
        server->address.family = v4 ? 4 : 6;
        memcpy(server->address.bytes, &node->addr, v4 ? 4 : 16);
        server->port = node->udp_port > 0 ? (uint16_t)node->udp_port : DNS_PORT;
    }
    if (nodes != NULL) {
        ares_free_data(nodes);
    }
    ares_destroy(channel);
    return num_servers;
}

size_t dns_server_list(const char *text, struct dns_server out_servers[DNS_RESOLVERS_MAX])
{
    return text != NULL ? parse_server_list(text, out_servers) : system_server_list(out_servers);
}

/*
 * The loop may end when nothing is under way, so the timer runs only while something is. An active
 * one is left alone, as ares_timeout() looks at every question in flight: what is asked later times
 * out later, or, where newer c-ares shortens the time, is found late by TIMER_LONGEST_US at most.
 */
static void arm_timer(struct dns_resolver *resolver)
{
    struct timeval longest = {.tv_usec = TIMER_LONGEST_US};
    struct timeval buffer;
    if (resolver->num_pending == 0) {
        ev_timer_stop(resolver->loop, &resolver->timer);
        return;
    }
    if (ev_is_active(&resolver->timer)) {
        return;
    }
    const struct timeval *wait = ares_timeout(resolver->channel, &longest, &buffer);
    ev_timer_set(&resolver->timer, (double)wait->tv_sec + (double)wait->tv_usec / 1e6 + TIMER_SLACK,
                 0.);
    ev_timer_start(resolver->loop, &resolver->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct dns_resolver *resolver = timer->data;
    (void)loop;
    (void)revents;
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    repeat_late_ones(resolver);
    arm_timer(resolver);
}

/* c-ares may close the socket while it works on it, and free the watcher by on_socket_state(). */
static void on_socket(struct ev_loop *loop, ev_io *io, int revents)
{
    struct dns_resolver *resolver = ((struct dns_socket *)io)->resolver;
    int fd = io->fd;
    (void)loop;
    ares_process_fd(resolver->channel, (revents & EV_READ) != 0 ? fd : ARES_SOCKET_BAD,
                    (revents & EV_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
    arm_timer(resolver);
}

static struct dns_socket **find_socket(struct dns_resolver *resolver, int fd)
{
    struct dns_socket **link = &resolver->sockets;
    while (*link != NULL && (*link)->io.fd != fd) {
        link = &(*link)->next;
    }
    return link;
}

/* Without memory for its watcher a socket is deaf, and its questions time out. */
static struct dns_socket *add_socket(struct dns_resolver *resolver)
{
    struct dns_socket *sock = calloc(1, sizeof(*sock));
    if (sock != NULL) {
        sock->resolver = resolver;
        sock->next = resolver->sockets;
        resolver->sockets = sock;
        ev_init(&sock->io, on_socket);
    }
    return sock;
}

static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
    struct dns_resolver *resolver = data;
    struct dns_socket **link = find_socket(resolver, fd);
    struct dns_socket *sock = *link;
    int events = (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0);
    if (sock != NULL) {
        ev_io_stop(resolver->loop, &sock->io);
    }
    if (events == 0) {
        if (sock != NULL) {
            *link = sock->next;
            free(sock);
        }
        return;
    }
    if (sock == NULL && (sock = add_socket(resolver)) == NULL) {
        return;
    }
    ev_io_set(&sock->io, fd, events);
    ev_io_start(resolver->loop, &sock->io);
}

/*
 * NOCHECKRESP: SERVFAIL and REFUSED come to us as the answers that they are. EDNS with its size:
 * otherwise c-ares takes every answer over 512 bytes for a truncated one.
 */
static bool open_channel(struct dns_resolver *resolver, unsigned timeout_ms)
{
    char lookups[] = "b";
    struct ares_options options = {
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS,
        .timeout = (int)timeout_ms,
        .tries = 1,
        .lookups = lookups,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = resolver,
        .ednspsz = EDNS_UDP_SIZE,
        .socket_receive_buffer_size = RECEIVE_BUFFER_SIZE,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
               ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_RCVBUF | ARES_OPT_NOROTATE;
#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* with a longest time of 0: there is a cache above */
#endif
    return ares_init_options(&resolver->channel, &options, mask) == ARES_SUCCESS;
}

static bool set_server(struct dns_resolver *resolver, const struct dns_server *server)
{
    char address[ADDRESS_TEXT_MAX];
    char text[SERVER_TEXT_MAX];
    address_format(&server->address, address);
    snprintf(text, sizeof(text), server->address.family == 4 ? "%s:%u" : "[%s]:%u", address,
             (unsigned)server->port);
    return ares_set_servers_ports_csv(resolver->channel, text) == ARES_SUCCESS;
}

struct dns_resolver *dns_resolver_new(struct ev_loop *loop, const struct dns_server *server,
                                      unsigned timeout_ms)
{
    struct dns_resolver *resolver = calloc(1, sizeof(*resolver));
    if (resolver == NULL) {
        return NULL;
    }
    resolver->loop = loop;
    TAILQ_INIT(&resolver->sent_once);
    ev_init(&resolver->timer, on_timer);
    ev_set_priority(&resolver->timer, EV_MINPRI); /* answers that have come are read before */
    resolver->timer.data = resolver;
    if (!open_channel(resolver, timeout_ms)) {
        free(resolver);
        return NULL;
    }
    if (!set_server(resolver, server)) {
        dns_resolver_free(resolver);
        return NULL;
    }
    return resolver;
}

void dns_resolver_free(struct dns_resolver *resolver)
{
    if (resolver == NULL) {
        return;
    }
    ares_destroy(resolver->channel); /* closes the sockets, and so frees their watchers */
    ev_timer_stop(resolver->loop, &resolver->timer);
    free(resolver);
}

static enum dns_try try_of_status(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return DNS_TRY_ANSWERED;
    case ARES_ETIMEOUT:
        return DNS_TRY_TIMED_OUT;
    case ARES_EBADRESP:
        return DNS_TRY_MALFORMED;
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
        return DNS_TRY_NO_NAME;
    case ARES_EDESTRUCTION:
        return DNS_TRY_STOPPED;
    default:
        return DNS_TRY_UNREACHABLE;
    }
}

/* The other sending, if there is one, goes on for itself: c-ares reads its answer, or times out. */
static void let_go(struct dns_attempt *attempt)
{
    if (attempt->second == NULL) {
        TAILQ_REMOVE(&attempt->resolver->sent_once, attempt, link);
    } else {
        attempt->second->attempt = NULL;
    }
    attempt->first->attempt = NULL;
}

/* The first time-out ends the attempt, as that is how long it may take. */
static void on_answer(void *arg, int status, int timeouts, unsigned char *message, int len)
{
    struct dns_sending *sending = arg;
    struct dns_attempt *attempt = sending->attempt;
    enum dns_try result = try_of_status(status);
    (void)timeouts;
    sending->resolver->num_pending--;
    if (attempt != NULL) {
        let_go(attempt);
    }
    free(sending);
    if (attempt == NULL) {
        return;
    }
    if (result == DNS_TRY_ANSWERED && (message == NULL || len < 0)) {
        result = DNS_TRY_MALFORMED;
    }
    if (result == DNS_TRY_ANSWERED) {
        dns_patience_note(&attempt->resolver->patience,
                          (double)(clock_now_ms() - attempt->sent_ms));
    }
    attempt->on_end(attempt, result, message, result == DNS_TRY_ANSWERED ? (size_t)len : 0);
}

/* c-ares 1.18 sends the id that it is given, so it has to be unpredictable (RFC 5452). */
static int create_query(const char *name, enum dns_type type, bool edns, unsigned char **out_query,
                        int *out_len)
{
    unsigned short id;
    RAND_bytes((uint8_t *)&id, sizeof(id));
    int status = ares_create_query(name, CLASS_IN, (int)type, id, 1, out_query, out_len,
                                   edns ? EDNS_UDP_SIZE : 0);
    if (status == ARES_SUCCESS) {
        (*out_query)[HEADER_AD_AT] |= HEADER_AD;
    }
    return status;
}

/* May end the attempt at once. */
static void start_sending(struct dns_sending *sending)
{
    struct dns_resolver *resolver = sending->resolver;
    const struct dns_attempt *attempt = sending->attempt;
    unsigned char *query = NULL;
    int query_len = 0;
    int status = create_query(attempt->name, attempt->type, attempt->edns, &query, &query_len);
    resolver->num_pending++;
    if (status != ARES_SUCCESS) {
        on_answer(sending, status, 0, NULL, 0);
        return;
    }
    ares_send(resolver->channel, query, query_len, on_answer, sending);
    ares_free_string(query);
}

static struct dns_sending *sending_new(struct dns_resolver *resolver, struct dns_attempt *attempt)
{
    struct dns_sending *sending = calloc(1, sizeof(*sending));
    if (sending != NULL) {
        *sending = (struct dns_sending){.resolver = resolver, .attempt = attempt};
    }
    return sending;
}

static void repeat_late_ones(struct dns_resolver *resolver)
{
    struct dns_attempt *attempt;
    int64_t now_ms = clock_now_ms();
    double patience_ms = dns_patience_ms(&resolver->patience);
    while ((attempt = TAILQ_FIRST(&resolver->sent_once)) != NULL &&
           (double)(now_ms - attempt->sent_ms) >= patience_ms &&
           dns_patience_take(&resolver->patience)) {
        struct dns_sending *sending = sending_new(resolver, attempt);
        if (sending == NULL) {
            return;
        }
        TAILQ_REMOVE(&resolver->sent_once, attempt, link);
        attempt->second = sending;
        start_sending(sending);
    }
}

void dns_resolver_send(struct dns_resolver *resolver, struct dns_attempt *attempt, const char *name,
                       enum dns_type type, bool edns)
{
    struct dns_sending *sending = sending_new(resolver, attempt);
    if (sending == NULL) {
        attempt->on_end(attempt, DNS_TRY_UNREACHABLE, NULL, 0);
        return;
    }
    attempt->resolver = resolver;
    attempt->first = sending;
    attempt->second = NULL;
    attempt->sent_ms = clock_now_ms();
    attempt->name = name;
    attempt->type = type;
    attempt->edns = edns;
    TAILQ_INSERT_TAIL(&resolver->sent_once, attempt, link);
    start_sending(sending);
    arm_timer(resolver);
}
