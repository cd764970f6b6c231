/*
 * How fast a resolver is asked: what may be in its socket buffer, and when a question is sent
 * again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/dns/dns_burst.h"
#include "io/dns/dns_patience.h"

#define MEMORY_MS (DNS_BURST_SLOT_MS * DNS_BURST_SLOTS)

static void a_burst_has_room_for_so_many_and_again_for_those_answered(void **state)
{
    struct dns_burst burst;
    (void)state;
    dns_burst_init(&burst, 3, 1000);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(dns_burst_has_room(&burst, 1000));
        dns_burst_note_sent(&burst, 1000);
    }
    assert_false(dns_burst_has_room(&burst, 1000));
    dns_burst_note_answered(&burst, 1000, 1001);
    assert_true(dns_burst_has_room(&burst, 1001));
    dns_burst_note_sent(&burst, 1001);
    assert_false(dns_burst_has_room(&burst, 1001));
}

static void what_was_sent_a_while_ago_takes_no_room(void **state)
{
    struct dns_burst burst;
    (void)state;
    dns_burst_init(&burst, 2, 1000);
    dns_burst_note_sent(&burst, 1000);
    dns_burst_note_sent(&burst, 1000 + DNS_BURST_SLOT_MS);
    assert_false(dns_burst_has_room(&burst, 1000 + MEMORY_MS - 1));
    assert_true(dns_burst_has_room(&burst, 1000 + MEMORY_MS));
    dns_burst_note_sent(&burst, 1000 + MEMORY_MS);
    assert_false(dns_burst_has_room(&burst, 1000 + MEMORY_MS));
    assert_true(dns_burst_has_room(&burst, 1000 + MEMORY_MS + DNS_BURST_SLOT_MS));
    assert_true(dns_burst_has_room(&burst, 1000 + 1000 * MEMORY_MS));
    assert_int_equal(burst.num_recent, 0);
}

/* Otherwise its answer would make room a second time. */
static void an_answer_that_comes_late_makes_no_room(void **state)
{
    struct dns_burst burst;
    (void)state;
    dns_burst_init(&burst, 1, 1000);
    dns_burst_note_sent(&burst, 1000);
    dns_burst_note_sent(&burst, 1000 + MEMORY_MS);
    dns_burst_note_answered(&burst, 1000, 1000 + MEMORY_MS);
    assert_int_equal(burst.num_recent, 1);
    assert_false(dns_burst_has_room(&burst, 1000 + MEMORY_MS));
}

static void patience_follows_what_answers_take(void **state)
{
    static const struct {
        double quick_ms, slow_ms; /* in turn */
        double least_ms, most_ms;
    } cases[] = {
        {1, 1, 400, 400},         /* never hasty */
        {300, 300, 400, 400},     /* all alike */
        {0, 400, 900, 1100},      /* some known, some not: above the slow ones */
        {1500, 1500, 1500, 1600}, /* far away */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dns_patience patience = {0};
        assert_int_equal(dns_patience_ms(&patience), 1000);
        for (unsigned j = 0; j < 1000; j++) {
            dns_patience_note(&patience, j % 2 == 0 ? cases[i].quick_ms : cases[i].slow_ms);
        }
        double ms = dns_patience_ms(&patience);
        if (ms < cases[i].least_ms || ms > cases[i].most_ms) {
            fail_msg("%g, %g: %g", cases[i].quick_ms, cases[i].slow_ms, ms);
        }
    }
}

/* A resolver that is silent, or slow because it has too much to do, is not asked twice as much. */
static void ten_answers_earn_a_repetition(void **state)
{
    struct dns_patience patience = {0};
    unsigned num_taken = 0;
    (void)state;
    assert_false(dns_patience_take(&patience));
    for (unsigned i = 0; i < 9; i++) {
        dns_patience_note(&patience, 1);
    }
    assert_false(dns_patience_take(&patience));
    dns_patience_note(&patience, 1);
    assert_true(dns_patience_take(&patience));
    assert_false(dns_patience_take(&patience));
    for (unsigned i = 0; i < 100000; i++) {
        dns_patience_note(&patience, 1);
    }
    while (dns_patience_take(&patience)) {
        num_taken++;
    }
    assert_int_equal(num_taken, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_has_room_for_so_many_and_again_for_those_answered),
        cmocka_unit_test(what_was_sent_a_while_ago_takes_no_room),
        cmocka_unit_test(an_answer_that_comes_late_makes_no_room),
        cmocka_unit_test(patience_follows_what_answers_take),
        cmocka_unit_test(ten_answers_earn_a_repetition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
