/*
 * The client of Redis: its URLs, the bounds of replies, and the client itself against a server that
 * follows a script, over a socket of this machine.
 */
#include "io/redis/redis_client.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "io/redis/redis_bounds.h"

/* ---- URLs ---- */

static void url_is_read_in_all_its_forms(void **state)
{
    static const struct {
        const char *text, *host, *user, *password;
        enum redis_transport transport;
        unsigned port, database;
    } cases[] = {
        {"redis://queue.example", "queue.example", "", "", REDIS_TCP, 6379, 0},
        {"redis://queue.example:7000/3", "queue.example", "", "", REDIS_TCP, 7000, 3},
        {"redis://127.0.0.1/", "127.0.0.1", "", "", REDIS_TCP, 6379, 0},
        {"redis://[2001:db8::1]:7000", "2001:db8::1", "", "", REDIS_TCP, 7000, 0},
        {"redis://:p%40ss%2F@queue", "queue", "", "p@ss/", REDIS_TCP, 6379, 0},
        {"rediss://scan:a:b@queue:1", "queue", "scan", "a:b", REDIS_TLS, 1, 0},
        {"unix:///run/redis.sock", "/run/redis.sock", "", "", REDIS_UNIX, 0, 0},
        {"unix://scan:pw@/run/r.sock?db=12", "/run/r.sock", "scan", "pw", REDIS_UNIX, 0, 12},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct redis_url url;
        assert_null(redis_url_parse(cases[i].text, &url));
        assert_string_equal(url.host, cases[i].host);
        assert_string_equal(url.user, cases[i].user);
        assert_string_equal(url.password, cases[i].password);
        assert_int_equal(url.has_password, strchr(cases[i].text, '@') != NULL);
        assert_int_equal(url.transport, cases[i].transport);
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.database, cases[i].database);
    }
}

static void broken_url_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "queue:6379",
        "http://queue",
        "redis://",
        "redis://queue:0",
        "redis://queue:65536",
        "redis://queue:70000000001",
        "redis://queue:6379/x",
        "redis://queue:6379/999999",
        "redis://user@queue",
        "redis://u:%0g@queue",
        "redis://u:%00@queue",
        "redis://[queue]",
        "redis://[2001:db8::1",
        "redis://que ue",
        "redis://queue\n",
        "unix://run/redis.sock",
        "unix:///",
        "unix:///run/redis.sock?database=1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct redis_url url;
        assert_non_null(redis_url_parse(cases[i], &url));
    }
}

static void url_is_shown_without_its_secrets(void **state)
{
    static const char *const cases[][2] = {
        {"redis://scan:secret@queue/3", "redis://queue:6379"},
        {"rediss://:secret@[2001:db8::1]", "rediss://[2001:db8::1]:6379"},
        {"unix://:secret@/run/redis.sock", "unix:///run/redis.sock"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct redis_url url;
        char text[REDIS_URL_SIZE];
        assert_null(redis_url_parse(cases[i][0], &url));
        redis_url_format(&url, text);
        assert_string_equal(text, cases[i][1]);
    }
}

static void secret_is_taken_from_a_file(void **state)
{
    struct redis_url url = {.transport = REDIS_TCP};
    (void)state;
    assert_null(redis_url_take_secret(&url, "scan:p%40:ss\nmore\n"));
    assert_string_equal(url.user, "scan");
    assert_string_equal(url.password, "p%40:ss");
    assert_null(redis_url_take_secret(&url, "alone"));
    assert_string_equal(url.user, "");
    assert_string_equal(url.password, "alone");
    assert_true(url.has_password);
    assert_non_null(redis_url_take_secret(&url, "\n"));
    assert_non_null(redis_url_take_secret(&url, "scan:\n"));
}

/* ---- Bounds ---- */

static const char *bounds_of(const char *text, size_t step)
{
    struct redis_bounds bounds;
    const char *problem = NULL;
    size_t len = strlen(text);
    redis_bounds_init(&bounds);
    for (size_t at = 0; at < len && problem == NULL; at += step) {
        size_t part = len - at < step ? len - at : step;
        problem = redis_bounds_feed(&bounds, (const uint8_t *)text + at, part);
    }
    return problem;
}

static void replies_are_bounded_however_they_are_cut(void **state)
{
    static const struct {
        const char *text;
        bool is_fine;
    } cases[] = {
        {"+OK\r\n:1\r\n-ERR no\r\n$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n", true},
        {"*2\r\n$3\r\na\r\n\r\n*1\r\n:1\r\n+OK\r\n", true},
        {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n+OK\r\n", true},
        {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", false}, /* too deep */
        {"*1000000\r\n", true},
        {"*1000001\r\n", false},
        {"*2\r\n*999998\r\n", true},
        {"*2\r\n*999999\r\n", false}, /* of all arrays together */
        {"*1\r\n:1\r\n*1000000\r\n", true},
        {"$33554432\r\n", true},
        {"$33554433\r\n", false},
        {"$99999999999999999999999999\r\n", false},
        {"$-2\r\n", false},
        {"$x\r\n", false},
        {"HTTP/1.1 400 Bad Request\r\n", false},
        {"\r\n", false},
        {"*2\r\n$1\r\na\r\nb", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t step = 1; step <= 8; step++) {
            assert_int_equal(bounds_of(cases[i].text, step) == NULL, cases[i].is_fine);
        }
    }
}

static void reply_of_many_long_strings_is_too_long(void **state)
{
    struct redis_bounds bounds;
    static uint8_t bytes[1 << 20];
    const char *problem = NULL;
    size_t fed = 0;
    (void)state;
    redis_bounds_init(&bounds);
    memset(bytes, 'x', sizeof(bytes));
    problem = redis_bounds_feed(&bounds, (const uint8_t *)"*100\r\n", 6);
    while (problem == NULL && fed < 2 * (size_t)REDIS_REPLY_MAX) {
        problem = redis_bounds_feed(&bounds, (const uint8_t *)"$1048576\r\n", 10);
        problem = problem != NULL ? problem : redis_bounds_feed(&bounds, bytes, sizeof(bytes));
        problem =
            problem != NULL ? problem : redis_bounds_feed(&bounds, (const uint8_t *)"\r\n", 2);
        fed += sizeof(bytes);
    }
    assert_non_null(problem);
    assert_true(fed <= (size_t)REDIS_REPLY_MAX + sizeof(bytes));
}

static void errors_that_pass_are_told_from_those_that_stay(void **state)
{
    (void)state;
    assert_true(redis_error_is_for_now("BUSY Redis is busy running a script"));
    assert_true(redis_error_is_for_now("LOADING Redis is loading the dataset in memory"));
    assert_true(redis_error_is_for_now("OOM command not allowed when used memory > 'maxmemory'."));
    assert_true(redis_error_is_for_now("NOREPLICAS Not enough good replicas to write."));
    assert_true(redis_error_is_for_now("ERR max number of clients reached"));
    assert_false(redis_error_is_for_now("BUSYGROUP Consumer Group name already exists"));
    assert_false(redis_error_is_for_now("ERR syntax error"));
}

/* ---- The client ---- */

#define SCRIPT_MAX 8

/* What a connection sees: how many bytes of commands, and then what is said; NULL ends it. */
struct turn {
    const char *wanted; /* the end of what the client has sent */
    const char *said;
};

struct script {
    struct turn turns[SCRIPT_MAX];
};

struct fixture {
    char folder[64], path[96];
    int listener;
    pthread_t thread;
    const struct script *scripts; /* a connection each; the last has no turns */
    struct ev_loop *loop;
    struct conn_shared *shared;
    struct redis_url url;
    struct redis_client *client;
    unsigned num_ups, num_downs, max_downs;
    enum redis_down down;
    char reason[512];
    char replies[512];
    const char *command; /* said once it is up */
};

static bool ends_with(const char *text, size_t len, const char *end)
{
    size_t end_len = strlen(end);
    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

static void follow(const struct script *script, int fd)
{
    char got[8192];
    size_t len = 0;
    for (const struct turn *turn = script->turns; turn->wanted != NULL; turn++) {
        while (!ends_with(got, len, turn->wanted)) {
            ssize_t num = recv(fd, got + len, sizeof(got) - len, 0);
            if (num <= 0) {
                return;
            }
            len += (size_t)num;
        }
        for (size_t i = 0; i < strlen(turn->said); i++) { /* a byte at a time */
            (void)send(fd, turn->said + i, 1, MSG_NOSIGNAL);
        }
    }
}

static void *serve(void *argument)
{
    const struct fixture *fixture = argument;
    for (const struct script *script = fixture->scripts; script->turns[0].wanted != NULL;
         script++) {
        int fd = accept(fixture->listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        follow(script, fd);
        close(fd);
    }
    return NULL;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    signal(SIGPIPE, SIG_IGN);
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/mxgrade-redis-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/socket", fixture->folder);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
    fixture->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fixture->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fixture->listener, 4), 0);
    fixture->loop = loop_new();
    fixture->shared = calloc(1, sizeof(*fixture->shared));
    fixture->shared->loop = fixture->loop;
    fixture->url.transport = REDIS_UNIX;
    snprintf(fixture->url.host, sizeof(fixture->url.host), "%s", fixture->path);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    redis_client_free(fixture->client);
    shutdown(fixture->listener, SHUT_RDWR);
    pthread_join(fixture->thread, NULL);
    close(fixture->listener);
    unlink(fixture->path);
    rmdir(fixture->folder);
    loop_free(fixture->loop);
    free(fixture->shared);
    free(fixture);
    return 0;
}

static void on_reply(void *user, const redisReply *reply)
{
    struct fixture *fixture = user;
    size_t len = strlen(fixture->replies);
    snprintf(fixture->replies + len, sizeof(fixture->replies) - len, "[%s]",
             reply == NULL                       ? "lost"
             : redis_reply_error(reply) != NULL  ? redis_reply_error(reply)
             : redis_reply_value(reply, "field") ? redis_reply_value(reply, "field")->str
                                                 : reply->str);
    if (reply != NULL) {
        ev_break(fixture->loop, EVBREAK_ALL);
    }
}

static void on_up(void *user)
{
    struct fixture *fixture = user;
    fixture->num_ups++;
    if (fixture->command == NULL) {
        ev_break(fixture->loop, EVBREAK_ALL);
        return;
    }
    const struct redis_word words[] = {{"GET", 3}, {fixture->command, strlen(fixture->command)}};
    assert_true(redis_client_send(fixture->client, words, 2, on_reply, fixture));
    assert_true(redis_client_say(fixture->client, NULL, NULL, "PING", NULL));
}

static void on_down(void *user, enum redis_down down, const char *reason)
{
    struct fixture *fixture = user;
    fixture->down = down;
    snprintf(fixture->reason, sizeof(fixture->reason), "%s", reason);
    if (++fixture->num_downs >= fixture->max_downs) {
        ev_break(fixture->loop, EVBREAK_ALL);
    }
}

static void run(struct fixture *fixture, const struct script *scripts)
{
    const struct redis_client_options options = {
        .shared = fixture->shared,
        .url = &fixture->url,
        .reply_seconds = 60,
        .on_up = on_up,
        .on_down = on_down,
        .user = fixture,
    };
    fixture->scripts = scripts;
    assert_int_equal(pthread_create(&fixture->thread, NULL, serve, fixture), 0);
    fixture->client = redis_client_new(&options);
    assert_non_null(fixture->client);
    ev_run(fixture->loop, 0);
}

#define HELLO_7 "*4\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n"
#define PING    "PING\r\n"
#define ASKED   "$3\r\nkey\r\n*1\r\n$4\r\nPING\r\n"

static void client_logs_in_and_is_answered(void **state)
{
    struct fixture *fixture = *state;
    static const struct script scripts[] = {
        {{{PING, HELLO_7 "+OK\r\n+PONG\r\n"}, {ASKED, "*2\r\n$5\r\nfield\r\n$5\r\nvalue\r\n"}}},
        {{{NULL, NULL}}}};
    fixture->url.has_password = true;
    fixture->url.database = 3;
    snprintf(fixture->url.password, sizeof(fixture->url.password), "secret");
    fixture->command = "key";
    fixture->max_downs = 1;
    run(fixture, scripts);
    assert_int_equal(fixture->num_ups, 1);
    assert_string_equal(fixture->replies, "[value]");
    assert_true(redis_client_is_up(fixture->client));
    assert_int_equal(redis_client_num_pending(fixture->client), 1); /* the PING */
}

static void client_comes_again_and_tells_what_was_lost(void **state)
{
    struct fixture *fixture = *state;
    static const struct script scripts[] = {
        {{{PING, HELLO_7 "+PONG\r\n"}, {ASKED, "$5\r\nval"}}},
        {{{PING, HELLO_7 "-LOADING Redis is loading the dataset in memory\r\n"}}},
        {{{PING, HELLO_7 "+PONG\r\n"}, {ASKED, "-WRONGTYPE value\r\n"}}},
        {{{NULL, NULL}}}};
    fixture->command = "key";
    fixture->max_downs = 9;
    run(fixture, scripts);
    assert_int_equal(fixture->num_ups, 2);
    assert_int_equal(fixture->num_downs, 2);
    assert_int_equal(fixture->down, REDIS_DOWN_FOR_NOW);
    assert_non_null(strstr(fixture->reason, "LOADING"));
    assert_string_equal(fixture->replies, "[lost][WRONGTYPE value]");
}

static void what_only_a_person_can_mend_is_final(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *said, *reason;
    } cases[] = {
        {"-ERR unknown command 'HELLO'\r\n", "too old"},
        {"*4\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n6.0.9\r\n", "version 6.0.9"},
        {"-WRONGPASS invalid username-password pair\r\n", "refuses user and password"},
        {"-NOAUTH HELLO must be called authenticated\r\n", "without a password"},
        {"*1000001\r\n", "more elements"},
        {"220 mail.example ESMTP\r\n", "not the protocol"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct script scripts[] = {{{{PING, cases[i].said}}}, {{{NULL, NULL}}}};
        fixture->max_downs = 1;
        fixture->num_downs = 0;
        run(fixture, scripts);
        assert_int_equal(fixture->down, REDIS_DOWN_FOR_GOOD);
        assert_non_null(strstr(fixture->reason, cases[i].reason));
        assert_int_equal(fixture->num_ups, 0);
        redis_client_free(fixture->client);
        fixture->client = NULL;
        pthread_join(fixture->thread, NULL);
    }
    /* The teardown joins a thread. */
    static const struct script none[] = {{{{NULL, NULL}}}};
    fixture->scripts = none;
    assert_int_equal(pthread_create(&fixture->thread, NULL, serve, fixture), 0);
}

static void nothing_follows_a_command_that_was_not_sent(void **state)
{
    struct fixture *fixture = *state;
    static const struct script scripts[] = {{{{PING, HELLO_7 "+PONG\r\n"}, {"never", ""}}},
                                            {{{NULL, NULL}}}};
    static const struct redis_word words[REDIS_WORDS_MAX + 1]; /* more than is ever sent */
    fixture->max_downs = 1;
    run(fixture, scripts);
    assert_int_equal(fixture->num_ups, 1);
    assert_false(redis_client_send(fixture->client, words, REDIS_WORDS_MAX + 1, on_reply, fixture));
    assert_false(redis_client_say(fixture->client, on_reply, fixture, "EXEC", NULL));
    ev_run(fixture->loop, 0);
    assert_int_equal(fixture->num_downs, 1);
    assert_int_equal(fixture->down, REDIS_DOWN_FOR_NOW);
    assert_string_equal(fixture->replies, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_is_read_in_all_its_forms),
        cmocka_unit_test(broken_url_is_refused),
        cmocka_unit_test(url_is_shown_without_its_secrets),
        cmocka_unit_test(secret_is_taken_from_a_file),
        cmocka_unit_test(replies_are_bounded_however_they_are_cut),
        cmocka_unit_test(reply_of_many_long_strings_is_too_long),
        cmocka_unit_test(errors_that_pass_are_told_from_those_that_stay),
        cmocka_unit_test_setup_teardown(client_logs_in_and_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(client_comes_again_and_tells_what_was_lost, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_follows_a_command_that_was_not_sent, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_only_a_person_can_mend_is_final, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
