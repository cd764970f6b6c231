/* When a run is void as something on the way speaks for the servers, and which lines wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/engine/interception.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/temp_file.h"

struct scene {
    struct temp_file file;
    struct tally *tally;
    struct sink *sink;
    struct blame *blame;
    struct table_seed seed;
    struct network_watch watch;
    struct interception *interception;
    struct line_outlet outlet;
};

static void begin(struct scene *scene)
{
    char error[256];
    temp_file_init(&scene->file, "results.jsonl");
    scene->tally = tally_new();
    scene->sink = sink_new(&(struct sink_options){.path = scene->file.path, .tally = scene->tally},
                           error, sizeof(error));
    scene->blame = blame_new();
    scene->seed = table_seed_random();
    network_watch_init(&scene->watch, &scene->seed, NULL);
    scene->interception = interception_new(&scene->watch);
    assert_non_null(scene->sink);
    assert_non_null(scene->blame);
    assert_non_null(scene->interception);
    scene->outlet = (struct line_outlet){scene->sink, scene->blame};
}

static void end(struct scene *scene)
{
    interception_free(scene->interception);
    network_watch_fini(&scene->watch);
    blame_free(scene->blame);
    sink_finish(scene->sink);
    sink_free(scene->sink);
    tally_free(scene->tally);
    temp_file_fini(&scene->file);
}

/* ---- Servers that speak ---- */

/* Every kind of server there is. What it says and shows is by its number where it is its own. */
enum kind {
    RELAY,           /* one greeting, no STARTTLS */
    MITM,            /* one greeting, one certificate */
    ONE_CERTIFICATE, /* greetings of their own, one certificate */
    ONE_FAILING,     /* one greeting, STARTTLS offered, no handshake */
    OVERWRITTEN,     /* greetings of their own, XXXXXXXA */
    NO_STARTTLS,     /* greetings of their own */
    DEFAULT_OWN_KEY, /* one greeting, certificates of their own, which name nobody */
    HONEST,          /* greetings and certificates of their own, made out to the host */
    COMPANY,         /* one greeting, one certificate made out to all of its hosts */
    ADDRESS          /* one greeting, one certificate, called by the address alone */
};

static void speak_from(struct scene *scene, enum kind kind, const char *address_text,
                       const char *host_text, unsigned number)
{
    char greeting[64];
    uint8_t key[32] = {0};
    struct address address;
    const struct hostname *host;
    struct testimony testimony = {
        .is_offered = kind != RELAY && kind != OVERWRITTEN && kind != NO_STARTTLS,
        .is_overwritten = kind == OVERWRITTEN,
        .names_host = kind == HONEST || kind == COMPANY,
    };
    bool is_one = kind == RELAY || kind == MITM || kind == ONE_FAILING || kind == DEFAULT_OWN_KEY ||
                  kind == COMPANY || kind == ADDRESS;
    (void)snprintf(greeting, sizeof(greeting), "220 %s ESMTP",
                   is_one ? "relay.isp.example" : host_text);
    testimony.greeting = testimony.ehlo = (struct text){greeting, strlen(greeting)};
    if (kind == DEFAULT_OWN_KEY || kind == HONEST) {
        memcpy(key, &number, sizeof(number));
        key[31] = 1;
    }
    if (testimony.is_offered && kind != ONE_FAILING) {
        testimony.key = key;
    }
    assert_true(address_parse(address_text, &address));
    assert_int_equal(hostname_parse(host_text, strlen(host_text), &host), HOSTNAME_OK);
    const struct network_place place = {
        .address = &address, .port = 25, .host = kind != ADDRESS ? host : NULL, .turn = number};
    interception_hear(scene->interception, &place, &testimony);
    hostname_release(host);
}

/* Of networks and organisations of their own, from number `first` on. */
static void speak(struct scene *scene, enum kind kind, unsigned first, unsigned num)
{
    for (unsigned i = first; i < first + num; i++) {
        char address[32], host[64];
        (void)snprintf(address, sizeof(address), "198.%u.1.1", i);
        (void)snprintf(host, sizeof(host), "mx.s%u.example", i);
        speak_from(scene, kind, address, host, i);
    }
}

static enum void_reason reason_of(struct scene *scene)
{
    struct interception_verdict verdict;
    interception_verdict(scene->interception, &verdict);
    return verdict.reason;
}

/* ---- Verdicts ---- */

static void unrelated_networks_convict(void **state)
{
    static const struct {
        enum kind kind;
        unsigned enough;
        enum void_reason reason;
        const char *detail;
    } rows[] = {
        {RELAY, 20, VOID_SAME_GREETING,
         "one and the same server (\"220 relay.isp.example ESMTP\"), without STARTTLS, answered in "
         "20 of 20 unrelated networks"},
        {MITM, 60, VOID_SAME_CERTIFICATE,
         "one certificate (SHA-256 of its key: 0000000000000000...), which names none of these "
         "hosts, was shown in 60 of 60 unrelated networks"},
        {ONE_CERTIFICATE, 60, VOID_SAME_CERTIFICATE, NULL},
        {ONE_FAILING, 60, VOID_SAME_GREETING, NULL},
        {OVERWRITTEN, 20, VOID_STARTTLS_OVERWRITTEN,
         "the offer of STARTTLS was overwritten (XXXXXXXA) in 20 of 20 unrelated networks"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        struct interception_verdict verdict;
        begin(&scene);
        speak(&scene, rows[i].kind, 0, rows[i].enough - 1);
        assert_int_equal(reason_of(&scene), VOID_NONE);
        speak(&scene, rows[i].kind, rows[i].enough - 1, 1);
        interception_verdict(scene.interception, &verdict);
        assert_int_equal(verdict.reason, rows[i].reason);
        assert_int_equal(verdict.num_votes, rows[i].enough);
        if (rows[i].detail != NULL) {
            assert_string_equal(verdict.detail, rows[i].detail);
        }
        end(&scene);
    }
}

static void honest_servers_do_not(void **state)
{
    static const struct {
        const char *what;
        enum kind kind, others;
        unsigned num, num_others;
        bool is_suspicion, is_bare;
    } rows[] = {
        {"servers of their own", HONEST, HONEST, 200, 0, false, false},
        {"40 machines of one make, of one key", MITM, MITM, 40, 0, true, false},
        {"of keys of their own", DEFAULT_OWN_KEY, HONEST, 200, 0, false, false},
        {"40 of one key, among others", MITM, DEFAULT_OWN_KEY, 40, 3, false, false},
        {"100 of them, and two that speak for themselves", MITM, HONEST, 100, 2, false, false},
        {"servers without STARTTLS", NO_STARTTLS, HONEST, 200, 0, false, true},
        {"... and one that has it", NO_STARTTLS, HONEST, 200, 1, false, false},
        {"machines behind firewalls, and one that is not", OVERWRITTEN, HONEST, 200, 1, false,
         false},
        {"a relay, and more than 5 % of others", RELAY, NO_STARTTLS, 90, 5, false, true},
        {"a certificate for all hosts of a company", COMPANY, HONEST, 200, 0, false, false},
        {"the addresses of one owner", ADDRESS, HONEST, 200, 0, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene;
        struct interception_verdict verdict;
        begin(&scene);
        speak(&scene, rows[i].others, 0, rows[i].num_others);
        speak(&scene, rows[i].kind, rows[i].num_others, rows[i].num);
        interception_verdict(scene.interception, &verdict);
        if (verdict.reason != VOID_NONE || verdict.is_suspicion != rows[i].is_suspicion ||
            verdict.is_bare != rows[i].is_bare) {
            fail_msg("%s: %d %d %d", rows[i].what, verdict.reason, verdict.is_suspicion,
                     verdict.is_bare);
        }
        end(&scene);
    }
}

/* The supplier whose own machine it is that answers for all may be on the list. */
static void the_interceptor_itself_may_be_on_the_list(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    speak(&scene, COMPANY, 0, 1); /* the same key, made out to this host */
    speak(&scene, MITM, 1, 60);
    assert_int_equal(reason_of(&scene), VOID_SAME_CERTIFICATE);
    end(&scene);
}

static void related_ones_have_one_vote(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    for (unsigned i = 0; i < 200; i++) {
        char address[32], host[64];
        (void)snprintf(address, sizeof(address), "198.%u.1.1", i);
        (void)snprintf(host, sizeof(host), "mx%u.provider.example", i);
        speak_from(&scene, RELAY, address, host, 1000 + i);
        (void)snprintf(host, sizeof(host), "mail.acme.c%u", i);
        speak_from(&scene, RELAY, address, host, 2000 + i);
        (void)snprintf(host, sizeof(host), "mx.one%u.example", i);
        speak_from(&scene, RELAY, "203.0.113.7", host, 3000 + i);
    }
    assert_int_equal(reason_of(&scene), VOID_NONE);
    end(&scene);
}

static void what_a_server_says_later_counts(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    speak(&scene, NO_STARTTLS, 0, 30);
    assert_int_equal(reason_of(&scene), VOID_NONE);
    speak(&scene, RELAY, 0, 30);
    assert_int_equal(reason_of(&scene), VOID_SAME_GREETING);
    end(&scene);
}

/* ---- Lines ---- */

static struct finished_line line_of(const char *text, enum grade grade)
{
    return (struct finished_line){
        .bytes = strdup(text), .len = strlen(text), .item = {TALLY_DOMAIN, .grade = grade}};
}

static void send_line(struct scene *scene, enum grade grade)
{
    char text[] = {grade_name(grade)[0], '\n', '\0'};
    struct line_versions versions = {.plain = line_of(text, grade)};
    if (interception_may_void(scene->interception, grade)) {
        versions.voided = line_of("U\n", GRADE_U);
    }
    interception_line(scene->interception, &scene->outlet, &versions);
}

static void expect_written(struct scene *scene, const char *expected)
{
    size_t len, num = 0;
    sink_drain(scene->sink);
    char *text = temp_file_read(&scene->file, &len);
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\n') {
            text[num++] = text[i];
        }
    }
    text[num] = '\0';
    assert_string_equal(text, expected);
    free(text);
}

static void an_f_waits_for_twenty_networks(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    send_line(&scene, GRADE_F);
    send_line(&scene, GRADE_C);
    send_line(&scene, GRADE_A);
    send_line(&scene, GRADE_U);
    speak(&scene, NO_STARTTLS, 0, 19);
    interception_settle(scene.interception, &scene.outlet);
    expect_written(&scene, "AU"); /* the C may rest on the F */
    speak(&scene, NO_STARTTLS, 19, 1);
    interception_settle(scene.interception, &scene.outlet);
    send_line(&scene, GRADE_F);
    expect_written(&scene, "AUFCF");
    end(&scene);
}

static void it_does_not_where_servers_speak_for_themselves(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    speak(&scene, HONEST, 0, 1);
    send_line(&scene, GRADE_F);
    expect_written(&scene, "");
    speak(&scene, HONEST, 1, 1);
    interception_settle(scene.interception, &scene.outlet);
    send_line(&scene, GRADE_F);
    expect_written(&scene, "FF");
    end(&scene);
}

static void what_accuses_waits_while_all_are_alike(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    speak(&scene, MITM, 0, 2);
    send_line(&scene, GRADE_C);
    send_line(&scene, GRADE_D);
    send_line(&scene, GRADE_B);
    expect_written(&scene, "B");
    speak(&scene, DEFAULT_OWN_KEY, 2, 1);
    interception_settle(scene.interception, &scene.outlet);
    send_line(&scene, GRADE_C);
    send_line(&scene, GRADE_F);
    expect_written(&scene, "BCDC"); /* the F waits for twenty networks */
    interception_end(scene.interception, &scene.outlet);
    expect_written(&scene, "BCDCF");
    end(&scene);
}

/* 60 servers of one network: a verdict that may never come holds nothing back but what is F. */
static void related_servers_do_not_make_lines_wait(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    speak(&scene, MITM, 0, 3);
    for (unsigned i = 3; i < INTERCEPTION_ENOUGH_MADE; i++) {
        char host[64];
        (void)snprintf(host, sizeof(host), "mx.s%u.example", i);
        send_line(&scene, GRADE_C);
        interception_settle(scene.interception, &scene.outlet);
        expect_written(&scene, "");
        speak_from(&scene, MITM, "198.2.1.1", host, i);
    }
    interception_settle(scene.interception, &scene.outlet);
    send_line(&scene, GRADE_D);
    send_line(&scene, GRADE_F);
    send_line(&scene, GRADE_C);
    interception_settle(scene.interception, &scene.outlet);
    sink_drain(scene.sink);
    const struct tally_counters *written = tally_counters(scene.tally);
    assert_int_equal(written->domain_grades[GRADE_C], INTERCEPTION_ENOUGH_MADE - 3);
    assert_int_equal(written->domain_grades[GRADE_D], 1);
    assert_int_equal(written->domain_grades[GRADE_F], 0);
    end(&scene);
}

/* Of 60 servers 20 are unrelated and alike: a verdict is near, and lines wait for it. */
static void unrelated_servers_among_others_do(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    speak(&scene, MITM, 0, INTERCEPTION_ENOUGH);
    for (unsigned i = INTERCEPTION_ENOUGH; i < 200; i++) {
        speak_from(&scene, MITM, "198.2.1.1", "mx.s2.example", i);
    }
    send_line(&scene, GRADE_C);
    interception_settle(scene.interception, &scene.outlet);
    expect_written(&scene, "");
    end(&scene);
}

static void in_a_void_run_all_lines_are_void(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    send_line(&scene, GRADE_F);
    speak(&scene, RELAY, 0, 20);
    send_line(&scene, GRADE_C);
    assert_int_equal(reason_of(&scene), VOID_SAME_GREETING);
    interception_convict(scene.interception, &scene.outlet);
    send_line(&scene, GRADE_A);
    send_line(&scene, GRADE_F);
    speak(&scene, HONEST, 20, 20);
    send_line(&scene, GRADE_F);
    interception_end(scene.interception, &scene.outlet);
    expect_written(&scene, "UUUUU");
    end(&scene);
}

static void the_end_of_the_list_ends_the_wait(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    send_line(&scene, GRADE_F);
    interception_end(scene.interception, &scene.outlet);
    send_line(&scene, GRADE_F);
    expect_written(&scene, "FF");
    end(&scene);
}

/* A line of two versions goes on to wait for the verdict on the resolver. */
static void a_line_may_wait_twice(void **state)
{
    struct scene scene;
    struct line_versions versions = {.plain = line_of("F\n", GRADE_F),
                                     .doubted = line_of("B\n", GRADE_B),
                                     .voided = line_of("U\n", GRADE_U)};
    (void)state;
    begin(&scene);
    interception_line(scene.interception, &scene.outlet, &versions);
    interception_end(scene.interception, &scene.outlet);
    expect_written(&scene, "");
    blame_end(scene.blame, scene.sink);
    expect_written(&scene, "F");
    end(&scene);
}

static void no_more_lines_wait_than_there_is_room_for(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    for (unsigned i = 0; i < HELD_LINES_MAX - 1; i++) {
        send_line(&scene, GRADE_F);
    }
    expect_written(&scene, "");
    send_line(&scene, GRADE_F);
    send_line(&scene, GRADE_F);
    sink_drain(scene.sink);
    assert_int_equal(tally_counters(scene.tally)->domain_grades[GRADE_F], HELD_LINES_MAX + 1);
    end(&scene);
}

static void without_memory_no_line_waits_and_none_is_lost(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    struct line_versions versions = {.plain = line_of("F\n", GRADE_F),
                                     .voided = line_of("U\n", GRADE_U)};
    send_line(&scene, GRADE_F);
    fail_allocations(0, 1);
    interception_line(scene.interception, &scene.outlet, &versions);
    end_failing();
    expect_written(&scene, "FF");
    fail_allocations(0, 1);
    assert_null(interception_new(&scene.watch));
    end_failing();
    end(&scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(unrelated_networks_convict),
        cmocka_unit_test(honest_servers_do_not),
        cmocka_unit_test(the_interceptor_itself_may_be_on_the_list),
        cmocka_unit_test(related_ones_have_one_vote),
        cmocka_unit_test(what_a_server_says_later_counts),
        cmocka_unit_test(an_f_waits_for_twenty_networks),
        cmocka_unit_test(it_does_not_where_servers_speak_for_themselves),
        cmocka_unit_test(what_accuses_waits_while_all_are_alike),
        cmocka_unit_test(related_servers_do_not_make_lines_wait),
        cmocka_unit_test(unrelated_servers_among_others_do),
        cmocka_unit_test(in_a_void_run_all_lines_are_void),
        cmocka_unit_test(the_end_of_the_list_ends_the_wait),
        cmocka_unit_test(a_line_may_wait_twice),
        cmocka_unit_test(no_more_lines_wait_than_there_is_room_for),
        cmocka_unit_test(without_memory_no_line_waits_and_none_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
