/* Questions that are asked again, after a pause and late, in simulated time. */
#include "io/dns/dns.h"

#include <ares.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "io/dns/dns_again.h"
#include "tests/replay/replay_dns.h"

#define RESOLVER   "192.0.2.53"
#define TIMEOUT_MS 1000
#define TRIES      2
#define PAUSE      5. /* seconds, as AGAIN_MS is */
#define AGAIN_MS   5000
#define LATE       (PAUSE * DNS_AGAIN_LATE_PAUSES)
#define TOLERANCE  0.1
#define HOUR       3600.

#define SERVFAIL 2
#define REFUSED  5
#define SILENT   16 /* no RCODE */

struct seen {
    unsigned calls;
    enum dns_outcome outcome;
    double at;
    struct dns_waiter waiter;
};

struct fixture {
    struct ev_loop *loop;
    struct dns *dns;
    struct dns_responder responder;
    unsigned rcodes[8]; /* of the answers in turn; 0 from then on */
    bool is_bogus;
    struct seen seen[2];
};

/* Silence lasts as long as all tries of a question. */
static bool answer(struct dns_responder *responder, const struct responder_query *query)
{
    static const uint8_t dnssec_bogus[] = {0, 15, 0, 2, 0, 6}; /* RFC 8914 section 4.7 */
    struct fixture *fixture = responder->user;
    unsigned index = responder->num_udp - 1;
    unsigned rcode = index < 8 ? fixture->rcodes[index] : 0;
    if (rcode == SILENT) {
        return false;
    }
    struct dns_build *build = &responder->build;
    build_start(build, query->id, DNS_BUILD_REPLY | rcode, query->name, query->type);
    if (rcode == 0 && query->type == DNS_A) {
        build_a(build, query->name, 60, 0xc0000201);
    }
    if (fixture->is_bogus) {
        build_opt(build, 0, dnssec_bogus, sizeof(dnssec_bogus));
    }
    return true;
}

static void use(struct fixture *fixture, unsigned again_ms)
{
    const struct dns_options options = {
        .servers = RESOLVER, .timeout_ms = TIMEOUT_MS, .tries = TRIES, .again_ms = again_ms};
    dns_free(fixture->dns);
    fixture->dns = dns_new(fixture->loop, &options);
    assert_non_null(fixture->dns);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->loop = loop_new();
    dns_responder_init(&fixture->responder, RESOLVER);
    fixture->responder.answer = answer;
    fixture->responder.user = fixture;
    use(fixture, AGAIN_MS);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    dns_free(fixture->dns);
    dns_responder_fini(&fixture->responder);
    loop_free(fixture->loop);
    free(fixture);
    return 0;
}

static void on_answer(void *user, const struct dns_answer *answer)
{
    struct seen *seen = user;
    seen->calls++;
    seen->outcome = answer->outcome;
    seen->at = replay_now();
}

static void ask(struct fixture *fixture, unsigned index, enum dns_type type)
{
    dns_ask(fixture->dns, &fixture->seen[index].waiter, "a.example", type, on_answer,
            &fixture->seen[index]);
}

static void put_off(struct fixture *fixture, unsigned index)
{
    dns_put_off(fixture->dns, &fixture->seen[index].waiter, "a.example", DNS_A, on_answer,
                &fixture->seen[index]);
}

static void assert_told(const struct fixture *fixture, unsigned index, enum dns_outcome outcome,
                        unsigned num_udp)
{
    assert_int_equal(fixture->seen[index].calls, 1);
    assert_string_equal(dns_outcome_name(fixture->seen[index].outcome), dns_outcome_name(outcome));
    assert_int_equal(fixture->responder.num_udp, num_udp);
}

/* ---- After a pause ---- */

static void ask_once(struct fixture *fixture, enum dns_outcome outcome, unsigned num_udp,
                     double seconds)
{
    double begun = replay_now();
    ask(fixture, 0, DNS_A);
    replay_run(fixture->loop, HOUR);
    assert_told(fixture, 0, outcome, num_udp);
    double took = fixture->seen[0].at - begun;
    if (took < seconds || took > seconds + TOLERANCE) {
        fail_msg("%.3f s, expected %.3f", took, seconds);
    }
}

static void a_failure_is_asked_again_and_the_answer_counts(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = SERVFAIL;
    ask_once(fixture, DNS_OK, 2, PAUSE);
    assert_int_equal(dns_stats(fixture->dns)->failed, 1);
    assert_int_equal(dns_stats(fixture->dns)->answered, 1);
}

static void a_refusal_is_no_less_a_failure(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = REFUSED;
    ask_once(fixture, DNS_OK, 2, PAUSE);
}

static void silence_is_asked_again_with_as_many_tries(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 2 * TRIES - 1; i++) {
        fixture->rcodes[i] = SILENT;
    }
    ask_once(fixture, DNS_OK, 2 * TRIES, (2 * TRIES - 1) * TIMEOUT_MS / 1000. + PAUSE);
}

static void what_fails_twice_is_believed(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = fixture->rcodes[1] = SERVFAIL;
    ask_once(fixture, DNS_SERVFAIL, 2, PAUSE);
    assert_int_equal(dns_stats(fixture->dns)->failed, 1); /* it is one question */
}

static void signatures_that_fail_are_believed_at_once(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = SERVFAIL;
    fixture->is_bogus = true;
    ask_once(fixture, DNS_SERVFAIL, 1, 0);
}

static void what_is_only_reported_is_not_asked_again(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = SERVFAIL;
    ask(fixture, 0, DNS_CAA);
    replay_run(fixture->loop, HOUR);
    assert_told(fixture, 0, DNS_SERVFAIL, 1);
}

static void without_a_pause_nothing_is_asked_again(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = SERVFAIL;
    use(fixture, 0);
    ask_once(fixture, DNS_SERVFAIL, 1, 0);
}

static void those_who_ask_meanwhile_are_told_the_same(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = SERVFAIL;
    ask(fixture, 0, DNS_A);
    replay_run(fixture->loop, PAUSE / 2);
    ask(fixture, 1, DNS_A);
    replay_run(fixture->loop, HOUR);
    assert_told(fixture, 0, DNS_OK, 2);
    assert_told(fixture, 1, DNS_OK, 2);
}

/* ---- Late ---- */

static void on_passed(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* Time passes although nothing of the resolver client waits for it. */
static void let_pass(struct fixture *fixture, double seconds)
{
    ev_timer timer;
    ev_timer_init(&timer, on_passed, seconds, 0.);
    ev_now_update(fixture->loop);
    ev_timer_start(fixture->loop, &timer);
    ev_run(fixture->loop, 0);
}

static void what_is_put_off_waits_for_the_call_and_for_its_time(void **state)
{
    struct fixture *fixture = *state;
    put_off(fixture, 0);
    put_off(fixture, 1);
    assert_int_equal(dns_num_put_off(fixture->dns), 1); /* the same one */
    let_pass(fixture, LATE - 1);
    dns_ask_late_now(fixture->dns); /* too soon */
    let_pass(fixture, 2);
    assert_int_equal(fixture->responder.num_udp, 0);
    dns_ask_late_now(fixture->dns);
    assert_int_equal(dns_num_put_off(fixture->dns), 0);
    replay_run(fixture->loop, HOUR);
    assert_told(fixture, 0, DNS_OK, 1);
    assert_told(fixture, 1, DNS_OK, 1);
}

static void what_fails_late_is_believed(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = SERVFAIL;
    put_off(fixture, 0);
    let_pass(fixture, LATE + 1);
    dns_ask_late_now(fixture->dns);
    replay_run(fixture->loop, HOUR);
    assert_told(fixture, 0, DNS_SERVFAIL, 1);
}

/* ---- A stop ---- */

static void a_stop_cancels_what_waits_to_be_asked_again(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = SERVFAIL;
    ask(fixture, 0, DNS_TXT);
    put_off(fixture, 1);
    replay_run(fixture->loop, PAUSE / 2);
    dns_stop(fixture->dns);
    assert_int_equal(dns_num_put_off(fixture->dns), 0);
    replay_run(fixture->loop, HOUR);
    assert_told(fixture, 0, DNS_CANCELLED, 1);
    assert_told(fixture, 1, DNS_CANCELLED, 1);
}

/* One question is under way and takes all there is room for; the other one waits behind it. */
static void a_stop_cancels_what_is_under_way_and_what_is_queued(void **state)
{
    struct fixture *fixture = *state;
    const struct dns_options options = {.servers = RESOLVER,
                                        .timeout_ms = TIMEOUT_MS,
                                        .tries = TRIES,
                                        .again_ms = AGAIN_MS,
                                        .max_in_flight = 1};
    dns_free(fixture->dns);
    fixture->dns = dns_new(fixture->loop, &options);
    assert_non_null(fixture->dns);
    fixture->rcodes[0] = SILENT;
    ask(fixture, 0, DNS_A);
    ask(fixture, 1, DNS_TXT);
    let_pass(fixture, TIMEOUT_MS / 2000.);
    assert_int_equal(fixture->responder.num_udp, 1);
    double stopped = replay_now();
    dns_stop(fixture->dns);
    assert_int_equal(fixture->seen[0].calls + fixture->seen[1].calls, 0); /* not from within it */
    replay_run(fixture->loop, HOUR);
    assert_told(fixture, 0, DNS_CANCELLED, 1);
    assert_told(fixture, 1, DNS_CANCELLED, 1);
    assert_true(fixture->seen[0].at - stopped < TOLERANCE);
    assert_true(fixture->seen[1].at - stopped < TOLERANCE);
}

/* Nothing listens, and the question rests before it is asked again. */
static void a_stop_cancels_what_rests(void **state)
{
    struct fixture *fixture = *state;
    dns_responder_fini(&fixture->responder);
    ask(fixture, 0, DNS_A);
    let_pass(fixture, 0.5);
    assert_int_equal(fixture->seen[0].calls, 0);
    double stopped = replay_now();
    dns_stop(fixture->dns);
    replay_run(fixture->loop, HOUR);
    assert_int_equal(fixture->seen[0].calls, 1);
    assert_int_equal(fixture->seen[0].outcome, DNS_CANCELLED);
    assert_true(fixture->seen[0].at - stopped < TOLERANCE);
    dns_responder_init(&fixture->responder, RESOLVER); /* for the teardown */
}

static void after_a_stop_nothing_is_asked(void **state)
{
    struct fixture *fixture = *state;
    dns_stop(fixture->dns);
    ask(fixture, 0, DNS_A);
    put_off(fixture, 1);
    replay_run(fixture->loop, HOUR);
    assert_told(fixture, 0, DNS_CANCELLED, 0);
    assert_told(fixture, 1, DNS_CANCELLED, 0);
}

static void at_the_end_everyone_is_told(void **state)
{
    struct fixture *fixture = *state;
    fixture->rcodes[0] = SERVFAIL;
    ask(fixture, 0, DNS_TXT);
    put_off(fixture, 1);
    replay_run(fixture->loop, PAUSE / 2);
    dns_free(fixture->dns);
    fixture->dns = NULL;
    assert_told(fixture, 0, DNS_CANCELLED, 1);
    assert_told(fixture, 1, DNS_CANCELLED, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_failure_is_asked_again_and_the_answer_counts),
        TEST(a_refusal_is_no_less_a_failure),
        TEST(silence_is_asked_again_with_as_many_tries),
        TEST(what_fails_twice_is_believed),
        TEST(signatures_that_fail_are_believed_at_once),
        TEST(what_is_only_reported_is_not_asked_again),
        TEST(without_a_pause_nothing_is_asked_again),
        TEST(those_who_ask_meanwhile_are_told_the_same),
        TEST(what_is_put_off_waits_for_the_call_and_for_its_time),
        TEST(what_fails_late_is_believed),
        TEST(a_stop_cancels_what_waits_to_be_asked_again),
        TEST(a_stop_cancels_what_is_under_way_and_what_is_queued),
        TEST(a_stop_cancels_what_rests),
        TEST(after_a_stop_nothing_is_asked),
        TEST(at_the_end_everyone_is_told),
    };
#undef TEST
    ares_library_init(ARES_LIB_INIT_ALL);
    return cmocka_run_group_tests_name("dns_again", tests, NULL, NULL);
}
