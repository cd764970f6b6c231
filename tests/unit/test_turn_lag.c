/* Who is overtaken by those that were admitted later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanner/engine/turn_lag.h"

static void what_costs_one_server_is_overtaken_by_nobody(void **state)
{
    (void)state;
    assert_int_equal(turn_lag(1, 1, 1000), 0);
    assert_int_equal(turn_lag(1, 0, 1000), 0);
    assert_int_equal(turn_lag(0, 0, 1000), 0);
}

static void what_costs_more_lets_others_go_first(void **state)
{
    (void)state;
    assert_int_equal(turn_lag(2, 1, 1000), 500);
    assert_int_equal(turn_lag(1, 2, 1000), 500);
    assert_int_equal(turn_lag(2, 2, 1000), 1000);
}

/* Two turns can be compared while they are less than half of all numbers apart. */
static void nobody_is_overtaken_by_more_than_are_under_way(void **state)
{
    (void)state;
    assert_int_equal(turn_lag(64, 64, 1000), 1000);
    assert_int_equal(turn_lag(64, 64, UINT64_MAX), INT32_MAX / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_costs_one_server_is_overtaken_by_nobody),
        cmocka_unit_test(what_costs_more_lets_others_go_first),
        cmocka_unit_test(nobody_is_overtaken_by_more_than_are_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
