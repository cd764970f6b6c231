/*
 * The HTTPS fetcher against scripted servers, in simulated time: each ending is told apart, the
 * request is what it should be, nobody who drips gains time, and giving up early leaks nothing.
 */
#include "io/net/https_get.h"

#include <ares.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

#include "io/base/library_memory.h"
#include "io/base/loop.h"
#include "tests/replay/replay_dns.h"
#include "tests/replay/replay_https.h"
#include "tests/unit/certificate_maker.h"
#include "tests/unit/named.h"

#define FAILING_SPARES replay_is_turn_of_others
#include "tests/unit/failing_allocator.h"

#define HOST     "mta-sts.example.org"
#define PATH     "/.well-known/mta-sts.txt"
#define PORT     4433
#define RESOLVER "192.0.2.53"
#define LIMIT    30.   /* seconds that a fetch may take */
#define PATIENCE 1000. /* of a test */

#define OK_HEAD  "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
#define BODY     "version: STSv1\nmode: none\nmax_age: 86400\n"
#define BODY_LEN "41"

struct fixture {
    struct made leaf;
    struct ev_loop *loop;
    struct conn_shared shared;
    struct https_server server;
    bool rejects;    /* the certificates */
    bool takes_time; /* to judge them */
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
    fixture->rejects = fixture->takes_time = fixture->keeps_away = false;
    fixture->judged = fixture->calls = 0;
    memset(&fixture->response, 0, sizeof(fixture->response));
}

/* ---- The caller ---- */

static void judge(void *user, struct https_get *get, const struct tls_observed *observed)
{
    struct fixture *fixture = user;
    fixture->judged++;
    fixture->num_certificates = observed->num_certificates;
    if (!fixture->takes_time) {
        https_get_judged(get, !fixture->rejects);
    }
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

static void run_for(struct fixture *fixture, double seconds)
{
    replay_run(fixture->loop, seconds);
}

static const struct address server_address = {4, {127, 0, 0, 1}};

static struct https_request request_of(struct fixture *fixture)
{
    return (struct https_request){.shared = &fixture->shared,
                                  .addresses = &server_address,
                                  .num_addresses = 1,
                                  .host = named(HOST),
                                  .path = PATH,
                                  .port = PORT,
                                  .seconds = LIMIT,
                                  .may_contact = may_contact,
                                  .judge = judge,
                                  .done = done,
                                  .user = fixture};
}

static void start_server(struct fixture *fixture, const struct https_script *script)
{
    fixture->server = (struct https_server){
        .place = {.address = server_address, .port = PORT},
        .script = *script,
        .certificate = fixture->leaf.x509,
        .key = fixture->leaf.key,
    };
    https_server_open(&fixture->server);
}

static void stop_server(struct fixture *fixture)
{
    replay_settle(fixture->loop); /* it may have to notice that its client has gone */
    https_server_close(&fixture->server);
}

static void get(struct fixture *fixture, const struct https_request *request)
{
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

static void play(struct fixture *fixture, const struct https_script *script)
{
    start_server(fixture, script);
    struct https_request request = request_of(fixture);
    get(fixture, &request);
    stop_server(fixture);
}

static void assert_took(const struct fixture *fixture, double seconds)
{
    double took = fixture->response.seconds;
    if (took < seconds || took > seconds + 0.01) {
        fail_msg("it took %.3f s, not %.3f", took, seconds);
    }
}

/* ---- One server each ---- */

static void a_policy_is_fetched_whole(void **state)
{
    struct fixture *fixture = *state;
    play(fixture,
         &(struct https_script){.reply = OK_HEAD "Content-Length: " BODY_LEN "\r\n\r\n" BODY});
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
    play(fixture, &(struct https_script){.reply = "HTTP/1.1 404 No\r\n\r\n"});
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
        struct https_script script;
        double seconds; /* that it takes */
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
         {.reply = OK_HEAD "\r\n" BODY, .end = HTTPS_SERVER_CUT},
         0.,
         HTTPS_CLOSED,
         200,
         "",
         NULL},
        {"a length, and the connection kept open",
         {.reply = OK_HEAD "Content-Length: " BODY_LEN "\r\n\r\n" BODY, .end = HTTPS_SERVER_HANG},
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
          .end = HTTPS_SERVER_HANG},
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
         {.reply = OK_HEAD "Content-Length: 65537\r\n\r\nx", .end = HTTPS_SERVER_HANG},
         0.,
         HTTPS_TOO_BIG,
         200,
         "",
         NULL},
        {"a body beyond the limit", {.reply = huge}, 0., HTTPS_TOO_BIG, 200, "", NULL},
        {"chunks that never end",
         {.reply = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n1\r\nx\r\n",
          .end = HTTPS_SERVER_HANG},
         LIMIT,
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
        {"silence in place of TLS", {.instead = ""}, LIMIT, HTTPS_TIMEOUT, 0, "", NULL},
        {"silence in place of a reply",
         {.reply = "H", .end = HTTPS_SERVER_HANG},
         LIMIT,
         HTTPS_TIMEOUT,
         0,
         "",
         NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("  %s\n", cases[i].name);
        reset(fixture);
        play(fixture, &cases[i].script);
        assert_outcome(fixture, cases[i].expected);
        assert_took(fixture, cases[i].seconds);
        assert_int_equal(fixture->response.status, cases[i].status);
        assert_string_equal(fixture->body, cases[i].body);
        assert_string_equal(fixture->location, cases[i].location != NULL ? cases[i].location : "");
    }
}

static void endless_headers_are_too_big(void **state)
{
    struct fixture *fixture = *state;
    play(fixture, &(struct https_script){.reply = "HTTP/1.1 100 Continue\r\nX: "
                                                  "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n\r\n",
                                         .is_endless = true});
    assert_outcome(fixture, HTTPS_TOO_BIG);
    assert_int_equal(fixture->response.status, 0);
}

static void a_server_that_drips_gains_no_time(void **state)
{
    struct fixture *fixture = *state;
    play(fixture, &(struct https_script){.reply = OK_HEAD "Content-Length: 60000\r\n\r\n" BODY BODY
                                             BODY BODY BODY BODY BODY BODY BODY BODY BODY,
                                         .piece = 1,
                                         .pause = 0.5,
                                         .is_endless = true});
    assert_outcome(fixture, HTTPS_TIMEOUT);
    assert_took(fixture, LIMIT);
}

static void rejected_certificates_end_it_before_the_request(void **state)
{
    struct fixture *fixture = *state;
    fixture->rejects = true;
    play(fixture, &(struct https_script){.reply = OK_HEAD "\r\n" BODY});
    assert_outcome(fixture, HTTPS_CERTIFICATE);
    assert_int_equal(fixture->judged, 1);
    assert_string_equal(fixture->server.request, "");
    assert_int_equal(fixture->response.status, 0);
}

/* ---- Certificates that take time to judge ---- */

static struct https_get *get_unjudged(struct fixture *fixture, const struct https_script *script)
{
    start_server(fixture, script);
    fixture->takes_time = true;
    struct https_request request = request_of(fixture);
    struct https_get *get = https_get_start(&request);
    assert_non_null(get);
    run_for(fixture, LIMIT / 2);
    assert_int_equal(fixture->judged, 1);
    return get;
}

static void the_request_waits_for_the_verdict(void **state)
{
    struct fixture *fixture = *state;
    const struct https_script script = {.reply = "HTTP/1.1 404 No\r\n\r\n"};
    struct https_get *get = get_unjudged(fixture, &script);
    assert_int_equal(fixture->calls, 0);
    assert_string_equal(fixture->server.request, "");
    https_get_judged(get, true);
    run_for(fixture, PATIENCE);
    assert_outcome(fixture, HTTPS_STATUS);
    assert_took(fixture, LIMIT / 2);
    stop_server(fixture);
}

static void a_verdict_against_it_ends_it_whenever_it_comes(void **state)
{
    struct fixture *fixture = *state;
    struct https_get *get = get_unjudged(fixture, &(struct https_script){.reply = OK_HEAD});
    https_get_judged(get, false);
    run_for(fixture, PATIENCE);
    assert_outcome(fixture, HTTPS_CERTIFICATE);
    assert_string_equal(fixture->server.request, "");
    stop_server(fixture);
}

/* What it says cannot be an answer, and must not be taken for the policy. */
static void who_speaks_before_the_request_speaks_no_http(void **state)
{
    struct fixture *fixture = *state;
    const struct https_script script = {
        .reply = OK_HEAD "Content-Length: " BODY_LEN "\r\n\r\n" BODY, .is_hasty = true};
    (void)get_unjudged(fixture, &script);
    assert_int_equal(fixture->calls, 1);
    assert_outcome(fixture, HTTPS_MALFORMED);
    assert_string_equal(fixture->body, "");
    stop_server(fixture);
}

static void time_runs_while_nobody_has_judged(void **state)
{
    struct fixture *fixture = *state;
    (void)get_unjudged(fixture, &(struct https_script){.reply = OK_HEAD});
    run_for(fixture, PATIENCE);
    assert_outcome(fixture, HTTPS_TIMEOUT);
    assert_took(fixture, LIMIT);
    stop_server(fixture);
}

static void a_verdict_after_the_end_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct https_get *get = get_unjudged(fixture, &(struct https_script){.reply = OK_HEAD});
    https_get_judged(get, false);
    https_get_judged(get, true); /* before the loop has told anybody */
    run_for(fixture, PATIENCE);
    assert_int_equal(fixture->calls, 1);
    assert_outcome(fixture, HTTPS_CERTIFICATE);
    assert_string_equal(fixture->server.request, "");
    stop_server(fixture);
}

/* ---- Addresses ---- */

static void nobody_listening_is_a_failed_connection(void **state)
{
    struct fixture *fixture = *state;
    struct https_request request = request_of(fixture);
    get(fixture, &request);
    assert_outcome(fixture, HTTPS_CONNECT);
    assert_int_equal(fixture->response.error, ECONNREFUSED);
}

static void the_next_address_is_tried(void **state)
{
    struct fixture *fixture = *state;
    const struct address addresses[] = {
        {4, {127, 0, 0, 99}}, {4, {198, 51, 100, 7}}, {4, {127, 0, 0, 1}}};
    start_server(fixture, &(struct https_script){.reply = OK_HEAD "\r\n" BODY});
    struct https_request request = request_of(fixture);
    request.addresses = addresses;
    request.num_addresses = 3;
    get(fixture, &request);
    stop_server(fixture);
    assert_outcome(fixture, HTTPS_OK);
    assert_int_equal(fixture->response.address.bytes[3], 1);
}

static void an_address_that_does_not_answer_costs_its_share_of_the_time(void **state)
{
    struct fixture *fixture = *state;
    struct replay_place silent = {
        .address = {4, {127, 0, 0, 98}}, .port = PORT, .manner = REPLAY_SILENT};
    const struct address addresses[] = {silent.address, server_address};
    replay_network_add(&silent);
    start_server(fixture, &(struct https_script){.reply = OK_HEAD "\r\n" BODY});
    struct https_request request = request_of(fixture);
    request.addresses = addresses;
    request.num_addresses = 2;
    get(fixture, &request);
    stop_server(fixture);
    replay_network_remove(&silent);
    assert_outcome(fixture, HTTPS_OK);
    assert_took(fixture, LIMIT / HTTPS_CONNECT_SHARE);
}

static void a_wall_clock_that_is_set_changes_no_deadline(void **state)
{
    struct fixture *fixture = *state;
    static const double steps[] = {-600, 600};
    for (size_t i = 0; i < 2; i++) {
        reset(fixture);
        start_server(fixture, &(struct https_script){.instead = ""});
        struct https_request request = request_of(fixture);
        assert_non_null(https_get_start(&request));
        run_for(fixture, LIMIT / 2);
        replay_set_wall(steps[i]);
        run_for(fixture, PATIENCE);
        stop_server(fixture);
        assert_outcome(fixture, HTTPS_TIMEOUT);
        assert_took(fixture, LIMIT);
    }
}

static void an_address_that_may_not_be_contacted_is_not(void **state)
{
    struct fixture *fixture = *state;
    fixture->keeps_away = true;
    start_server(fixture, &(struct https_script){.reply = OK_HEAD "\r\n" BODY});
    struct https_request request = request_of(fixture);
    get(fixture, &request);
    stop_server(fixture);
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
    struct dns_responder responder;
    unsigned rcode;
    bool is_silent;
};

static bool on_question(struct dns_responder *responder, const struct responder_query *query)
{
    const struct name_server *server = responder->user;
    struct dns_build *build = &responder->build;
    build_start(build, query->id, DNS_BUILD_REPLY | server->rcode, query->name, query->type);
    if (server->rcode == 0 && query->type == DNS_A) {
        build_a(build, query->name, 60, 0x7f000001);
    }
    return !server->is_silent;
}

static struct dns *start_dns(struct fixture *fixture, struct name_server *server)
{
    dns_responder_init(&server->responder, RESOLVER);
    server->responder.answer = on_question;
    server->responder.user = server;
    struct dns *dns =
        dns_new(fixture->loop, &(struct dns_options){.servers = RESOLVER, .timeout_ms = 100000});
    assert_non_null(dns);
    return dns;
}

static void stop_dns(struct name_server *server, struct dns *dns)
{
    dns_free(dns);
    dns_responder_fini(&server->responder);
}

static void the_host_is_looked_up(void **state)
{
    struct fixture *fixture = *state;
    struct name_server server = {.rcode = 0};
    struct dns *dns = start_dns(fixture, &server);
    start_server(fixture, &(struct https_script){.reply = OK_HEAD "\r\n" BODY});
    struct https_request request = request_of(fixture);
    request.dns = dns;
    get(fixture, &request);
    stop_server(fixture);
    stop_dns(&server, dns);
    assert_outcome(fixture, HTTPS_OK);
    assert_string_equal(fixture->body, BODY);
}

static void a_failed_look_up_says_how(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        unsigned rcode;
        enum dns_outcome expected;
    } cases[] = {{3, DNS_NXDOMAIN}, {2, DNS_SERVFAIL}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct name_server server = {.rcode = cases[i].rcode};
        struct dns *dns = start_dns(fixture, &server);
        struct https_request request = request_of(fixture);
        reset(fixture);
        request.dns = dns;
        get(fixture, &request);
        stop_dns(&server, dns);
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
    get(fixture, &request);
    assert_outcome(fixture, HTTPS_TIMEOUT);
    assert_took(fixture, LIMIT);
    stop_dns(&server, dns); /* answers its questions, to nobody */
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
    stop_dns(&server, dns);
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
    stop_dns(&server, dns);
    assert_int_equal(fixture->calls, 0);
}

static void cancelling_closes_the_connection(void **state)
{
    struct fixture *fixture = *state;
    const struct https_script scripts[] = {
        {.instead = ""}, {.reply = OK_HEAD "\r\n" BODY, .end = HTTPS_SERVER_HANG}};
    for (size_t i = 0; i < 2; i++) {
        start_server(fixture, &scripts[i]);
        struct https_request request = request_of(fixture);
        struct https_get *fetch = https_get_start(&request);
        run_for(fixture, i == 0 ? 0. : 0.2); /* at once, or in the midst of the body */
        https_get_cancel(fetch);
        stop_server(fixture);
        assert_true(i == 0 || fixture->server.has_gone);
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

/* A policy host is to blame for nothing that this machine lacks. */
static void a_fetch_is_whole_or_says_that_memory_was_lacking(void **state)
{
    struct fixture *fixture = *state;
    const struct https_script script = {.reply = OK_HEAD "\r\n" BODY};
    unsigned long num_failed = 1, num_tried = 0, num_short = 0;
    /* Called so that every linker takes in what counts the allocations of BoringSSL. */
    assert_false(library_lacked_memory());
    for (; num_failed > 0; num_tried++) {
        reset(fixture);
        start_server(fixture, &script);
        struct https_request request = request_of(fixture);
        fail_allocations(num_tried, 1);
        bool is_started = https_get_start(&request) != NULL;
        if (is_started) {
            run_for(fixture, PATIENCE);
            assert_int_equal(fixture->calls, 1);
        }
        num_failed = end_failing();
        stop_server(fixture);
        if (is_started && fixture->response.outcome == HTTPS_LOCAL) {
            assert_int_equal(fixture->response.error, ENOMEM);
            num_short++;
        } else if (is_started && fixture->response.outcome != HTTPS_OK) {
            fail_msg("allocation %lu: %s", num_tried,
                     https_outcome_name(fixture->response.outcome));
        }
    }
    print_message("%lu allocations, %lu fetches that lacked memory\n", num_tried - 1, num_short);
    assert_true(num_short > 5);
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
        T(the_request_waits_for_the_verdict),
        T(a_verdict_against_it_ends_it_whenever_it_comes),
        T(who_speaks_before_the_request_speaks_no_http),
        T(time_runs_while_nobody_has_judged),
        T(a_verdict_after_the_end_changes_nothing),
        T(nobody_listening_is_a_failed_connection),
        T(the_next_address_is_tried),
        T(an_address_that_does_not_answer_costs_its_share_of_the_time),
        T(a_wall_clock_that_is_set_changes_no_deadline),
        T(an_address_that_may_not_be_contacted_is_not),
        T(no_address_is_a_matter_of_the_dns),
        T(the_host_is_looked_up),
        T(a_failed_look_up_says_how),
        T(the_deadline_holds_for_the_look_up_too),
        T(a_name_server_that_goes_is_no_fault_of_the_host),
        T(a_cancelled_look_up_says_nothing),
        T(cancelling_closes_the_connection),
        T(what_cannot_be_in_a_request_is_not_sent),
        T(a_fetch_is_whole_or_says_that_memory_was_lacking),
    };
    ares_library_init(ARES_LIB_INIT_ALL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ares_library_cleanup();
    return failed;
}
