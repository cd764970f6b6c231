#include "benchmarks/fleet/dns_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "benchmarks/fleet/dns_message.h"
#include "benchmarks/fleet/dns_zone.h"
#include "benchmarks/fleet/world.h"

#define DATAGRAMS_PER_TURN 64
#define TCP_IDLE_MS        10000
#define TCP_PREFIX_LEN     2 /* RFC 1035 section 4.2.2 */

/* An answer that waits for its time. */
struct late_answer {
    struct timer timer;
    struct dns_server *server;
    LIST_ENTRY(late_answer) link;
    struct sockaddr_in client;
    size_t message_len;
    uint8_t message[];
};

struct dns_connection {
    struct watcher watcher;
    struct timer timer;
    struct dns_server *server;
    LIST_ENTRY(dns_connection) link;
    int fd;
    size_t input_len;
    uint8_t input[TCP_PREFIX_LEN + DNS_QUESTION_MAX];
};

struct dns_server {
    struct loop *loop;
    const struct options *options;
    const struct stats *stats;
    int udp_fd;
    int tcp_fd;
    struct watcher udp_watcher;
    struct watcher tcp_watcher;
    LIST_HEAD(, late_answer) late;
    LIST_HEAD(, dns_connection) connections;
};

static void count_question(struct stats_total *total, uint16_t type)
{
    switch (type) {
    case DNS_A:
        stats_add(&total->dns_a);
        break;
    case DNS_AAAA:
        stats_add(&total->dns_aaaa);
        break;
    case DNS_MX:
        stats_add(&total->dns_mx);
        break;
    case DNS_TXT:
        stats_add(&total->dns_txt);
        break;
    case DNS_TLSA:
        stats_add(&total->dns_tlsa);
        break;
    case DNS_PTR:
        stats_add(&total->dns_ptr);
        break;
    default:
        stats_add(&total->dns_other);
        break;
    }
}

/* FNV-1a: a key for the delay of this name. */
static uint64_t name_key(const char *name)
{
    uint64_t key = 0xcbf29ce484222325u;
    for (; *name != '\0'; name++) {
        key = (key ^ (uint8_t)*name) * 0x100000001b3u;
    }
    return key & 0xffffffffffffu;
}

/* The length of the answer, 0 for none. */
static size_t answer_message(struct dns_server *server, const uint8_t *message, size_t message_len,
                             bool by_tcp, uint8_t out_answer[DNS_ANSWER_MAX],
                             uint32_t *out_delay_ms)
{
    struct dns_question question;
    enum dns_rcode rcode;
    struct dns_answer answer;
    if (!dns_read_question(message, message_len, &question, &rcode) ||
        !dns_answer_init(&answer, &question)) {
        stats_add(&server->stats->total->dns_malformed);
        return 0;
    }
    count_question(server->stats->total, question.type);
    answer.rcode = rcode;
    bool say = rcode != DNS_NOERROR || zone_answer(server->options, &question, by_tcp, &answer);
    size_t size = by_tcp ? DNS_ANSWER_MAX : question.udp_len;
    size = size < DNS_ANSWER_MAX ? size : DNS_ANSWER_MAX;
    size_t answer_len = say ? dns_write_answer(&answer, out_answer, size) : 0;
    if (say && answer_len == 0 && !by_tcp) {
        answer.truncated = true;
        answer_len = dns_write_answer(&answer, out_answer, size);
    }
    dns_answer_fini(&answer);
    *out_delay_ms = world_delay_ms(server->options, name_key(question.name), SPAN_DNS);
    return answer_len;
}

static void late_free(struct late_answer *late)
{
    timer_disarm(late->server->loop, &late->timer);
    LIST_REMOVE(late, link);
    free(late);
}

static void send_datagram(struct dns_server *server, const uint8_t *message, size_t message_len,
                          const struct sockaddr_in *client)
{
    /* A datagram that cannot be sent is lost, as datagrams are: the client asks again. */
    (void)!sendto(server->udp_fd, message, message_len, 0, (const struct sockaddr *)client,
                  sizeof *client);
}

static void on_late_due(struct timer *timer)
{
    struct late_answer *late = CONTAINER_OF(timer, struct late_answer, timer);
    send_datagram(late->server, late->message, late->message_len, &late->client);
    late_free(late);
}

static void send_late(struct dns_server *server, const uint8_t *message, size_t message_len,
                      const struct sockaddr_in *client, uint32_t delay_ms)
{
    struct late_answer *late = malloc(sizeof *late + message_len);
    if (late == NULL) {
        return;
    }
    *late = (struct late_answer){.timer.on_due = on_late_due,
                                 .server = server,
                                 .client = *client,
                                 .message_len = message_len};
    memcpy(late->message, message, message_len);
    LIST_INSERT_HEAD(&server->late, late, link);
    if (!timer_arm(server->loop, &late->timer, delay_ms)) {
        late_free(late);
    }
}

static void on_udp_ready(struct watcher *watcher, uint32_t events)
{
    struct dns_server *server = CONTAINER_OF(watcher, struct dns_server, udp_watcher);
    (void)events;
    for (unsigned i = 0; i < DATAGRAMS_PER_TURN; i++) {
        uint8_t message[DNS_QUESTION_MAX];
        uint8_t answer[DNS_ANSWER_MAX];
        struct sockaddr_in client;
        socklen_t client_len = sizeof client;
        ssize_t message_len = recvfrom(server->udp_fd, message, sizeof message, 0,
                                       (struct sockaddr *)&client, &client_len);
        if (message_len < 0) {
            return;
        }
        stats_add(&server->stats->total->dns_udp);
        uint32_t delay_ms;
        size_t answer_len =
            answer_message(server, message, (size_t)message_len, false, answer, &delay_ms);
        if (answer_len > 0 && delay_ms == 0) {
            send_datagram(server, answer, answer_len, &client);
        } else if (answer_len > 0) {
            send_late(server, answer, answer_len, &client, delay_ms);
        }
    }
}

static void connection_free(struct dns_connection *connection)
{
    timer_disarm(connection->server->loop, &connection->timer);
    LIST_REMOVE(connection, link);
    close(connection->fd);
    free(connection);
}

static void on_connection_idle(struct timer *timer)
{
    connection_free(CONTAINER_OF(timer, struct dns_connection, timer));
}

/* Answers the first whole message in the input; false if the connection has to end. */
static bool answer_first(struct dns_connection *connection, bool *out_answered)
{
    *out_answered = false;
    if (connection->input_len < TCP_PREFIX_LEN) {
        return true;
    }
    size_t message_len = (size_t)connection->input[0] << 8 | connection->input[1];
    if (message_len > DNS_QUESTION_MAX) {
        return false;
    }
    size_t whole_len = TCP_PREFIX_LEN + message_len;
    if (connection->input_len < whole_len) {
        return true;
    }
    uint8_t answer[TCP_PREFIX_LEN + DNS_ANSWER_MAX];
    uint32_t delay_ms;
    stats_add(&connection->server->stats->total->dns_tcp);
    size_t answer_len = answer_message(connection->server, connection->input + TCP_PREFIX_LEN,
                                       message_len, true, answer + TCP_PREFIX_LEN, &delay_ms);
    connection->input_len -= whole_len;
    memmove(connection->input, connection->input + whole_len, connection->input_len);
    *out_answered = true;
    if (answer_len == 0) {
        return true;
    }
    answer[0] = (uint8_t)(answer_len >> 8);
    answer[1] = (uint8_t)(answer_len & 255);
    /* An answer always fits into an idle socket's buffer; who lets it fill up is not served. */
    ssize_t sent = send(connection->fd, answer, TCP_PREFIX_LEN + answer_len, MSG_NOSIGNAL);
    return sent == (ssize_t)(TCP_PREFIX_LEN + answer_len);
}

static void on_connection_ready(struct watcher *watcher, uint32_t events)
{
    struct dns_connection *connection = CONTAINER_OF(watcher, struct dns_connection, watcher);
    (void)events;
    ssize_t num = recv(connection->fd, connection->input + connection->input_len,
                       sizeof connection->input - connection->input_len, 0);
    if (num < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (num <= 0) {
        connection_free(connection);
        return;
    }
    connection->input_len += (size_t)num;
    bool answered;
    do {
        if (!answer_first(connection, &answered)) {
            connection_free(connection);
            return;
        }
    } while (answered);
}

static void connection_open(struct dns_server *server, int fd)
{
    struct dns_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return;
    }
    connection->watcher.on_ready = on_connection_ready;
    connection->timer.on_due = on_connection_idle;
    connection->server = server;
    connection->fd = fd;
    LIST_INSERT_HEAD(&server->connections, connection, link);
    if (!timer_arm(server->loop, &connection->timer, TCP_IDLE_MS) ||
        !loop_watch(server->loop, fd, EPOLLIN, &connection->watcher)) {
        connection_free(connection);
    }
}

static void on_tcp_ready(struct watcher *watcher, uint32_t events)
{
    struct dns_server *server = CONTAINER_OF(watcher, struct dns_server, tcp_watcher);
    (void)events;
    int fd = accept4(server->tcp_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        connection_open(server, fd);
    }
}

struct dns_server *dns_server_new(struct loop *loop, const struct options *options,
                                  const struct stats *stats, int udp_fd, int tcp_fd)
{
    struct dns_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return NULL;
    }
    server->loop = loop;
    server->options = options;
    server->stats = stats;
    server->udp_fd = udp_fd;
    server->tcp_fd = tcp_fd;
    server->udp_watcher.on_ready = on_udp_ready;
    server->tcp_watcher.on_ready = on_tcp_ready;
    LIST_INIT(&server->late);
    LIST_INIT(&server->connections);
    if (!loop_watch(loop, udp_fd, EPOLLIN, &server->udp_watcher) ||
        !loop_watch(loop, tcp_fd, EPOLLIN, &server->tcp_watcher)) {
        free(server);
        return NULL;
    }
    return server;
}

void dns_server_free(struct dns_server *server)
{
    if (server == NULL) {
        return;
    }
    while (!LIST_EMPTY(&server->late)) {
        late_free(LIST_FIRST(&server->late));
    }
    while (!LIST_EMPTY(&server->connections)) {
        connection_free(LIST_FIRST(&server->connections));
    }
    free(server);
}
