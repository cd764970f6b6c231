/*
 * DNS questions while memory is lacking: nobody is called from within dns_ask(), everybody is
 * called once, and what is told then is never a failure of the DNS's, nor is it kept.
 */
#include "io/dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "tests/replay/replay_dns.h"
#include "tests/unit/failing_allocator.h"

#define RESOLVER "192.0.2.53"
#define PATIENCE 1000. /* of a test, seconds */
#define NUM      600
#define ALL      1000000

struct seen {
    struct fixture *fixture;
    struct dns_waiter waiter;
    unsigned calls;
    enum dns_outcome outcome;
};

struct fixture {
    struct ev_loop *loop;
    struct dns *dns;
    struct dns_responder responder;
    struct seen seen[NUM];
    unsigned num_told;
    bool asking; /* inside dns_ask() */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->loop = loop_new();
    dns_responder_init(&fixture->responder, RESOLVER);
    fixture->dns = dns_new(fixture->loop, &(struct dns_options){.servers = RESOLVER});
    assert_non_null(fixture->dns);
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
    assert_false(seen->fixture->asking);
    seen->calls++;
    seen->outcome = answer->outcome;
    seen->fixture->num_told++;
}

static void ask(struct fixture *fixture, struct seen *seen, const char *name)
{
    *seen = (struct seen){.fixture = fixture};
    fixture->asking = true;
    dns_ask(fixture->dns, &seen->waiter, name, DNS_A, on_answer, seen);
    fixture->asking = false;
}

static void on_patience(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    *(bool *)timer->data = true;
    ev_break(loop, EVBREAK_ALL);
}

static void await(struct fixture *fixture, unsigned num)
{
    bool is_over = false;
    ev_timer patience;
    ev_timer_init(&patience, on_patience, PATIENCE, 0.);
    patience.data = &is_over;
    ev_timer_start(fixture->loop, &patience);
    while (fixture->num_told < num && !is_over) {
        ev_run(fixture->loop, EVRUN_ONCE);
    }
    ev_timer_stop(fixture->loop, &patience);
    assert_int_equal(fixture->num_told, num);
    fixture->num_told = 0;
}

static void without_any_memory_everybody_is_told_so_later(void **state)
{
    struct fixture *fixture = *state;
    fail_allocations(0, ALL);
    for (unsigned i = 0; i < NUM; i++) {
        char name[32];
        snprintf(name, sizeof(name), "ok.n%u.example", i);
        ask(fixture, &fixture->seen[i], name);
    }
    assert_true(end_failing() > 0);
    await(fixture, NUM);
    for (unsigned i = 0; i < NUM; i++) {
        assert_int_equal(fixture->seen[i].calls, 1);
        assert_string_equal(dns_outcome_name(fixture->seen[i].outcome), "shortage");
    }
}

/* Of a question and its answer, by UDP and by TCP, each allocation fails in turn. */
static void a_lack_of_memory_is_never_a_failure_of_the_dns(void **state)
{
    struct fixture *fixture = *state;
    struct seen *seen = &fixture->seen[0];
    unsigned long num_failed = 1;
    unsigned num_lacked = 0;
    for (unsigned long at = 0; num_failed > 0; at++) {
        char name[32];
        snprintf(name, sizeof(name), "big.n%lu.example", at);
        fail_allocations(at, 1);
        ask(fixture, seen, name);
        await(fixture, 1);
        num_failed = end_failing();
        if (seen->outcome != DNS_OK) {
            num_lacked++;
            assert_string_equal(dns_outcome_name(seen->outcome), "shortage");
            ask(fixture, seen, name);
            await(fixture, 1);
            assert_string_equal(dns_outcome_name(seen->outcome), "ok");
        }
    }
    assert_true(num_lacked > 0);
}

/* What is lacking may be there a moment later, so it is tried again. */
static void a_connection_that_lacks_memory_is_made_a_moment_later(void **state)
{
    struct fixture *fixture = *state;
    struct seen *seen = &fixture->seen[0];
    ask(fixture, seen, "big.example");
    fail_allocations(0, 1);
    await(fixture, 1);
    assert_int_equal(end_failing(), 1);
    assert_string_equal(dns_outcome_name(seen->outcome), "ok");
    assert_int_equal(fixture->responder.num_tcp, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_any_memory_everybody_is_told_so_later, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_connection_that_lacks_memory_is_made_a_moment_later,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_lack_of_memory_is_never_a_failure_of_the_dns, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
