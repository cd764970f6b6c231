/* The clock and the loop's time, while somebody sets the wall clock. */
#include "io/base/clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/base/loop.h"
#include "tests/replay/replay_clock.h"

#define TOLERANCE 0.0011 /* of libev, which waits for whole milliseconds */

static void assert_near(double value, double expected)
{
    if (fabs(value - expected) > TOLERANCE) {
        fail_msg("%.6f is not %.6f", value, expected);
    }
}

static void a_moment_does_not_follow_the_wall_clock(void **state)
{
    (void)state;
    struct moment begin = clock_now();
    int64_t begin_ms = clock_now_ms();
    double wall = clock_wall();
    replay_pass(5);
    replay_set_wall(-600);
    assert_near(moment_between(begin, clock_now()), 5);
    assert_int_equal(clock_now_ms() - begin_ms, 5000);
    assert_near(clock_wall(), wall + 5 - 600);
    replay_set_wall(600);
    assert_near(moment_between(begin, clock_now()), 5);
}

static void a_moment_is_later_by_what_is_added(void **state)
{
    (void)state;
    struct moment now = clock_now();
    assert_near(moment_between(now, moment_after(now, 2.5)), 2.5);
    assert_near(moment_between(moment_after(now, 2.5), now), -2.5);
}

struct rounds {
    struct moment begin;
    double fired_after;
    double told_at_first, told_later; /* in the round that the timer fired in */
};

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    struct rounds *rounds = timer->data;
    rounds->fired_after = moment_between(rounds->begin, clock_now());
    rounds->told_at_first = loop_since(loop, rounds->begin);
    replay_pass(3);
    rounds->told_later = loop_since(loop, rounds->begin);
}

static void set_ahead(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
    replay_set_wall(600);
}

static void set_back(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
    replay_set_wall(-600);
}

static void run_timer(void (*step)(struct ev_loop *loop, ev_timer *timer, int events))
{
    struct ev_loop *loop = loop_new();
    struct rounds rounds = {.begin = loop_now(loop)};
    ev_timer timer, wall;
    ev_timer_init(&timer, on_timer, 30., 0.);
    timer.data = &rounds;
    ev_timer_start(loop, &timer);
    ev_timer_init(&wall, step, 10., 0.);
    ev_timer_start(loop, &wall);
    assert_near(moment_between(loop_now(loop), clock_now()), 0);
    ev_run(loop, 0); /* the loop's own timer does not keep it running */
    assert_near(rounds.fired_after, 30);
    assert_near(rounds.told_at_first, 30);
    /* It is one moment for all that a round does. */
    assert_true(rounds.told_later == rounds.told_at_first);
    loop_free(loop);
}

static void a_loop_tells_the_moment_of_its_round_while_the_wall_clock_is_set_ahead(void **state)
{
    (void)state;
    run_timer(set_ahead);
}

static void and_while_it_is_set_back(void **state)
{
    (void)state;
    run_timer(set_back);
}

static void no_loop_need_not_be_freed(void **state)
{
    (void)state;
    loop_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_does_not_follow_the_wall_clock),
        cmocka_unit_test(a_moment_is_later_by_what_is_added),
        cmocka_unit_test(a_loop_tells_the_moment_of_its_round_while_the_wall_clock_is_set_ahead),
        cmocka_unit_test(and_while_it_is_set_back),
        cmocka_unit_test(no_loop_need_not_be_freed),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
