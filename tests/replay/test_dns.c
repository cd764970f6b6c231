/*
 * The resolver client in simulated time, with one or two scripted servers.
 */
#include "io/dns/dns.h"

#include <ares.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "io/dns/dns_burst.h"
#include "tests/replay/replay_dns.h"

#define PATIENCE 1000. /* of a test, seconds */

#define FIRST      "192.0.2.53"
#define SECOND     "2001:db8::53"
#define NOBODY     "192.0.2.1"
#define TIMEOUT_MS 5000

struct seen {
    struct fixture *fixture;
    unsigned calls;
    unsigned turn; /* which of all calls the last one was */
    enum dns_outcome outcome;
    bool authentic;
    bool aliased;
    size_t num_records;
    char canonical[DNS_NAME_MAX];
    const char *ask_again; /* this, from the callback */
    unsigned times_again;
    struct dns_waiter waiter;
};

struct fixture {
    struct ev_loop *loop;
    struct dns *dns;
    struct dns_responder first;
    struct dns_responder second;
    unsigned num_calls;
    unsigned awaited_calls;
    bool asking; /* inside dns_ask() */
};

static struct dns *new_dns(struct fixture *fixture, const char *servers,
                           const struct dns_options *options)
{
    struct dns_options with = options != NULL ? *options : (struct dns_options){0};
    with.servers = servers;
    with.timeout_ms = with.timeout_ms == 0 ? TIMEOUT_MS : with.timeout_ms;
    with.tries = with.tries == 0 ? 2 : with.tries;
    dns_free(fixture->dns);
    fixture->dns = dns_new(fixture->loop, &with);
    assert_non_null(fixture->dns);
    return fixture->dns;
}

static void use_first(struct fixture *fixture, const struct dns_options *options)
{
    new_dns(fixture, FIRST, options);
}

static void use_both(struct fixture *fixture)
{
    new_dns(fixture, FIRST "," SECOND, NULL);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->loop = loop_new();
    dns_responder_init(&fixture->first, FIRST);
    dns_responder_init(&fixture->second, SECOND);
    use_first(fixture, NULL);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    dns_free(fixture->dns);
    dns_responder_fini(&fixture->first);
    dns_responder_fini(&fixture->second);
    loop_free(fixture->loop);
    free(fixture);
    return 0;
}

static void ask(struct fixture *fixture, const char *name, enum dns_type type, struct seen *seen);

static void on_answer(void *user, const struct dns_answer *answer)
{
    struct seen *seen = user;
    struct fixture *fixture = seen->fixture;
    assert_false(fixture->asking);
    assert_non_null(answer->canonical);
    seen->calls++;
    seen->outcome = answer->outcome;
    seen->authentic = answer->authentic;
    seen->aliased = answer->aliased;
    seen->num_records = answer->num_records;
    snprintf(seen->canonical, sizeof(seen->canonical), "%s", answer->canonical);
    if (seen->times_again > 0 && answer->outcome != DNS_CANCELLED) {
        seen->times_again--;
        ask(fixture, seen->ask_again, DNS_A, seen);
    }
    seen->turn = ++fixture->num_calls;
    if (fixture->num_calls == fixture->awaited_calls) {
        ev_break(fixture->loop, EVBREAK_ALL);
    }
}

static void ask(struct fixture *fixture, const char *name, enum dns_type type, struct seen *seen)
{
    seen->fixture = fixture;
    fixture->asking = true;
    dns_ask(fixture->dns, &seen->waiter, name, type, on_answer, seen);
    fixture->asking = false;
}

static void await(struct fixture *fixture, unsigned num_calls)
{
    fixture->awaited_calls = fixture->num_calls + num_calls;
    replay_run(fixture->loop, PATIENCE);
    assert_int_equal(fixture->num_calls, fixture->awaited_calls);
}

static struct seen ask_and_await(struct fixture *fixture, const char *name)
{
    struct seen seen = {0};
    ask(fixture, name, DNS_A, &seen);
    await(fixture, 1);
    return seen;
}

static void expect(struct fixture *fixture, const char *name, enum dns_outcome outcome)
{
    struct seen seen = ask_and_await(fixture, name);
    if (seen.outcome != outcome) {
        fail_msg("%s: %s, not %s", name, dns_outcome_name(seen.outcome), dns_outcome_name(outcome));
    }
}

static void every_kind_of_answer_has_its_outcome_and_its_price(void **state)
{
    static const struct {
        const char *name;
        enum dns_outcome outcome;
        unsigned num_queries;
    } cases[] = {
        {"ok.example", DNS_OK, 1},
        {"nodata.example", DNS_NODATA, 1},
        {"nxdomain.example", DNS_NXDOMAIN, 1},
        {"servfail.example", DNS_SERVFAIL, 1},
        {"refused.example", DNS_REFUSED_, 1},
        {"notimp.example", DNS_REFUSED_, 1},
        {"malformed.example", DNS_BAD_ANSWER, 1},
        {"loop.example", DNS_BAD_ANSWER, 1},
        {"silent.example", DNS_TIMED_OUT, 2},
        {"wrongid.example", DNS_TIMED_OUT, 2},
        {"wrongname.example", DNS_TIMED_OUT, 2},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned before = fixture->first.num_udp;
        expect(fixture, cases[i].name, cases[i].outcome);
        if (fixture->first.num_udp - before != cases[i].num_queries) {
            fail_msg("%s: %u queries", cases[i].name, fixture->first.num_udp - before);
        }
    }
}

static void the_ad_bit_is_asked_for_and_passed_on(void **state)
{
    struct fixture *fixture = *state;
    assert_true(ask_and_await(fixture, "ad.example").authentic);
    assert_true(fixture->first.saw_ad_bit);
    assert_true(fixture->first.saw_edns);
    assert_false(ask_and_await(fixture, "ok.example").authentic);
}

static void a_chain_of_aliases_ends_at_its_canonical_name(void **state)
{
    struct seen seen = ask_and_await(*state, "chain.example");
    assert_int_equal(seen.outcome, DNS_OK);
    assert_true(seen.aliased);
    assert_string_equal(seen.canonical, "end.example");
}

static void a_truncated_answer_is_fetched_whole_by_tcp(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = ask_and_await(fixture, "big.example");
    assert_int_equal(seen.outcome, DNS_OK);
    assert_int_equal(seen.num_records, RESPONDER_BIG);
    assert_int_equal(fixture->first.num_udp, 1);
    assert_int_equal(fixture->first.num_tcp, 1);
}

static void ask_for_big_ones(struct fixture *fixture, struct seen seen[20])
{
    for (unsigned i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof(name), "big.n%u.example", i);
        ask(fixture, name, DNS_A, &seen[i]);
    }
    await(fixture, 20);
}

static void many_truncated_answers_share_a_connection(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen[20] = {0};
    ask_for_big_ones(fixture, seen);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(seen[i].num_records, RESPONDER_BIG);
    }
    assert_int_equal(fixture->first.num_tcp, 20);
    assert_int_equal(fixture->first.num_streams, 1);
}

/* RFC 7766 section 6.2.4 lets a server do so. */
static void a_connection_that_ends_between_two_answers_is_made_anew(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen[20] = {0};
    fixture->first.answers_per_stream = 8;
    ask_for_big_ones(fixture, seen);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].num_records, RESPONDER_BIG);
    }
    assert_int_equal(fixture->first.num_streams, 3);
    assert_int_equal(dns_stats(fixture->dns)->tries, 20);
}

static void a_connection_that_gives_no_answer_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    use_first(fixture, &(struct dns_options){.tries = 1});
    fixture->first.answers_per_stream = -1;
    expect(fixture, "big.example", DNS_TIMED_OUT);
    assert_int_equal(fixture->first.num_streams, 1);
}

static void who_asks_the_same_meanwhile_joins(void **state)
{
    static const char *const names[] = {"slow.example", "SLOW.example", "slow.example."};
    struct fixture *fixture = *state;
    struct seen seen[3] = {0}, other = {0};
    for (size_t i = 0; i < 3; i++) {
        ask(fixture, names[i], DNS_A, &seen[i]);
    }
    ask(fixture, "slow.example", DNS_MX, &other);
    await(fixture, 4);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].outcome, DNS_OK);
    }
    assert_int_equal(other.calls, 1);
    assert_int_equal(other.outcome, DNS_NODATA);
    assert_int_equal(fixture->first.num_udp, 2);
    assert_int_equal(dns_stats(fixture->dns)->from_cache, 2);
}

static void what_is_known_is_not_asked_again(void **state)
{
    static const char *const names[] = {"ok.example", "nodata.example", "nxdomain.example"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < 3; i++) {
        struct seen before = ask_and_await(fixture, names[i]);
        struct seen after = ask_and_await(fixture, names[i]);
        assert_int_equal(before.outcome, after.outcome);
        assert_int_equal(before.num_records, after.num_records);
        assert_int_equal(fixture->first.num_udp, i + 1);
    }
}

static void a_failure_is_asked_anew_even_from_the_callback_that_is_told(void **state)
{
    static const char *const names[] = {"servfail.example", "refused.example", "malformed.example"};
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 3; i++) {
        struct seen seen = {.ask_again = names[i], .times_again = 2};
        unsigned before = fixture->first.num_udp;
        ask(fixture, names[i], DNS_A, &seen);
        await(fixture, 3);
        assert_int_equal(seen.calls, 3);
        assert_int_equal(fixture->first.num_udp - before, 3);
    }
}

static void callbacks_may_ask_on_and_on(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.ask_again = "ok.example", .times_again = 1000};
    ask(fixture, "ok.example", DNS_A, &seen);
    await(fixture, 1001);
    assert_int_equal(fixture->first.num_udp, 1);
}

static void everyone_is_cancelled_when_the_dns_is_freed(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen[8] = {0};
    use_first(fixture, &(struct dns_options){.max_in_flight = 2});
    expect(fixture, "ok.example", DNS_OK);
    ask(fixture, "slow.a.example", DNS_A, &seen[0]); /* asked */
    ask(fixture, "slow.a.example", DNS_A, &seen[1]); /* joined */
    ask(fixture, "silent.example", DNS_A, &seen[2]); /* asked */
    ask(fixture, "slow.b.example", DNS_A, &seen[3]); /* waiting */
    ask(fixture, "slow.c.example", DNS_A, &seen[4]);
    ask(fixture, "ok.example", DNS_A, &seen[5]); /* known, not yet told */
    ask(fixture, "no..name", DNS_A, &seen[6]);   /* known to be none, not yet told */
    ask(fixture, "ok.example", DNS_A, &seen[7]);
    dns_free(fixture->dns);
    fixture->dns = NULL;
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].outcome, DNS_CANCELLED);
    }
}

static void ask_many(struct fixture *fixture, unsigned num, struct seen *seen)
{
    for (unsigned i = 0; i < num; i++) {
        char name[32];
        snprintf(name, sizeof(name), "slow.n%u.example", i);
        ask(fixture, name, DNS_A, &seen[i]);
    }
}

static void no_more_are_in_flight_than_allowed(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen[50] = {0};
    use_first(fixture, &(struct dns_options){.max_in_flight = 5});
    ask_many(fixture, 50, seen);
    await(fixture, 50);
    assert_int_equal(fixture->first.num_udp, 50);
    assert_int_equal(fixture->first.most_delayed, 5);
}

/* One question at a time, of those that wait meanwhile: addresses first, then four that complete a
 * domain for each that begins one, and whichever is left. */
static void what_completes_a_domain_takes_turns_with_what_begins_one(void **state)
{
    static const struct {
        enum dns_type type;
        unsigned turn;
    } asked[] = {{DNS_MX, 12},  {DNS_MX, 15},  {DNS_MX, 16}, {DNS_TXT, 5},  {DNS_CAA, 6},
                 {DNS_TXT, 7},  {DNS_CAA, 8},  {DNS_TXT, 9}, {DNS_CAA, 10}, {DNS_TXT, 11},
                 {DNS_CAA, 13}, {DNS_TXT, 14}, {DNS_A, 2},   {DNS_AAAA, 3}, {DNS_TLSA, 4}};
    const unsigned num = sizeof(asked) / sizeof(asked[0]);
    struct fixture *fixture = *state;
    struct seen seen[sizeof(asked) / sizeof(asked[0])] = {0}, before = {0};
    use_first(fixture, &(struct dns_options){.max_in_flight = 1});
    ask(fixture, "nodata.before.example", DNS_A, &before);
    for (unsigned i = 0; i < num; i++) {
        char name[32];
        snprintf(name, sizeof(name), "nodata.n%u.example", i);
        ask(fixture, name, asked[i].type, &seen[i]);
    }
    await(fixture, num + 1);
    for (unsigned i = 0; i < num; i++) {
        assert_int_equal(seen[i].turn, asked[i].turn);
    }
}

static void no_more_are_unread_than_a_socket_buffer_holds(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen[60] = {0};
    use_first(fixture, &(struct dns_options){.max_unread = 20});
    fixture->first.delay = 1;
    ask_many(fixture, 60, seen);
    replay_run(fixture->loop, DNS_BURST_SLOT_MS * (DNS_BURST_SLOTS - 1) / 1000.);
    assert_int_equal(dns_stats(fixture->dns)->questions, 20);
    replay_run(fixture->loop, DNS_BURST_SLOT_MS * 2 / 1000.);
    assert_int_equal(dns_stats(fixture->dns)->questions, 40);
    await(fixture, 60);
    assert_int_equal(fixture->first.num_udp, 60);
}

/* Slow answers do not use that up: the resolver has read the question and works on it. */
static void those_that_a_resolver_works_on_are_not_unread(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen[15] = {0};
    use_first(fixture, &(struct dns_options){.max_unread = 5});
    fixture->first.delay = 1;
    ask_many(fixture, 15, seen);
    await(fixture, 15);
    assert_int_equal(fixture->first.most_delayed, 15);
}

/* Answers make known how long they take, and earn repetitions. */
static void get_to_know(struct fixture *fixture)
{
    for (unsigned i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof(name), "ok.known%u.example", i);
        expect(fixture, name, DNS_OK);
    }
    assert_int_equal(fixture->first.num_udp, 20);
}

static void a_lost_question_is_sent_again_long_before_it_times_out(void **state)
{
    struct fixture *fixture = *state;
    use_first(fixture, &(struct dns_options){.timeout_ms = 60000});
    get_to_know(fixture);
    fixture->first.first_lost = fixture->first.last_lost = 21;
    double begin = replay_now();
    expect(fixture, "ok.example", DNS_OK);
    double took = replay_now() - begin;
    assert_true(took > 0.39 && took < 0.41); /* not a minute */
    assert_int_equal(fixture->first.num_udp, 22);
    assert_int_equal(dns_stats(fixture->dns)->tries, 21);
}

static void a_late_answer_counts_although_the_question_was_sent_again(void **state)
{
    struct fixture *fixture = *state;
    get_to_know(fixture);
    fixture->first.first_lost = 22;
    fixture->first.last_lost = UINT_MAX;
    fixture->first.delay = TIMEOUT_MS / 1000. - 0.1;
    expect(fixture, "slow.example", DNS_OK);
    assert_int_equal(fixture->first.num_udp, 22);
    assert_int_equal(dns_stats(fixture->dns)->tries, 21);
}

/* Anyone can put such an answer into the zone of a domain that is scanned. */
static void an_answer_that_cannot_be_read_harms_no_other_question(void **state)
{
    struct fixture *fixture = *state;
    struct seen slow = {0}, malformed = {0};
    ask(fixture, "slow.example", DNS_A, &slow);
    ask(fixture, "malformed.example", DNS_A, &malformed);
    await(fixture, 2);
    assert_int_equal(malformed.outcome, DNS_BAD_ANSWER);
    assert_int_equal(slow.outcome, DNS_OK);
    assert_int_equal(fixture->first.num_udp, 2);
}

static void the_oldest_answers_are_forgotten_first(void **state)
{
    struct fixture *fixture = *state;
    char name[32];
    use_first(fixture, &(struct dns_options){.max_cached = 10});
    for (unsigned i = 0; i < 30; i++) {
        snprintf(name, sizeof(name), "ok.n%u.example", i);
        expect(fixture, name, DNS_OK);
    }
    for (unsigned i = 20; i < 30; i++) {
        snprintf(name, sizeof(name), "ok.n%u.example", i);
        expect(fixture, name, DNS_OK);
    }
    assert_int_equal(fixture->first.num_udp, 30);
    expect(fixture, "ok.n19.example", DNS_OK);
    assert_int_equal(fixture->first.num_udp, 31);
}

static void an_answer_with_waiters_outlives_its_eviction(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen[3] = {0};
    use_first(fixture, &(struct dns_options){.max_cached = 1});
    for (unsigned round = 0; round < 20; round++) {
        seen[0].ask_again = "ok.a.example";
        seen[0].times_again = 3;
        ask(fixture, "ok.a.example", DNS_A, &seen[0]);
        ask(fixture, "ok.b.example", DNS_A, &seen[1]);
        ask(fixture, "ok.c.example", DNS_A, &seen[2]);
        await(fixture, 6);
        assert_int_equal(seen[0].outcome, DNS_OK);
    }
}

static void a_name_that_cannot_be_is_not_asked_for(void **state)
{
    static const char *const names[] = {"no..name", "sp ace.example", "a\\.b", "hidden.onion",
                                        "Onion."};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        expect(fixture, names[i], DNS_NXDOMAIN);
    }
    assert_int_equal(fixture->first.num_udp, 0);
    expect(fixture, "ok.notonion", DNS_OK);
}

static void a_server_without_edns_is_asked_without(void **state)
{
    struct fixture *fixture = *state;
    fixture->first.mode = "noedns";
    expect(fixture, "a.example", DNS_OK);
    expect(fixture, "b.example", DNS_OK);
    expect(fixture, "c.example", DNS_OK);
    assert_false(fixture->first.saw_edns);
    fixture->first.mode = "formerr";
    expect(fixture, "d.example", DNS_REFUSED_);
}

static void where_nothing_listens_the_next_resolver_is_asked_at_once(void **state)
{
    struct fixture *fixture = *state;
    new_dns(fixture, NOBODY "," FIRST, NULL);
    expect(fixture, "ok.example", DNS_OK);
    assert_int_equal(dns_stats(fixture->dns)->busy_ms, 0);
}

static void where_nothing_listens_at_all_it_is_a_time_out(void **state)
{
    struct fixture *fixture = *state;
    new_dns(fixture, NOBODY, NULL);
    expect(fixture, "ok.example", DNS_TIMED_OUT);
    assert_int_equal(dns_stats(fixture->dns)->tries, 2);
    assert_in_range(dns_stats(fixture->dns)->busy_ms, 1000, 1001); /* it rested in between */
}

static void a_silent_resolver_costs_a_few_questions_only(void **state)
{
    struct fixture *fixture = *state;
    char name[32];
    use_both(fixture);
    fixture->first.mode = "silent";
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "ok.n%u.example", i);
        expect(fixture, name, DNS_OK);
    }
    assert_int_equal(fixture->first.num_udp, 3);
    assert_int_equal(fixture->second.num_udp, 10);
}

static void every_resolver_is_asked_before_a_failure_is_told(void **state)
{
    static const struct {
        const char *first;
        const char *second;
        enum dns_outcome outcome;
    } cases[] = {
        {"servfail", "ok", DNS_OK},
        {"refused", "nxdomain", DNS_NXDOMAIN},
        {"malformed", "nodata", DNS_NODATA},
        {"silent", "ok", DNS_OK},
        {"servfail", "refused", DNS_SERVFAIL},
        {"refused", "servfail", DNS_SERVFAIL},
        {"malformed", "refused", DNS_REFUSED_},
        {"servfail", "silent", DNS_SERVFAIL},
        {"silent", "malformed", DNS_BAD_ANSWER},
        {"servfail", "servfail", DNS_SERVFAIL},
        {"silent", "silent", DNS_TIMED_OUT},
    };
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        use_both(fixture);
        fixture->first.mode = cases[i].first;
        fixture->second.mode = cases[i].second;
        expect(fixture, "a.example", cases[i].outcome);
    }
}

static void an_answer_of_the_first_is_final(void **state)
{
    struct fixture *fixture = *state;
    use_both(fixture);
    expect(fixture, "nxdomain.example", DNS_NXDOMAIN);
    expect(fixture, "nodata.example", DNS_NODATA);
    assert_int_equal(fixture->second.num_udp, 0);
}

static void thousands_of_questions_are_answered_each_once(void **state)
{
    struct fixture *fixture = *state;
    struct seen *seen = calloc(5000, sizeof(*seen));
    assert_non_null(seen);
    use_first(fixture, &(struct dns_options){.max_in_flight = 100});
    for (unsigned i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof(name), "ok.n%u.example", i);
        ask(fixture, name, DNS_A, &seen[i]);
    }
    await(fixture, 5000);
    for (unsigned i = 0; i < 5000; i++) {
        assert_int_equal(seen[i].calls, 1);
        assert_int_equal(seen[i].outcome, DNS_OK);
    }
    assert_int_equal(dns_stats(fixture->dns)->asked, 5000);
    assert_int_equal(dns_stats(fixture->dns)->questions, 5000);
    assert_int_equal(dns_stats(fixture->dns)->from_cache, 0);
    free(seen);
}

static void with_nothing_to_do_the_loop_ends(void **state)
{
    struct fixture *fixture = *state;
    expect(fixture, "ok.example", DNS_OK);
    expect(fixture, "big.example", DNS_OK);
    expect(fixture, "ok.example", DNS_OK);
    assert_true(replay_run(fixture->loop, PATIENCE)); /* no active watcher */
}

static void a_list_of_servers_is_taken_whole_or_not_at_all(void **state)
{
    static const struct {
        const char *servers;
        bool good;
    } cases[] = {
        {"127.0.0.1", true},
        {"127.0.0.1:5353", true},
        {"::1", true},
        {"[::1]:53", true},
        {"127.0.0.1,[::1]:53,127.0.0.1:65535", true},
        {NULL, true},
        {"", false},
        {",", false},
        {"127.0.0.1,", false},
        {"127.0.0.1:0", false},
        {"127.0.0.1:65536", false},
        {"127.0.0.1:", false},
        {"127.0.0.1:53x", false},
        {"127.0.0.1 ", false},
        {"resolver.example", false},
        {"127.0.0.1,resolver.example", false},
        {"::1:5353:zz", false},
        {"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1", true},
        {"1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1", false},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dns *dns =
            dns_new(fixture->loop, &(struct dns_options){.servers = cases[i].servers});
        if ((dns != NULL) != cases[i].good) {
            fail_msg("\"%s\"", cases[i].servers);
        }
        dns_free(dns);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_answer_has_its_outcome_and_its_price),
        TEST(the_ad_bit_is_asked_for_and_passed_on),
        TEST(a_chain_of_aliases_ends_at_its_canonical_name),
        TEST(a_truncated_answer_is_fetched_whole_by_tcp),
        TEST(many_truncated_answers_share_a_connection),
        TEST(a_connection_that_ends_between_two_answers_is_made_anew),
        TEST(a_connection_that_gives_no_answer_is_a_failure),
        TEST(who_asks_the_same_meanwhile_joins),
        TEST(what_is_known_is_not_asked_again),
        TEST(a_failure_is_asked_anew_even_from_the_callback_that_is_told),
        TEST(callbacks_may_ask_on_and_on),
        TEST(everyone_is_cancelled_when_the_dns_is_freed),
        TEST(what_completes_a_domain_takes_turns_with_what_begins_one),
        TEST(no_more_are_in_flight_than_allowed),
        TEST(no_more_are_unread_than_a_socket_buffer_holds),
        TEST(those_that_a_resolver_works_on_are_not_unread),
        TEST(a_lost_question_is_sent_again_long_before_it_times_out),
        TEST(a_late_answer_counts_although_the_question_was_sent_again),
        TEST(an_answer_that_cannot_be_read_harms_no_other_question),
        TEST(the_oldest_answers_are_forgotten_first),
        TEST(an_answer_with_waiters_outlives_its_eviction),
        TEST(a_name_that_cannot_be_is_not_asked_for),
        TEST(a_server_without_edns_is_asked_without),
        TEST(where_nothing_listens_the_next_resolver_is_asked_at_once),
        TEST(where_nothing_listens_at_all_it_is_a_time_out),
        TEST(a_silent_resolver_costs_a_few_questions_only),
        TEST(every_resolver_is_asked_before_a_failure_is_told),
        TEST(an_answer_of_the_first_is_final),
        TEST(thousands_of_questions_are_answered_each_once),
        TEST(with_nothing_to_do_the_loop_ends),
        TEST(a_list_of_servers_is_taken_whole_or_not_at_all),
    };
    ares_library_init(ARES_LIB_INIT_ALL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ares_library_cleanup();
    return failed;
}
