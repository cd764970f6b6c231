/* Which MX records count, and in which order. */
#include "scanner/engine/exchange_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static struct dns_record mx(unsigned preference, const char *host)
{
    return (struct dns_record){.mx = {(uint16_t)preference, host}};
}

/* "10 a, 20 b" of what is kept. */
static const char *kept(const struct dns_record *records, size_t num, size_t max, char text[256])
{
    const struct dns_answer answer = {.records = records, .num_records = num};
    const struct dns_record *out[8];
    size_t num_kept = exchange_order(&answer, out, max);
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < num_kept; i++) {
        len += (size_t)snprintf(text + len, 256 - len, "%s%u %s", i > 0 ? ", " : "",
                                out[i]->mx.preference, out[i]->mx.host);
    }
    return text;
}

static void the_lowest_preference_comes_first_and_names_decide_ties(void **state)
{
    (void)state;
    char text[256];
    const struct dns_record records[] = {mx(20, "c"), mx(10, "b"), mx(10, "a"), mx(0, "d")};
    assert_string_equal(kept(records, NUM(records), 8, text), "0 d, 10 a, 10 b, 20 c");
}

static void a_host_named_twice_has_its_lowest_preference(void **state)
{
    (void)state;
    char text[256];
    const struct dns_record records[] = {mx(30, "a"), mx(20, "b"), mx(10, "a"), mx(10, "a")};
    assert_string_equal(kept(records, NUM(records), 8, text), "10 a, 20 b");
}

static void of_more_than_there_is_room_for_the_preferred_are_kept(void **state)
{
    (void)state;
    char text[256];
    const struct dns_record records[] = {mx(50, "e"), mx(40, "d"), mx(10, "a"), mx(20, "b")};
    assert_string_equal(kept(records, NUM(records), 2, text), "10 a, 20 b");
    assert_string_equal(kept(records, 0, 2, text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_preference_comes_first_and_names_decide_ties),
        cmocka_unit_test(a_host_named_twice_has_its_lowest_preference),
        cmocka_unit_test(of_more_than_there_is_room_for_the_preferred_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
