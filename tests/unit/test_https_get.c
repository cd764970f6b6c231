/*
 * The HTTPS fetcher against scripted servers: each ending is told apart, the request is what it
 * should be, nobody who drips gains time, and giving up early leaks nothing.
 */
#include "io/net/https_get.h"

#include <ares.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "tests/unit/dns_build.h"
#include "tests/unit/named.h"
#include "tests/unit/tls_server.h"

#define HOST     "mta-sts.example.org"
#define PATH     "/.well-known/mta-sts.txt"
#define PATIENCE 20. /* of a test, seconds */
#define SHORT    0.4 /* a deadline that is meant to pass */

#define OK_HEAD  "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
#define BODY     "version: STSv1\nmode: none\nmax_age: 86400\n"
#define BODY_LEN "41"

struct fixture {
    struct made leaf;
    struct ev_loop *loop;
    struct conn_shared shared;
    struct tls_server server;
    bool rejects;    /* the certificates */
    bool keeps_away; /* from every address */
    unsigned judged;
    size_t num_certificates;
    /* what came out */
    unsigned calls;
    struct https_response response; /* its texts below */
    char content_type[256];
    char location[256];
    char body[HTTPS_BODY_MAX + 1];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    signal(SIGPIPE, SIG_IGN);
    fixture->leaf = make(&(struct recipe){.cn = "Leaf"});
    fixture->loop = loop_new();
    fixture->shared.loop = fixture->loop;
    fixture->shared.tls_client = tls_client_new();
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

static void reset(struct fixture *fixture)
{
    fixture->rejects = fixture->keeps_away = false;
    fixture->judged = fixture->calls = 0;
    memset(&fixture->response, 0, sizeof(fixture->response));
}

/* ---- The caller ---- */

static bool accepts(void *user, const struct tls_observed *observed)
{
    struct fixture *fixture = user;
    fixture->judged++;
    fixture->num_certificates = observed->num_certificates;
    return !fixture->rejects;
}

static bool may_contact(void *user, const struct address *address)
{
    const struct fixture *fixture = user;
    /* Whatever the code under test does: nothing leaves this machine. */
    return !fixture->keeps_away && (address->family == 6 || address->bytes[0] == 127);
}

static void done(void *user, const struct https_response *response)
{
    struct fixture *fixture = user;
    fixture->calls++;
    fixture->response = *response;
    snprintf(fixture->content_type, sizeof(fixture->content_type), "%s", response->content_type);
    snprintf(fixture->location, sizeof(fixture->location), "%s", response->location);
    assert_true(response->body_len <= HTTPS_BODY_MAX);
    if (response->body_len > 0) {
        memcpy(fixture->body, response->body, response->body_len);
    }
    fixture->body[response->body_len] = '\0';
    ev_break(fixture->loop, EVBREAK_ALL);
}

static void on_patience(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void run_for(struct fixture *fixture, double seconds)
{
    ev_timer patience;
    ev_timer_init(&patience, on_patience, seconds, 0.);
    ev_now_update(fixture->loop);
    ev_timer_start(fixture->loop, &patience);
    ev_run(fixture->loop, 0);
    ev_timer_stop(fixture->loop, &patience);
}

static struct https_request request_of(struct fixture *fixture)
{
    static const struct address loopback = {4, {127, 0, 0, 1}};
    return (struct https_request){.shared = &fixture->shared,
                                  .addresses = &loopback,
                                  .num_addresses = 1,
                                  .host = named(HOST),
                                  .path = PATH,
                                  .port = fixture->server.port,
                                  .seconds = PATIENCE - 5,
                                  .may_contact = may_contact,
                                  .accepts = accepts,
                                  .done = done,
                                  .user = fixture};
}

static void start_server(struct fixture *fixture, const struct tls_server_script *script)
{
    const struct made *chain[] = {&fixture->leaf};
    tls_server_start(&fixture->server, chain, 1, script);
}

static void get(struct fixture *fixture, const struct https_request *request)
{
    ev_now_update(fixture->loop);
    assert_non_null(https_get_start(request));
    assert_int_equal(fixture->calls, 0);
    run_for(fixture, PATIENCE);
    assert_int_equal(fixture->calls, 1);
}

static void assert_outcome(const struct fixture *fixture, enum https_outcome expected)
{
    assert_string_equal(https_outcome_name(fixture->response.outcome),
                        https_outcome_name(expected));
}

static void play(struct fixture *fixture, const struct tls_server_script *script, double seconds)
{
    start_server(fixture, script);
    struct https_request request = request_of(fixture);
    request.seconds = seconds > 0. ? seconds : request.seconds;
    get(fixture, &request);
    tls_server_fini(&fixture->server);
}

/* ---- One server each ---- */

static void a_policy_is_fetched_whole(void **state)
{
    struct fixture *fixture = *state;
    play(fixture,
         &(struct tls_server_script){.reply = OK_HEAD "Content-Length: " BODY_LEN "\r\n\r\n" BODY},
         0.);
    assert_outcome(fixture, HTTPS_OK);
    assert_int_equal(fixture->response.status, 200);
    assert_string_equal(fixture->content_type, "text/plain; charset=utf-8");
    assert_string_equal(fixture->body, BODY);
    assert_int_equal(fixture->response.address.bytes[0], 127);
    assert_int_equal(fixture->judged, 1);
    assert_int_equal(fixture->num_certificates, 1);
}

static void the_request_names_the_host_and_the_path(void **state)
{
    struct fixture *fixture = *state;
    play(fixture, &(struct tls_server_script){.reply = "HTTP/1.1 404 No\r\n\r\n"}, 0.);
    const char *request = fixture->server.request;
    assert_string_equal(fixture->server.sni, HOST);
    assert_ptr_equal(strstr(request, "GET " PATH " HTTP/1.1\r\n"), request);
    assert_non_null(strstr(request, "\r\nHost: " HOST "\r\n"));
    assert_non_null(strstr(request, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n"));
}

static void every_ending_is_told_apart(void **state)
{
    struct fixture *fixture = *state;
    static char huge[2 * HTTPS_BODY_MAX];
    memset(huge, 'x', sizeof(huge) - 1);
    memcpy(huge, OK_HEAD "\r\n", strlen(OK_HEAD "\r\n"));
    const struct {
        const char *name;
        struct tls_server_script script;
        double seconds;
        enum https_outcome expected;
        unsigned status;
        const char *body;
        const char *location;
    } cases[] = {
        {"a byte a record",
         {.reply = OK_HEAD "Content-Length: " BODY_LEN "\r\n\r\n" BODY, .piece = 1},
         0.,
         HTTPS_OK,
         200,
         BODY,
         NULL},
        {"chunks, cut anywhere",
         {.reply = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
                           "10\r\nversion: STSv1\nm\r\n5;x=y\r\node: \r\n5\r\nnone\n\r\n"
                           "f\r\nmax_age: 86400\n\r\n0\r\nTrailer: x\r\n\r\n",
          .piece = 3},
         0.,
         HTTPS_OK,
         200,
         BODY,
         NULL},
        {"a body up to a close_notify",
         {.reply = OK_HEAD "\r\n" BODY},
         0.,
         HTTPS_OK,
         200,
         BODY,
         NULL},
        {"a body up to nowhere",
         {.reply = OK_HEAD "\r\n" BODY, .end = TLS_SERVER_CUT},
         0.,
         HTTPS_CLOSED,
         200,
         "",
         NULL},
        {"a length, and the connection kept open",
         {.reply = OK_HEAD "Content-Length: " BODY_LEN "\r\n\r\n" BODY, .end = TLS_SERVER_HANG},
         0.,
         HTTPS_OK,
         200,
         BODY,
         NULL},
        {"HTTP/1.0", {.reply = "HTTP/1.0 200 OK\r\n\r\n" BODY}, 0., HTTPS_OK, 200, BODY, NULL},
        {"another content type",
         {.reply = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"},
         0.,
         HTTPS_OK,
         200,
         "",
         NULL},
        {"100 Continue first",
         {.reply = "HTTP/1.1 100 Continue\r\nContent-Type: x/y\r\n\r\n" OK_HEAD
                   "Content-Length: " BODY_LEN "\r\n\r\n" BODY},
         0.,
         HTTPS_OK,
         200,
         BODY,
         NULL},
        {"less than the length promised",
         {.reply = OK_HEAD "Content-Length: 100\r\n\r\n" BODY},
         0.,
         HTTPS_CLOSED,
         200,
         "",
         NULL},
        {"chunks without an end",
         {.reply = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"},
         0.,
         HTTPS_CLOSED,
         200,
         "",
         NULL},
        {"headers without an end", {.reply = OK_HEAD}, 0., HTTPS_CLOSED, 0, "", NULL},
        {"nothing at all", {.reply = ""}, 0., HTTPS_CLOSED, 0, "", NULL},
        {"a redirect",
         {.reply = "HTTP/1.1 301 Moved\r\nLocation: https://example.net/x\r\n"
                   "Content-Length: 5\r\n\r\nhello",
          .end = TLS_SERVER_HANG},
         0.,
         HTTPS_REDIRECT,
         301,
         "",
         "https://example.net/x"},
        {"not found", {.reply = "HTTP/1.1 404 Not Found\r\n\r\n"}, 0., HTTPS_STATUS, 404, "", NULL},
        {"no content",
         {.reply = "HTTP/1.1 204 No Content\r\n\r\n"},
         0.,
         HTTPS_STATUS,
         204,
         "",
         NULL},
        {"a broken server",
         {.reply = "HTTP/1.1 503 Later\r\nContent-Length: 9\r\n\r\n"},
         0.,
         HTTPS_STATUS,
         503,
         "",
         NULL},
        {"a length beyond the limit",
         {.reply = OK_HEAD "Content-Length: 65537\r\n\r\nx", .end = TLS_SERVER_HANG},
         0.,
         HTTPS_TOO_BIG,
         200,
         "",
         NULL},
        {"a body beyond the limit", {.reply = huge}, 0., HTTPS_TOO_BIG, 200, "", NULL},
        {"chunks that never end",
         {.reply = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n1\r\nx\r\n",
          .end = TLS_SERVER_HANG},
         SHORT,
         HTTPS_TIMEOUT,
         200,
         "",
         NULL},
        {"no HTTP", {.reply = "220 mx.example.org ESMTP\r\n"}, 0., HTTPS_MALFORMED, 0, "", NULL},
        {"HTTP of another age",
         {.reply = "HTTP/2.0 200 OK\r\n\r\n"},
         0.,
         HTTPS_MALFORMED,
         0,
         "",
         NULL},
        {"two lengths",
         {.reply = OK_HEAD "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"},
         0.,
         HTTPS_MALFORMED,
         0,
         "",
         NULL},
        {"text in place of TLS",
         {.instead = "HTTP/1.1 400 Bad Request\r\n\r\n"},
         0.,
         HTTPS_TLS,
         0,
         "",
         NULL},
        {"silence in place of TLS", {.instead = ""}, SHORT, HTTPS_TIMEOUT, 0, "", NULL},
        {"silence in place of a reply",
         {.reply = "H", .end = TLS_SERVER_HANG},
         SHORT,
         HTTPS_TIMEOUT,
         0,
         "",
         NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("  %s\n", cases[i].name);
        reset(fixture);
        play(fixture, &cases[i].script, cases[i].seconds);
        assert_outcome(fixture, cases[i].expected);
        assert_int_equal(fixture->response.status, cases[i].status);
        assert_string_equal(fixture->body, cases[i].body);
        assert_string_equal(fixture->location, cases[i].location != NULL ? cases[i].location : "");
    }
}

static void endless_headers_are_too_big(void **state)
{
    struct fixture *fixture = *state;
    play(fixture,
         &(struct tls_server_script){.reply = "HTTP/1.1 100 Continue\r\nX: "
                                              "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n\r\n",
                                     .is_endless = true},
         0.);
    assert_outcome(fixture, HTTPS_TOO_BIG);
    assert_int_equal(fixture->response.status, 0);
}

static void a_server_that_drips_gains_no_time(void **state)
{
    struct fixture *fixture = *state;
    play(fixture,
         &(struct tls_server_script){
             .reply = OK_HEAD
             "Content-Length: 60000\r\n\r\n" BODY BODY BODY BODY BODY BODY BODY BODY BODY BODY BODY,
             .piece = 1,
             .pause_us = 20000,
             .is_endless = true},
         SHORT);
    assert_outcome(fixture, HTTPS_TIMEOUT);
    assert_true(fixture->response.seconds >= SHORT * 0.9);
    assert_true(fixture->response.seconds < SHORT * 10);
}

static void rejected_certificates_end_it_before_the_request(void **state)
{
    struct fixture *fixture = *state;
    fixture->rejects = true;
    play(fixture, &(struct tls_server_script){.reply = OK_HEAD "\r\n" BODY}, 0.);
    assert_outcome(fixture, HTTPS_CERTIFICATE);
    assert_int_equal(fixture->judged, 1);
    assert_string_equal(fixture->server.request, "");
    assert_int_equal(fixture->response.status, 0);
}

/* ---- Addresses ---- */

static uint16_t closed_port(void)
{
    uint16_t port;
    close(tls_server_listener(&port));
    return port;
}

static void nobody_listening_is_a_failed_connection(void **state)
{
    struct fixture *fixture = *state;
    struct https_request request = request_of(fixture);
    request.port = closed_port();
    get(fixture, &request);
    assert_outcome(fixture, HTTPS_CONNECT);
    assert_int_equal(fixture->response.error, ECONNREFUSED);
}

static void the_next_address_is_tried(void **state)
{
    struct fixture *fixture = *state;
    const struct address addresses[] = {
        {4, {127, 0, 0, 99}}, {4, {198, 51, 100, 7}}, {4, {127, 0, 0, 1}}};
    start_server(fixture, &(struct tls_server_script){.reply = OK_HEAD "\r\n" BODY});
    struct https_request request = request_of(fixture);
    request.addresses = addresses;
    request.num_addresses = 3;
    get(fixture, &request);
    tls_server_fini(&fixture->server);
    assert_outcome(fixture, HTTPS_OK);
    assert_int_equal(fixture->response.address.bytes[3], 1);
}

static void an_address_that_may_not_be_contacted_is_not(void **state)
{
    struct fixture *fixture = *state;
    fixture->keeps_away = true;
    start_server(fixture, &(struct tls_server_script){.reply = OK_HEAD "\r\n" BODY});
    struct https_request request = request_of(fixture);
    get(fixture, &request);
    tls_server_fini(&fixture->server);
    assert_outcome(fixture, HTTPS_NOT_ALLOWED);
    assert_int_equal(fixture->response.address.family, 0);
    assert_false(fixture->server.handshake_done);
}

static void no_address_is_a_matter_of_the_dns(void **state)
{
    struct fixture *fixture = *state;
    struct https_request request = request_of(fixture);
    request.num_addresses = 0;
    get(fixture, &request);
    assert_outcome(fixture, HTTPS_DNS);
}

/* ---- With a name server: one that answers A with 127.0.0.1, or as told ---- */

struct name_server {
    ev_io io;
    unsigned rcode;
    bool is_silent;
    uint16_t port;
};

static void on_question(struct ev_loop *loop, ev_io *io, int events)
{
    struct name_server *server = (struct name_server *)io;
    struct dns_build build;
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof(peer);
    uint8_t query[512];
    (void)loop;
    (void)events;
    ssize_t len = recvfrom(io->fd, query, sizeof(query), 0, (struct sockaddr *)&peer, &peer_len);
    if (server->is_silent || len < 20) {
        return;
    }
    /* Behind the header: the name, as labels; then the type. */
    size_t at = 12;
    while (query[at] != 0) {
        at += 1u + query[at];
    }
    unsigned type = query[at + 2];
    build_start(&build, (unsigned)query[0] << 8 | query[1], DNS_BUILD_REPLY | server->rcode, HOST,
                type);
    if (server->rcode == 0 && type == DNS_A) {
        build_a(&build, HOST, 60, 0x7f000001);
    }
    sendto(io->fd, build.bytes, build.len, 0, (struct sockaddr *)&peer, peer_len);
}

static struct dns *start_dns(struct fixture *fixture, struct name_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    char servers[64];
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    ev_io_init(&server->io, on_question, fd, EV_READ);
    ev_io_start(fixture->loop, &server->io);
    snprintf(servers, sizeof(servers), "127.0.0.1:%u", ntohs(address.sin_port));
    struct dns *dns =
        dns_new(fixture->loop, &(struct dns_options){.servers = servers, .timeout_ms = 5000});
    assert_non_null(dns);
    return dns;
}

static void stop_dns(struct fixture *fixture, struct name_server *server, struct dns *dns)
{
    dns_free(dns);
    ev_io_stop(fixture->loop, &server->io);
    close(server->io.fd);
}

static void the_host_is_looked_up(void **state)
{
    struct fixture *fixture = *state;
    struct name_server server = {.rcode = 0};
    struct dns *dns = start_dns(fixture, &server);
    start_server(fixture, &(struct tls_server_script){.reply = OK_HEAD "\r\n" BODY});
    struct https_request request = request_of(fixture);
    request.dns = dns;
    get(fixture, &request);
    tls_server_fini(&fixture->server);
    stop_dns(fixture, &server, dns);
    assert_outcome(fixture, HTTPS_OK);
    assert_string_equal(fixture->body, BODY);
}

static void a_failed_look_up_says_how(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        unsigned rcode;
        bool without_ipv4;
        enum dns_outcome expected;
    } cases[] = {{3, false, DNS_NXDOMAIN}, {2, false, DNS_SERVFAIL}, {0, true, DNS_NODATA}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct name_server server = {.rcode = cases[i].rcode};
        struct dns *dns = start_dns(fixture, &server);
        struct https_request request = request_of(fixture);
        reset(fixture);
        request.dns = dns;
        request.without_ipv4 = cases[i].without_ipv4;
        get(fixture, &request);
        stop_dns(fixture, &server, dns);
        assert_outcome(fixture, HTTPS_DNS);
        assert_string_equal(dns_outcome_name(fixture->response.dns),
                            dns_outcome_name(cases[i].expected));
    }
}

static void the_deadline_holds_for_the_look_up_too(void **state)
{
    struct fixture *fixture = *state;
    struct name_server server = {.is_silent = true};
    struct dns *dns = start_dns(fixture, &server);
    struct https_request request = request_of(fixture);
    request.dns = dns;
    request.seconds = SHORT;
    get(fixture, &request);
    assert_outcome(fixture, HTTPS_TIMEOUT);
    stop_dns(fixture, &server, dns); /* answers its questions, to nobody */
    assert_int_equal(fixture->calls, 1);
}

static void a_name_server_that_goes_is_no_fault_of_the_host(void **state)
{
    struct fixture *fixture = *state;
    struct name_server server = {.is_silent = true};
    struct dns *dns = start_dns(fixture, &server);
    struct https_request request = request_of(fixture);
    request.dns = dns;
    assert_non_null(https_get_start(&request));
    run_for(fixture, 0.05);
    stop_dns(fixture, &server, dns);
    run_for(fixture, PATIENCE);
    assert_int_equal(fixture->calls, 1);
    assert_outcome(fixture, HTTPS_LOCAL);
}

/* ---- Giving up ---- */

static void a_cancelled_look_up_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct name_server server = {.is_silent = true};
    struct dns *dns = start_dns(fixture, &server);
    struct https_request request = request_of(fixture);
    request.dns = dns;
    struct https_get *fetch = https_get_start(&request);
    run_for(fixture, 0.05);
    https_get_cancel(fetch);
    stop_dns(fixture, &server, dns);
    assert_int_equal(fixture->calls, 0);
}

static void cancelling_closes_the_connection(void **state)
{
    struct fixture *fixture = *state;
    const struct tls_server_script scripts[] = {
        {.instead = ""}, {.reply = OK_HEAD "\r\n" BODY, .end = TLS_SERVER_HANG}};
    for (size_t i = 0; i < 2; i++) {
        start_server(fixture, &scripts[i]);
        struct https_request request = request_of(fixture);
        struct https_get *fetch = https_get_start(&request);
        run_for(fixture, i == 0 ? 0. : 0.2); /* at once, or in the midst of the body */
        https_get_cancel(fetch);
        tls_server_fini(&fixture->server); /* returns once the client is gone */
        assert_int_equal(fixture->calls, 0);
    }
    https_get_cancel(NULL);
}

static void what_cannot_be_in_a_request_is_not_sent(void **state)
{
    struct fixture *fixture = *state;
    static const char *const paths[] = {"no-slash", "", "/a b", "/a\r\nX: y", "/\xc3\xa4", "/\x7f"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct https_request request = request_of(fixture);
        request.path = paths[i];
        assert_null(https_get_start(&request));
    }
    assert_int_equal(fixture->calls, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_policy_is_fetched_whole),
        T(the_request_names_the_host_and_the_path),
        T(every_ending_is_told_apart),
        T(endless_headers_are_too_big),
        T(a_server_that_drips_gains_no_time),
        T(rejected_certificates_end_it_before_the_request),
        T(nobody_listening_is_a_failed_connection),
        T(the_next_address_is_tried),
        T(an_address_that_may_not_be_contacted_is_not),
        T(no_address_is_a_matter_of_the_dns),
        T(the_host_is_looked_up),
        T(a_failed_look_up_says_how),
        T(the_deadline_holds_for_the_look_up_too),
        T(a_name_server_that_goes_is_no_fault_of_the_host),
        T(a_cancelled_look_up_says_nothing),
        T(cancelling_closes_the_connection),
        T(what_cannot_be_in_a_request_is_not_sent),
    };
    ares_library_init(ARES_LIB_INIT_ALL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ares_library_cleanup();
    return failed;
}
