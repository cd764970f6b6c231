/* How many addresses of each host of a domain are asked. */
#include "scanner/engine/address_share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void each_host_has_the_same_share_at_first(void **state)
{
    (void)state;
    static const struct {
        size_t num_hosts;
        unsigned share;
    } rows[] = {{1, 8}, {2, 8}, {4, 8}, {5, 4}, {8, 4}, {9, 2}, {16, 2}, {17, 1}, {64, 1}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(address_share_first(32, rows[i].num_hosts), rows[i].share);
    }
    assert_int_equal(address_share_first(1, 1), 1);
    assert_int_equal(address_share_first(1, 0), 8);
    assert_int_equal(address_share_first(100000, 64), 8);
}

static void what_is_left_goes_to_the_preferred_hosts(void **state)
{
    (void)state;
    unsigned room = 10;
    assert_int_equal(address_share_more(&room, 4), 4);
    assert_int_equal(address_share_more(&room, 0), 0);
    assert_int_equal(address_share_more(&room, 40), 6);
    assert_int_equal(address_share_more(&room, 40), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_host_has_the_same_share_at_first),
        cmocka_unit_test(what_is_left_goes_to_the_preferred_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
