/* Details of findings with the addresses taken out and put in again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "output/history/history_detail.h"

static const char *items[] = {"192.0.2.1", "2001:db8::1", "192.0.2.10"};
static const struct history_addresses addresses = {items, 3};
static const struct history_addresses none = {items, 0};

struct pair {
    const char *detail, *folded;
};

static const struct pair pairs[] = {
    {"", ""},
    {"mx.example (192.0.2.1)", "mx.example (#0)"},
    {"a (2001:db8::1), b (192.0.2.10), a (2001:db8::1)", "a (#1), b (#2), a (#1)"},
    {"c (192.0.2.100)", "c (192.0.2.100)"},     /* of none of its hosts */
    {"(192.0.2.1", "(192.0.2.1"},               /* it has no end */
    {"192.0.2.1", "192.0.2.1"},                 /* without brackets */
    {"(#0) and (192.0.2.1)", "(##0) and (#0)"}, /* a mark that the text has itself */
    {"(##0)((#", "(###0)((##"},
    {"((192.0.2.1))", "((#0))"},
    {"(192.0.2.1 and a text that is longer than any address can be)",
     "(192.0.2.1 and a text that is longer than any address can be)"},
};

static void test_what_is_folded_unfolds_to_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct arena arena = {0};
        const char *folded = history_detail_fold(pairs[i].detail, &addresses, &arena);
        assert_string_equal(folded, pairs[i].folded);
        assert_string_equal(history_detail_unfold(folded, &addresses, &arena), pairs[i].detail);
        arena_free(&arena);
    }
}

static void test_no_detail_stays_none(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_null(history_detail_fold(NULL, &addresses, &arena));
    assert_null(history_detail_unfold(NULL, &addresses, &arena));
    arena_free(&arena);
}

/* A history may come from elsewhere. */
static void test_a_mark_of_no_address_stays(void **state)
{
    (void)state;
    static const char *const marks[] = {"(#0)",  "(#)", "(#x)", "(#99999999999999999999999)",
                                        "(#-1)", "(#0", "(#"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        struct arena arena = {0};
        assert_string_equal(history_detail_unfold(marks[i], &none, &arena), marks[i]);
        arena_free(&arena);
    }
}

static void test_rotated_addresses_fold_to_the_same(void **state)
{
    (void)state;
    const char *others[] = {"198.51.100.7"};
    const struct history_addresses rotated = {others, 1};
    struct arena arena = {0};
    assert_string_equal(history_detail_fold("mx (198.51.100.7)", &rotated, &arena),
                        history_detail_fold("mx (192.0.2.1)", &addresses, &arena));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_folded_unfolds_to_the_same),
        cmocka_unit_test(test_no_detail_stays_none),
        cmocka_unit_test(test_a_mark_of_no_address_stays),
        cmocka_unit_test(test_rotated_addresses_fold_to_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
