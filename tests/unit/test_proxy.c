/*
 * What is said to a proxy and what is made of its replies, however they are cut into pieces; and
 * which URLs name one.
 */
#include "io/net/proxy_tunnel.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* ---- URLs ---- */

struct url_case {
    const char *url;
    const char *shown; /* NULL: it is refused */
    const char *user, *password;
};

static const struct url_case url_cases[] = {
    {"socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080", NULL, NULL},
    {"http://proxy.example.org:3128", "http://proxy.example.org:3128", NULL, NULL},
    {"socks5://[2001:db8::1]:1080", "socks5://[2001:db8::1]:1080", NULL, NULL},
    {"socks5://me:secret@localhost:1080", "socks5://localhost:1080", "me", "secret"},
    {"http://me:a%40b%3ac%25@localhost:1080", "http://localhost:1080", "me", "a@b:c%"},
    {"socks5://me:a@b@localhost:1", "socks5://localhost:1", "me", "a@b"},
    {"socks5://me@localhost:1", "socks5://localhost:1", "me", ""},
    {"socks5://me:@localhost:65535", "socks5://localhost:65535", "me", ""},
    {"https://localhost:1080", NULL, NULL, NULL},
    {"socks4://localhost:1080", NULL, NULL, NULL},
    {"localhost:1080", NULL, NULL, NULL},
    {"", NULL, NULL, NULL},
    {"socks5://localhost", NULL, NULL, NULL},
    {"socks5://localhost:", NULL, NULL, NULL},
    {"socks5://localhost:0", NULL, NULL, NULL},
    {"socks5://localhost:65536", NULL, NULL, NULL},
    {"socks5://localhost:100000", NULL, NULL, NULL},
    {"socks5://localhost:1080/", NULL, NULL, NULL},
    {"socks5://:1080", NULL, NULL, NULL},
    {"socks5://[]:1080", NULL, NULL, NULL},
    {"socks5://[localhost]:1080", NULL, NULL, NULL},
    {"socks5://2001:db8::1:1080", NULL, NULL, NULL},
    {"socks5://two words:1080", NULL, NULL, NULL},
    {"http://x\r\ny:1080", NULL, NULL, NULL},
    {"socks5://:secret@localhost:1080", NULL, NULL, NULL},
    {"socks5://me:%4@localhost:1080", NULL, NULL, NULL},
    {"socks5://me:%xx@localhost:1080", NULL, NULL, NULL},
    {"socks5://me:%00@localhost:1080", NULL, NULL, NULL},
};

static void a_url_names_a_proxy_or_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM(url_cases); i++) {
        const struct url_case *expected = &url_cases[i];
        struct proxy proxy;
        char shown[PROXY_URL_SIZE];
        const char *problem = proxy_parse(expected->url, &proxy);
        if ((problem != NULL) != (expected->shown == NULL)) {
            fail_msg("%s: %s", expected->url, problem != NULL ? problem : "it is taken");
        }
        if (problem != NULL) {
            continue;
        }
        proxy_format(&proxy, shown);
        assert_string_equal(shown, expected->shown);
        assert_int_equal(proxy.has_user, expected->user != NULL);
        assert_string_equal(proxy.user, expected->user != NULL ? expected->user : "");
        assert_string_equal(proxy.password, expected->password != NULL ? expected->password : "");
    }
}

static void user_and_password_have_255_bytes_at_most(void **state)
{
    char secret[PROXY_SECRET_SIZE + 1];
    char url[3 * sizeof(secret)];
    struct proxy proxy;
    (void)state;
    memset(secret, 'x', sizeof(secret));
    for (size_t len = 255; len <= 256; len++) {
        secret[len] = '\0';
        snprintf(url, sizeof(url), "socks5://me:%s@localhost:1080", secret);
        assert_int_equal(proxy_parse(url, &proxy) == NULL, len == 255);
        snprintf(url, sizeof(url), "socks5://%s@localhost:1080", secret);
        assert_int_equal(proxy_parse(url, &proxy) == NULL, len == 255);
        secret[len] = 'x';
    }
}

/* A host that is an address needs no look-up. */
static void an_address_is_found_at_once(void **state)
{
    struct proxy proxy;
    (void)state;
    assert_null(proxy_parse("socks5://[::1]:1080", &proxy));
    assert_null(proxy_find(&proxy));
    assert_int_equal(proxy.address.family, 6);
    assert_int_equal(proxy.address.bytes[15], 1);
}

/* ---- Replies ---- */

/* Bytes of a literal, NULs among them. */
struct bytes {
    const char *at;
    size_t len;
};

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

struct talk_case {
    const char *name;
    const char *url;
    const char *server;
    struct bytes said;  /* by the proxy */
    size_t num_own;     /* of these are the proxy's */
    struct bytes heard; /* by the proxy, in all */
    enum proxy_state state;
    int error;
    enum proxy_trouble trouble;
    unsigned code;
};

#define SOCKS       "socks5://127.0.0.1:1080"
#define SOCKS_LOGIN "socks5://me:secret@127.0.0.1:1080"
#define HTTP        "http://127.0.0.1:3128"
#define HTTP_LOGIN  "http://me:secret@127.0.0.1:3128"
#define V4          "192.0.2.25"
#define V6          "2001:db8::25"
#define HELLO       "\x05\x01\x00"
#define HELLO_LOGIN "\x05\x02\x00\x02"
#define LOGIN       "\x01\x02me\x06secret"
#define WANT_V4     "\x05\x01\x00\x01\xc0\x00\x02\x19\x00\x19"
#define WANT_V6     "\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x25\x00\x19"
#define BOUND       "\x00\x01\x7f\x00\x00\x01\x04\x38"
#define CONNECT_V4  "CONNECT 192.0.2.25:25 HTTP/1.1\r\nHost: 192.0.2.25:25\r\n"
#define CONNECT_V6  "CONNECT [2001:db8::25]:25 HTTP/1.1\r\nHost: [2001:db8::25]:25\r\n"
#define BASIC       "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n"

static const struct talk_case talk_cases[] = {
    {"a way for IPv4", SOCKS, V4, BYTES("\x05\x00\x05\x00" BOUND), 12, BYTES(HELLO WANT_V4),
     PROXY_PASSES, 0, PROXY_FINE, 0},
    {"a way for IPv6", SOCKS, V6, BYTES("\x05\x00\x05\x00" BOUND), 12, BYTES(HELLO WANT_V6),
     PROXY_PASSES, 0, PROXY_FINE, 0},
    {"a greeting is glued to the reply", SOCKS, V4,
     BYTES("\x05\x00\x05\x00" BOUND "220 mx.example.org\r\n"), 12, BYTES(HELLO WANT_V4),
     PROXY_PASSES, 0, PROXY_FINE, 0},
    {"it calls from IPv6", SOCKS, V4,
     BYTES("\x05\x00\x05\x00\x00\x04"
           "0123456789abcdef"
           "\x04\x38"
           "220"),
     24, BYTES(HELLO WANT_V4), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"it calls from a name", SOCKS, V4,
     BYTES("\x05\x00\x05\x00\x00\x03\x05proxy\x04\x38"
           "220"),
     14, BYTES(HELLO WANT_V4), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"it calls from a name of no length", SOCKS, V4, BYTES("\x05\x00\x05\x00\x00\x03\x00\x04\x38"),
     9, BYTES(HELLO WANT_V4), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"a login", SOCKS_LOGIN, V4, BYTES("\x05\x02\x01\x00\x05\x00" BOUND), 14,
     BYTES(HELLO_LOGIN LOGIN WANT_V4), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"a login that it does not want", SOCKS_LOGIN, V4, BYTES("\x05\x00\x05\x00" BOUND), 12,
     BYTES(HELLO_LOGIN WANT_V4), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"a wrong password", SOCKS_LOGIN, V4, BYTES("\x05\x02\x01\x01"), 4, BYTES(HELLO_LOGIN LOGIN),
     PROXY_BROKEN, 0, PROXY_REFUSED_LOGIN, 0},
    {"it wants a login", SOCKS, V4, BYTES("\x05\xff"), 2, BYTES(HELLO), PROXY_BROKEN, 0,
     PROXY_WANTS_LOGIN, 0},
    {"it chooses what was not offered", SOCKS, V4, BYTES("\x05\x02"), 2, BYTES(HELLO), PROXY_BROKEN,
     0, PROXY_WANTS_LOGIN, 0},
    {"general failure", SOCKS, V4, BYTES("\x05\x00\x05\x01" BOUND), 4, BYTES(HELLO WANT_V4),
     PROXY_BROKEN, 0, PROXY_SAYS_SOCKS, 1},
    {"not allowed", SOCKS, V4, BYTES("\x05\x00\x05\x02" BOUND), 4, BYTES(HELLO WANT_V4),
     PROXY_BROKEN, 0, PROXY_SAYS_SOCKS, 2},
    {"network unreachable", SOCKS, V4, BYTES("\x05\x00\x05\x03" BOUND), 4, BYTES(HELLO WANT_V4),
     PROXY_NO_WAY, ENETUNREACH, PROXY_FINE, 0},
    {"host unreachable", SOCKS, V4, BYTES("\x05\x00\x05\x04" BOUND), 4, BYTES(HELLO WANT_V4),
     PROXY_NO_WAY, EHOSTUNREACH, PROXY_FINE, 0},
    {"refused", SOCKS, V4, BYTES("\x05\x00\x05\x05"), 4, BYTES(HELLO WANT_V4), PROXY_NO_WAY,
     ECONNREFUSED, PROXY_FINE, 0},
    {"time-out", SOCKS, V4, BYTES("\x05\x00\x05\x06" BOUND), 4, BYTES(HELLO WANT_V4), PROXY_NO_WAY,
     ETIMEDOUT, PROXY_FINE, 0},
    {"no such command", SOCKS, V4, BYTES("\x05\x00\x05\x07" BOUND), 4, BYTES(HELLO WANT_V4),
     PROXY_BROKEN, 0, PROXY_SAYS_SOCKS, 7},
    {"no such family", SOCKS, V6, BYTES("\x05\x00\x05\x08" BOUND), 4, BYTES(HELLO WANT_V6),
     PROXY_BROKEN, 0, PROXY_SAYS_SOCKS, 8},
    {"an unknown code", SOCKS, V4, BYTES("\x05\x00\x05\xfe" BOUND), 4, BYTES(HELLO WANT_V4),
     PROXY_BROKEN, 0, PROXY_SAYS_SOCKS, 254},
    {"SOCKS4", SOCKS, V4, BYTES("\x00\x5a"), 2, BYTES(HELLO), PROXY_BROKEN, 0, PROXY_MALFORMED, 0},
    {"a mail server", SOCKS, V4, BYTES("220 mx"), 2, BYTES(HELLO), PROXY_BROKEN, 0, PROXY_MALFORMED,
     0},
    {"another version in the reply", SOCKS, V4, BYTES("\x05\x00\x04\x00" BOUND), 3,
     BYTES(HELLO WANT_V4), PROXY_BROKEN, 0, PROXY_MALFORMED, 0},
    {"another version of the login", SOCKS_LOGIN, V4, BYTES("\x05\x02\x05\x00"), 4,
     BYTES(HELLO_LOGIN LOGIN), PROXY_BROKEN, 0, PROXY_MALFORMED, 0},
    {"an address of no type", SOCKS, V4, BYTES("\x05\x00\x05\x00\x00\x02\x7f\x00\x00\x01"), 7,
     BYTES(HELLO WANT_V4), PROXY_BROKEN, 0, PROXY_MALFORMED, 0},
    {"half a reply", SOCKS, V4, BYTES("\x05\x00\x05\x00\x00\x01\x7f"), 7, BYTES(HELLO WANT_V4),
     PROXY_TALKS, 0, PROXY_FINE, 0},

    {"CONNECT for IPv4", HTTP, V4, BYTES("HTTP/1.1 200 OK\r\n\r\n"), 19, BYTES(CONNECT_V4 "\r\n"),
     PROXY_PASSES, 0, PROXY_FINE, 0},
    {"CONNECT for IPv6", HTTP, V6, BYTES("HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n"),
     47, BYTES(CONNECT_V6 "\r\n"), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"a greeting is glued to the head", HTTP, V4,
     BYTES("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n220 mx.example.org\r\n"), 38,
     BYTES(CONNECT_V4 "\r\n"), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"lines without CR", HTTP, V4, BYTES("HTTP/1.1 200\nVia: x\n\n220"), 21,
     BYTES(CONNECT_V4 "\r\n"), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"an interim reply", HTTP, V4, BYTES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 X\r\n\r\n220"),
     43, BYTES(CONNECT_V4 "\r\n"), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"credentials", HTTP_LOGIN, V4, BYTES("HTTP/1.1 200 OK\r\n\r\n"), 19,
     BYTES(CONNECT_V4 BASIC "\r\n"), PROXY_PASSES, 0, PROXY_FINE, 0},
    {"wrong credentials", HTTP_LOGIN, V4, BYTES("HTTP/1.1 407 No\r\n"), 12,
     BYTES(CONNECT_V4 BASIC "\r\n"), PROXY_BROKEN, 0, PROXY_REFUSED_LOGIN, 0},
    {"it wants credentials", HTTP, V4, BYTES("HTTP/1.1 407 No\r\n"), 12, BYTES(CONNECT_V4 "\r\n"),
     PROXY_BROKEN, 0, PROXY_WANTS_LOGIN, 0},
    {"forbidden", HTTP, V4, BYTES("HTTP/1.1 403 Forbidden\r\n"), 12, BYTES(CONNECT_V4 "\r\n"),
     PROXY_BROKEN, 0, PROXY_SAYS_HTTP, 403},
    {"bad gateway", HTTP, V4, BYTES("HTTP/1.1 502 Bad Gateway\r\n"), 12, BYTES(CONNECT_V4 "\r\n"),
     PROXY_BROKEN, 0, PROXY_SAYS_HTTP, 502},
    {"gateway time-out", HTTP, V4, BYTES("HTTP/1.1 504 X\r\n"), 12, BYTES(CONNECT_V4 "\r\n"),
     PROXY_NO_WAY, ETIMEDOUT, PROXY_FINE, 0},
    {"a redirection", HTTP, V4, BYTES("HTTP/1.1 302 X\r\n"), 12, BYTES(CONNECT_V4 "\r\n"),
     PROXY_BROKEN, 0, PROXY_SAYS_HTTP, 302},
    {"a status below 100", HTTP, V4, BYTES("HTTP/1.1 099 X\r\n"), 12, BYTES(CONNECT_V4 "\r\n"),
     PROXY_BROKEN, 0, PROXY_MALFORMED, 0},
    {"HTTP/2", HTTP, V4, BYTES("HTTP/2.0 200 OK\r\n\r\n"), 12, BYTES(CONNECT_V4 "\r\n"),
     PROXY_BROKEN, 0, PROXY_MALFORMED, 0},
    {"SMTP", HTTP, V4, BYTES("220 mx.example.org\r\n"), 12, BYTES(CONNECT_V4 "\r\n"), PROXY_BROKEN,
     0, PROXY_MALFORMED, 0},
    {"half a head", HTTP, V4, BYTES("HTTP/1.1 200 OK\r\nVia:"), 21, BYTES(CONNECT_V4 "\r\n"),
     PROXY_TALKS, 0, PROXY_FINE, 0},
};

struct heard {
    uint8_t bytes[2 * PROXY_REQUEST_SIZE];
    size_t len;
};

static void hear(struct proxy_talk *talk, struct heard *heard)
{
    size_t len = talk->request_len - talk->num_sent;
    memcpy(heard->bytes + heard->len, talk->request + talk->num_sent, len);
    heard->len += len;
    talk->num_sent = talk->request_len;
}

/* The proxy says its part in pieces of so many bytes, and hears what is said in between. */
static void check_in_pieces(const struct talk_case *expected, size_t piece)
{
    struct proxy proxy;
    struct address server;
    struct proxy_talk talk;
    struct heard heard = {.len = 0};
    size_t own = 0;
    assert_null(proxy_parse(expected->url, &proxy));
    assert_true(address_parse(expected->server, &server));
    proxy_tunnel_begin(&talk, &proxy, &server, 25);
    hear(&talk, &heard);
    while (own < expected->said.len && talk.state == PROXY_TALKS) {
        size_t left = expected->said.len - own;
        size_t len = left < piece ? left : piece;
        /* An honest proxy says no more until it has heard the answer to what it said. */
        const uint8_t *bytes = (const uint8_t *)expected->said.at + own;
        if (proxy.kind == PROXY_SOCKS5 && talk.step != 2 && len > 2 - own % 2) {
            len = 2 - own % 2;
        }
        own += proxy_tunnel_feed(&talk, bytes, len);
        hear(&talk, &heard);
    }
    assert_int_equal(own, expected->num_own);
    assert_int_equal(talk.state, expected->state);
    assert_int_equal(talk.error, expected->error);
    assert_int_equal(talk.fault.trouble, expected->trouble);
    assert_int_equal(talk.fault.code, expected->code);
    assert_int_equal(heard.len, expected->heard.len);
    assert_memory_equal(heard.bytes, expected->heard.at, heard.len);
}

static void a_talk_comes_to_the_same_in_any_pieces(void **state)
{
    const struct talk_case *expected = *state;
    for (size_t piece = 1; piece <= expected->said.len; piece++) {
        check_in_pieces(expected, piece);
    }
}

/* A proxy that answers before it was asked is none. */
static void a_reply_ahead_of_its_request_breaks_the_talk(void **state)
{
    static const char *const urls[] = {SOCKS, HTTP};
    struct address server;
    (void)state;
    assert_true(address_parse(V4, &server));
    for (size_t i = 0; i < NUM(urls); i++) {
        struct proxy proxy;
        struct proxy_talk talk;
        assert_null(proxy_parse(urls[i], &proxy));
        proxy_tunnel_begin(&talk, &proxy, &server, 25);
        assert_int_equal(proxy_tunnel_feed(&talk, (const uint8_t *)"\x05\x00", 2), 0);
        assert_int_equal(talk.state, PROXY_BROKEN);
        assert_int_equal(talk.fault.trouble, PROXY_MALFORMED);
    }
}

static void a_head_without_end_breaks_the_talk(void **state)
{
    struct proxy proxy;
    struct address server;
    struct proxy_talk talk;
    struct heard heard = {.len = 0};
    size_t num = 0;
    (void)state;
    assert_null(proxy_parse(HTTP, &proxy));
    assert_true(address_parse(V4, &server));
    proxy_tunnel_begin(&talk, &proxy, &server, 25);
    hear(&talk, &heard);
    (void)proxy_tunnel_feed(&talk, (const uint8_t *)"HTTP/1.1 200 OK\r\n", 17);
    while (talk.state == PROXY_TALKS && num < 100000) {
        num += proxy_tunnel_feed(&talk, (const uint8_t *)"x: y\r\n", 6);
    }
    assert_int_equal(talk.state, PROXY_BROKEN);
    assert_true(num < 20000);
}

static void the_longest_login_fits(void **state)
{
    char secret[PROXY_SECRET_SIZE];
    char url[3 * PROXY_SECRET_SIZE];
    static const char *const schemes[] = {"socks5", "http"};
    struct address server;
    (void)state;
    memset(secret, 'x', sizeof(secret) - 1);
    secret[sizeof(secret) - 1] = '\0';
    assert_true(address_parse("2001:db8:1111:2222:3333:4444:5555:6666", &server));
    for (size_t i = 0; i < NUM(schemes); i++) {
        struct proxy proxy;
        struct proxy_talk talk;
        struct heard heard = {.len = 0};
        snprintf(url, sizeof(url), "%s://%s:%s@127.0.0.1:1080", schemes[i], secret, secret);
        assert_null(proxy_parse(url, &proxy));
        proxy_tunnel_begin(&talk, &proxy, &server, 65535);
        hear(&talk, &heard);
        if (proxy.kind == PROXY_HTTP) {
            assert_memory_equal(heard.bytes + heard.len - 4, "\r\n\r\n", 4);
            continue;
        }
        assert_int_equal(proxy_tunnel_feed(&talk, (const uint8_t *)"\x05\x02", 2), 2);
        hear(&talk, &heard);
        assert_int_equal(heard.len, 4 + 3 + 255 + 255);
    }
}

static void each_fault_has_words(void **state)
{
    char text[PROXY_FAULT_SIZE];
    (void)state;
    for (unsigned trouble = PROXY_FINE; trouble <= PROXY_SAYS_HTTP; trouble++) {
        const struct proxy_fault fault = {(enum proxy_trouble)trouble, 2};
        proxy_fault_text(&fault, text);
        assert_true(strncmp(text, "the proxy ", 10) == 0);
    }
    proxy_fault_text(&(struct proxy_fault){PROXY_SAYS_SOCKS, 2}, text);
    assert_string_equal(text, "the proxy says: not allowed by its rules (2)");
    proxy_fault_text(&(struct proxy_fault){PROXY_SAYS_HTTP, 502}, text);
    assert_string_equal(text, "the proxy answered 502");
    proxy_fault_text(&(struct proxy_fault){PROXY_UNREACHABLE, ECONNREFUSED}, text);
    assert_string_equal(text, "the proxy cannot be reached: Connection refused");
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_url_names_a_proxy_or_is_refused),
        cmocka_unit_test(user_and_password_have_255_bytes_at_most),
        cmocka_unit_test(an_address_is_found_at_once),
        cmocka_unit_test(a_reply_ahead_of_its_request_breaks_the_talk),
        cmocka_unit_test(a_head_without_end_breaks_the_talk),
        cmocka_unit_test(the_longest_login_fits),
        cmocka_unit_test(each_fault_has_words),
    };
    struct CMUnitTest tests[NUM(talk_cases) + NUM(others)];
    for (size_t i = 0; i < NUM(talk_cases); i++) {
        tests[i] = (struct CMUnitTest){.name = talk_cases[i].name,
                                       .test_func = a_talk_comes_to_the_same_in_any_pieces,
                                       .initial_state = (void *)(uintptr_t)&talk_cases[i]};
    }
    memcpy(tests + NUM(talk_cases), others, sizeof(others));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
