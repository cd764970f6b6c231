/*
 * A connection sends what its socket does not take at once later, in clear and in TLS, and only
 * then ends its side: against a real server with small buffers that does not read until it is told
 * to.
 */
#include "io/net/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "tests/unit/certificate_maker.h"
#include "tests/unit/named.h"

#define SENT_MAX    65536
#define BUFFER_SIZE 4096

/* Reads so much, or until the client ends its side, once it is told to begin. */
struct reader {
    pthread_t thread;
    int listener;
    int begin[2]; /* a pipe */
    uint16_t port;
    SSL_CTX *context; /* NULL: in clear */
    uint8_t got[SENT_MAX + 1];
    size_t got_len, wanted;
    size_t junk_len;     /* to be thrown away first, below TLS */
    bool ended_in_order; /* by close_notify, or in clear by a FIN */
};

struct fixture {
    struct made leaf;
    struct ev_loop *loop;
    struct conn_shared shared;
    struct conn conn;
    struct reader reader;
    uint8_t sent[SENT_MAX];
    size_t first_len, more_len; /* of the bytes in `sent`, in two calls; 0: the buffer is filled */
    bool ends;                  /* its side, right after sending */
    enum conn_event last;
};

static void read_all(struct reader *reader, SSL *ssl, int fd)
{
    ssize_t len;
    do {
        uint8_t *to = reader->got + reader->got_len;
        size_t room = reader->wanted - reader->got_len;
        len = ssl != NULL ? SSL_read(ssl, to, (int)room) : recv(fd, to, room, 0);
        reader->got_len += len > 0 ? (size_t)len : 0;
    } while (len > 0 && reader->got_len < reader->wanted);
    reader->ended_in_order =
        ssl != NULL ? SSL_get_error(ssl, (int)len) == SSL_ERROR_ZERO_RETURN : len == 0;
}

static void await_begin(const struct reader *reader)
{
    char byte;
    MAKER_MUST(read(reader->begin[0], &byte, 1) >= 0);
}

static void throw_away(struct reader *reader, int fd)
{
    char byte;
    while (reader->junk_len > 0 && recv(fd, &byte, 1, 0) == 1) {
        reader->junk_len--;
    }
}

static void *reader_main(void *argument)
{
    struct reader *reader = argument;
    int fd = accept(reader->listener, NULL, NULL);
    if (fd < 0) {
        return NULL; /* the client has gone already */
    }
    SSL *ssl = reader->context != NULL ? SSL_new(reader->context) : NULL;
    if (ssl == NULL) {
        await_begin(reader);
        read_all(reader, NULL, fd);
    } else if (SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1) {
        await_begin(reader);
        throw_away(reader, fd);
        read_all(reader, ssl, fd);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    close(fd);
    return NULL;
}

static int listen_on_loopback(uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MAKER_MUST(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
               listen(fd, 4) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static void reader_start(struct fixture *fixture, bool in_tls)
{
    struct reader *reader = &fixture->reader;
    const int size = BUFFER_SIZE;
    memset(reader, 0, sizeof(*reader));
    reader->listener = listen_on_loopback(&reader->port);
    reader->wanted = fixture->first_len + fixture->more_len + (fixture->ends ? 1 : 0);
    MAKER_MUST(pipe(reader->begin) == 0);
    /* Connections that are accepted inherit it. */
    MAKER_MUST(setsockopt(reader->listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == 0);
    if (in_tls) {
        reader->context = SSL_CTX_new(TLS_method());
        MAKER_MUST(reader->context != NULL &&
                   SSL_CTX_use_certificate(reader->context, fixture->leaf.x509) == 1 &&
                   SSL_CTX_use_PrivateKey(reader->context, fixture->leaf.key) == 1);
    }
    MAKER_MUST(pthread_create(&reader->thread, NULL, reader_main, reader) == 0);
}

static void reader_stop(struct reader *reader)
{
    close(reader->begin[1]);
    shutdown(reader->listener, SHUT_RDWR);
    pthread_join(reader->thread, NULL);
    close(reader->listener);
    close(reader->begin[0]);
    SSL_CTX_free(reader->context);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    signal(SIGPIPE, SIG_IGN);
    fixture->leaf = make(&(struct recipe){.cn = "Leaf"});
    fixture->loop = loop_new();
    fixture->shared.loop = fixture->loop;
    fixture->shared.tls_client = tls_client_new();
    for (size_t i = 0; i < SENT_MAX; i++) {
        fixture->sent[i] = (uint8_t)(i * 7 + i / 251);
    }
    *state = fixture;
    return fixture->loop == NULL || fixture->shared.tls_client == NULL;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    made_free(&fixture->leaf);
    tls_client_free(fixture->shared.tls_client);
    loop_free(fixture->loop);
    free(fixture);
    return 0;
}

/* ---- The client ---- */

static void fill(struct fixture *fixture)
{
    while (send(fixture->conn.fd, "#", 1, MSG_NOSIGNAL) == 1) {
        fixture->reader.junk_len++;
    }
}

static void send_all(struct fixture *fixture)
{
    struct conn *conn = &fixture->conn;
    if (fixture->first_len == 0) {
        fill(fixture);
    } else {
        assert_true(conn_send(conn, fixture->sent, fixture->first_len));
        assert_true(conn->unsent_len > 0); /* else this tests nothing */
        assert_true(conn_send(conn, fixture->sent + fixture->first_len, fixture->more_len));
    }
    if (fixture->ends) {
        conn_shutdown(conn);
    }
    assert_int_equal(write(fixture->reader.begin[1], "!", 1), 1);
}

static void on_event(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    struct fixture *fixture = (struct fixture *)((char *)conn - offsetof(struct fixture, conn));
    (void)bytes;
    (void)len;
    fixture->last = event;
    if (event == CONN_CONNECTED && fixture->reader.context != NULL) {
        assert_true(conn_start_tls(conn, &(struct tls_offer){.sni = named("mx.example.org")}));
    } else if (event == CONN_CONNECTED || event == CONN_TLS_READY) {
        send_all(fixture);
    } else {
        ev_break(fixture->loop, EVBREAK_ALL);
    }
}

static void start(struct fixture *fixture, bool in_tls)
{
    const struct address loopback = {4, {127, 0, 0, 1}};
    const int size = BUFFER_SIZE;
    reader_start(fixture, in_tls);
    assert_int_equal(
        conn_open(&fixture->conn, &fixture->shared, on_event, &loopback, fixture->reader.port),
        CONN_OPEN_STARTED);
    setsockopt(fixture->conn.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void stop(struct fixture *fixture)
{
    conn_close(&fixture->conn);
    reader_stop(&fixture->reader);
}

/* The bytes arrive whole and in order. */
static void check_sent(struct fixture *fixture, size_t len, bool in_tls, bool ends)
{
    fixture->first_len = len;
    fixture->more_len = len > 0 ? 1000 : 0;
    fixture->ends = ends;
    start(fixture, in_tls);
    ev_run(fixture->loop, 0);
    stop(fixture);
    len = fixture->first_len + fixture->more_len;
    assert_string_equal(conn_event_name(fixture->last), conn_event_name(CONN_CLOSED));
    assert_int_equal(fixture->reader.got_len, len);
    assert_memory_equal(fixture->reader.got, fixture->sent, len);
    assert_int_equal(fixture->reader.ended_in_order, ends);
}

static void bytes_that_do_not_fit_are_sent_later(void **state)
{
    check_sent(*state, 60000, false, false);
}

/* BoringSSL wants to see again what it could not write, and here that has moved. */
static void bytes_that_do_not_fit_are_sent_later_in_tls(void **state)
{
    check_sent(*state, 60000, true, false);
}

static void the_end_comes_behind_bytes_that_do_not_fit(void **state)
{
    check_sent(*state, 60000, false, true);
}

static void the_end_comes_behind_bytes_that_do_not_fit_in_tls(void **state)
{
    check_sent(*state, 60000, true, true);
}

static void a_close_notify_that_does_not_fit_is_sent_later(void **state)
{
    check_sent(*state, 0, true, true);
}

static void more_than_a_connection_keeps_is_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture->first_len = 60000;
    fixture->more_len = 0;
    fixture->ends = false;
    start(fixture, false);
    while (fixture->conn.unsent_len == 0) {
        ev_run(fixture->loop, EVRUN_ONCE);
    }
    assert_false(conn_send(&fixture->conn, fixture->sent, SENT_MAX));
    stop(fixture);
}

/* ---- Who sends without end ---- */

struct flooder {
    pthread_t thread;
    int listener;
    uint16_t port;
};

struct flooded {
    struct conn conn; /* first */
    struct ev_loop *loop;
    unsigned round; /* of the loop, in which something came last */
    size_t in_round, most_in_round, total;
    enum conn_event last;
};

static void *flood(void *argument)
{
    const struct flooder *flooder = argument;
    static const char bytes[4 * CONN_INPUT_SIZE];
    int fd = accept(flooder->listener, NULL, NULL);
    while (fd >= 0 && send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0) {}
    close(fd);
    return NULL;
}

static void on_flood(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    struct flooded *flooded = (struct flooded *)conn;
    unsigned round = ev_iteration(flooded->loop);
    (void)bytes;
    flooded->in_round = round == flooded->round ? flooded->in_round + len : len;
    flooded->round = round;
    flooded->total += len;
    if (flooded->in_round > flooded->most_in_round) {
        flooded->most_in_round = flooded->in_round;
    }
    flooded->last = event;
    if (event != CONN_CONNECTED && event != CONN_DATA) {
        conn_close(conn);
        ev_break(flooded->loop, EVBREAK_ALL);
    }
}

static void a_flood_is_taken_by_turns_and_ended(void **state)
{
    struct fixture *fixture = *state;
    const struct address loopback = {4, {127, 0, 0, 1}};
    struct flooder flooder = {.listener = -1};
    struct flooded flooded = {.loop = fixture->loop};
    flooder.listener = listen_on_loopback(&flooder.port);
    MAKER_MUST(pthread_create(&flooder.thread, NULL, flood, &flooder) == 0);
    assert_int_equal(conn_open(&flooded.conn, &fixture->shared, on_flood, &loopback, flooder.port),
                     CONN_OPEN_STARTED);
    ev_run(fixture->loop, 0);
    pthread_join(flooder.thread, NULL);
    close(flooder.listener);
    assert_string_equal(conn_event_name(flooded.last), conn_event_name(CONN_ERROR));
    assert_int_equal(flooded.conn.error, EMSGSIZE);
    assert_in_range(flooded.most_in_round, 1, CONN_INPUT_SIZE);
    assert_in_range(flooded.total, CONN_INPUT_MAX - CONN_INPUT_SIZE, CONN_INPUT_MAX);
}

/* ---- Where it comes from ---- */

/* Whom the listener sees: the last byte of the address, or 0 where nobody came. */
static unsigned last_byte_of_client(int listener)
{
    struct sockaddr_in client = {.sin_port = 0};
    socklen_t len = sizeof(client);
    int fd = accept(listener, (struct sockaddr *)&client, &len);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0 ? ntohl(client.sin_addr.s_addr) & 0xff : 0;
}

static void on_any_event(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    (void)event;
    (void)bytes;
    (void)len;
    ev_break(conn->shared->loop, EVBREAK_ALL);
}

static void a_connection_comes_from_the_source_of_its_peer(void **state)
{
    struct fixture *fixture = *state;
    const struct address loopback = {4, {127, 0, 0, 1}};
    const char *const texts[] = {"127.0.1.77"};
    char error[128] = "";
    struct source_addresses *sources = source_addresses_new(texts, 1, error, sizeof(error));
    uint16_t port;
    int listener = listen_on_loopback(&port);
    struct conn conn;
    assert_non_null(sources);
    fixture->shared.sources = sources;
    assert_int_equal(conn_open(&conn, &fixture->shared, on_any_event, &loopback, port),
                     CONN_OPEN_STARTED);
    ev_run(fixture->loop, 0);
    assert_false(conn.connecting);
    assert_int_equal(last_byte_of_client(listener), 77);
    conn_close(&conn);
    fixture->shared.sources = NULL;
    source_addresses_free(sources);
    close(listener);
}

/* It may come back, as one that moves between two machines does. The peer is not to blame. */
static void a_source_that_is_gone_is_tried_again_later(void **state)
{
    struct fixture *fixture = *state;
    const struct address loopback = {4, {127, 0, 0, 1}};
    const char *const texts[] = {"192.0.2.77"};
    char error[128] = "";
    struct source_addresses *sources = source_addresses_new(texts, 1, error, sizeof(error));
    struct conn conn;
    assert_non_null(sources);
    fixture->shared.sources = sources;
    assert_int_equal(conn_open(&conn, &fixture->shared, on_any_event, &loopback, 25),
                     CONN_OPEN_NO_PORT);
    assert_int_equal(conn.error, EADDRNOTAVAIL);
    fixture->shared.sources = NULL;
    source_addresses_free(sources);
}

/* ---- Through a proxy ---- */

struct proxied {
    struct conn conn; /* first */
    unsigned num_connected;
    enum conn_event last;
    char got[64];
    size_t got_len;
};

static void on_proxied(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    struct proxied *proxied = (struct proxied *)conn;
    proxied->last = event;
    proxied->num_connected += event == CONN_CONNECTED;
    if (event == CONN_DATA) {
        assert_int_equal(proxied->num_connected, 1);
        assert_true(proxied->got_len + len < sizeof(proxied->got));
        memcpy(proxied->got + proxied->got_len, bytes, len);
        proxied->got_len += len;
    }
    if (event != CONN_CONNECTED) {
        ev_break(conn->shared->loop, EVBREAK_ALL);
    }
}

/* Calls a server by way of a proxy that says this, all at once, and then ends its side. */
static void call_through(struct fixture *fixture, struct proxied *proxied, const char *reply)
{
    const struct address server = {4, {203, 0, 113, 25}};
    struct proxy proxy = {.kind = PROXY_HTTP, .address = {4, {127, 0, 0, 1}}};
    char request[512];
    int listener = listen_on_loopback(&proxy.port);
    *proxied = (struct proxied){.last = CONN_CONNECTED};
    fixture->shared.proxy = &proxy;
    assert_int_equal(conn_open(&proxied->conn, &fixture->shared, on_proxied, &server, 25),
                     CONN_OPEN_STARTED);
    ev_run(fixture->loop, EVRUN_ONCE);
    int fd = accept(listener, NULL, NULL);
    ssize_t len = recv(fd, request, sizeof(request), 0);
    assert_true(len > 28 && memcmp(request, "CONNECT 203.0.113.25:25 HTTP", 28) == 0);
    assert_int_equal(send(fd, reply, strlen(reply), MSG_NOSIGNAL), strlen(reply));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    ev_run(fixture->loop, 0);
    fixture->shared.proxy = NULL;
    close(fd);
    close(listener);
}

/* What the server has said meanwhile comes behind the proxy's own words, in the same packet. */
static void a_greeting_behind_the_words_of_a_proxy_is_the_servers(void **state)
{
    struct proxied proxied;
    call_through(*state, &proxied, "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n220 mx.example.org\r\n");
    assert_int_equal(proxied.num_connected, 1);
    assert_int_equal(proxied.last, CONN_DATA);
    assert_string_equal(proxied.got, "220 mx.example.org\r\n");
    assert_int_equal(proxied.conn.fault.trouble, PROXY_FINE);
    conn_close(&proxied.conn);
}

static void a_proxy_at_fault_is_told_from_the_server(void **state)
{
    static const struct {
        const char *reply;
        enum proxy_trouble trouble;
        int error;
    } cases[] = {
        {"HTTP/1.1 502 Bad Gateway\r\n\r\n", PROXY_SAYS_HTTP, ECONNABORTED},
        {"HTTP/1.1 504 Gateway Timeout\r\n\r\n", PROXY_FINE, ETIMEDOUT},
        {"HTTP/1.1 200", PROXY_CLOSED, ECONNABORTED},
        {"", PROXY_CLOSED, ECONNABORTED},
        {"220 mx.example.org ESMTP\r\n", PROXY_MALFORMED, ECONNABORTED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct proxied proxied;
        call_through(*state, &proxied, cases[i].reply);
        assert_int_equal(proxied.num_connected, 0);
        assert_int_equal(proxied.last, CONN_ERROR);
        assert_true(proxied.conn.connecting);
        assert_int_equal(proxied.conn.fault.trouble, cases[i].trouble);
        assert_int_equal(proxied.conn.error, cases[i].error);
        conn_close(&proxied.conn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_do_not_fit_are_sent_later),
        cmocka_unit_test(bytes_that_do_not_fit_are_sent_later_in_tls),
        cmocka_unit_test(the_end_comes_behind_bytes_that_do_not_fit),
        cmocka_unit_test(the_end_comes_behind_bytes_that_do_not_fit_in_tls),
        cmocka_unit_test(a_close_notify_that_does_not_fit_is_sent_later),
        cmocka_unit_test(more_than_a_connection_keeps_is_refused),
        cmocka_unit_test(a_flood_is_taken_by_turns_and_ended),
        cmocka_unit_test(a_connection_comes_from_the_source_of_its_peer),
        cmocka_unit_test(a_source_that_is_gone_is_tried_again_later),
        cmocka_unit_test(a_greeting_behind_the_words_of_a_proxy_is_the_servers),
        cmocka_unit_test(a_proxy_at_fault_is_told_from_the_server),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
