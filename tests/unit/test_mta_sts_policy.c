/*
 * The body of an MTA-STS policy: what is one, what is none and why, and which hosts it allows.
 */
#include "scanner/enforcement/mta_sts_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/enforcement/mta_sts_problem.h"
#include "tests/unit/failing_allocator.h"
#include "tests/unit/named.h"

#define NUM(array)   (sizeof(array) / sizeof((array)[0]))
#define BIT(problem) MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_##problem)

static void assert_bits(uint64_t found, uint64_t expected)
{
    for (unsigned i = 0; i < MTA_STS_PROBLEM_COUNT; i++) {
        if (((found ^ expected) >> i & 1) != 0) {
            fail_msg("%s: %s", mta_sts_problem_name((enum mta_sts_problem)i),
                     (found >> i & 1) != 0 ? "found" : "not found");
        }
    }
}

/* ---- The policy: RFC 8461 section 3.2 ---- */

#define V     "version: STSv1\n"
#define ENF   "mode: enforce\n"
#define MX    "mx: mx.example.org\n"
#define AGE   "max_age: 604800\n"
#define WHOLE V ENF MX AGE
#define Y100                                                                                       \
    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" \
    "yyyyyyyy"

struct policy_case {
    const char *what;
    const char *body;
    bool is_valid;
    uint64_t problems;
};

static void check_policies(const struct policy_case *cases, size_t num_cases)
{
    for (size_t i = 0; i < num_cases; i++) {
        struct arena arena = {0};
        struct mta_sts_policy policy;
        const char *body = cases[i].body;
        print_message("%s\n", cases[i].what);
        assert_true(mta_sts_policy_parse(&arena, (const uint8_t *)body, strlen(body), &policy));
        assert_bits(policy.problems, cases[i].problems);
        assert_int_equal(policy.is_valid, cases[i].is_valid);
        arena_free(&arena);
    }
}

static void a_policy_is_read_as_its_grammar_has_it(void **state)
{
    (void)state;
    static const struct policy_case cases[] = {
        {"LF", WHOLE, true, 0},
        {"CRLF", "version: STSv1\r\nmode: enforce\r\nmx: a.example\r\nmax_age: 86400\r\n", true, 0},
        {"no end of the last line", V ENF MX "max_age: 86400", true, 0},
        {"any order", AGE MX ENF V, true, 0},
        {"no white space behind the colon", "version:STSv1\n" ENF MX AGE, true, 0},
        {"much of it, before and behind", "version: \t STSv1 \t\n" ENF MX AGE, true, 0},
        {"keys nobody knows", WHOLE "x-1.y_z: anything goes\n", true, 0},
        {"characters beyond ASCII under them", WHOLE "note: gr\xc3\xbc\xc3\x9f\n", true, 0},
        {"mode testing", V "mode: testing\n" MX AGE, true, 0},
        {"mode none without mx", V "mode: none\n" AGE, true, 0},
        {"several mx", WHOLE "mx: *.example.org\n", true, 0},
        {"blank lines", V "\n" ENF MX " \n" AGE "\n", true, BIT(POLICY_BLANK_LINE)},
        {"a key twice: the first counts", V "mode: testing\n" ENF MX AGE, true,
         BIT(POLICY_DUPLICATE_KEY)},
        {"max_age of a year", V ENF MX "max_age: 31557600\n", true, 0},
        {"max_age of less than a day", V ENF MX "max_age: 86399\n", true,
         BIT(POLICY_MAX_AGE_SHORT)},
        {"max_age of nothing", V ENF MX "max_age: 0\n", true, BIT(POLICY_MAX_AGE_SHORT)},
        {"a final dot in mx", V ENF "mx: mx.example.org.\n" AGE, true, BIT(POLICY_MX_TRAILING_DOT)},
        {"one mx of two is none", WHOLE "mx: mx_ !\n", true, BIT(POLICY_BAD_MX)},
    };
    check_policies(cases, NUM(cases));
}

static void what_is_no_policy_says_why(void **state)
{
    (void)state;
    static const struct policy_case cases[] = {
        {"nothing", "", false,
         BIT(POLICY_NO_VERSION) | BIT(POLICY_NO_MODE) | BIT(POLICY_NO_MAX_AGE) | BIT(POLICY_NO_MX)},
        {"max_age of more than a year", V ENF MX "max_age: 31557601\n", false,
         BIT(POLICY_MAX_AGE_TOO_LARGE)},
        {"max_age of ten digits", V ENF MX "max_age: 9999999999\n", false,
         BIT(POLICY_MAX_AGE_TOO_LARGE)},
        {"a web page", "<!DOCTYPE html>\n", false,
         BIT(POLICY_BAD_LINE) | BIT(POLICY_NO_VERSION) | BIT(POLICY_NO_MODE) |
             BIT(POLICY_NO_MAX_AGE) | BIT(POLICY_NO_MX)},
        {"no version", ENF MX AGE, false, BIT(POLICY_NO_VERSION)},
        {"another version", "version: STSv2\n" ENF MX AGE, false, BIT(POLICY_BAD_VERSION)},
        {"the version in small letters", "version: stsv1\n" ENF MX AGE, false,
         BIT(POLICY_BAD_VERSION)},
        {"the key in capitals", "Version: STSv1\n" ENF MX AGE, false, BIT(POLICY_NO_VERSION)},
        {"no mode", V MX AGE, false, BIT(POLICY_NO_MODE)},
        {"a mode of another name", V "mode: enforced\n" MX AGE, false, BIT(POLICY_BAD_MODE)},
        {"a mode in capitals", V "mode: Enforce\n" MX AGE, false, BIT(POLICY_BAD_MODE)},
        {"no max_age", V ENF MX, false, BIT(POLICY_NO_MAX_AGE)},
        {"a negative max_age", V ENF MX "max_age: -1\n", false, BIT(POLICY_BAD_MAX_AGE)},
        {"max_age in words", V ENF MX "max_age: 1 week\n", false, BIT(POLICY_BAD_MAX_AGE)},
        {"max_age of eleven digits", V ENF MX "max_age: 00000604800\n", false,
         BIT(POLICY_BAD_MAX_AGE)},
        {"no mx in enforce", V ENF AGE, false, BIT(POLICY_NO_MX)},
        {"no mx in testing", V "mode: testing\n" AGE, false, BIT(POLICY_NO_MX)},
        {"no mx that could match", V ENF "mx: *.*.example\n" AGE, false,
         BIT(POLICY_BAD_MX) | BIT(POLICY_NO_MX)},
        {"an mx in other letters", V ENF "mx: m\xc3\xbcll.example\n" AGE, false,
         BIT(POLICY_BAD_MX) | BIT(POLICY_NO_MX)},
        {"a line without a colon", WHOLE "mx.example.net\n", false, BIT(POLICY_BAD_LINE)},
        {"an empty value", WHOLE "x:\n", false, BIT(POLICY_BAD_LINE)},
        {"white space before the colon", "version : STSv1\n" ENF MX AGE, false,
         BIT(POLICY_BAD_LINE) | BIT(POLICY_NO_VERSION)},
        {"an indented line", V ENF MX " max_age: 1\n", false,
         BIT(POLICY_BAD_LINE) | BIT(POLICY_NO_MAX_AGE)},
        {"a control character", WHOLE "x: \x01\n", false, BIT(POLICY_BAD_LINE)},
        {"CR alone between lines", "version: STSv1\rmode: enforce\r", false,
         BIT(POLICY_BAD_LINE) | BIT(POLICY_NO_VERSION) | BIT(POLICY_NO_MODE) |
             BIT(POLICY_NO_MAX_AGE) | BIT(POLICY_NO_MX)},
        {"a byte order mark", "\xef\xbb\xbf" WHOLE, false, BIT(POLICY_BYTE_ORDER_MARK)},
        {"a key of more than 32", WHOLE Y100 ": 1\n", false, BIT(POLICY_BAD_LINE)},
    };
    check_policies(cases, NUM(cases));
}

static void what_was_read_is_in_the_policy(void **state)
{
    (void)state;
    static const char body[] =
        V "mode: testing\n" ENF "mx: MX.Example.ORG.\nmx: *.example.net\n" AGE;
    struct arena arena = {0};
    struct mta_sts_policy policy;
    assert_true(mta_sts_policy_parse(&arena, (const uint8_t *)body, sizeof(body) - 1, &policy));
    assert_string_equal(mta_sts_mode_name(policy.mode), "testing");
    assert_int_equal(policy.max_age, 604800);
    assert_int_equal(policy.num_mx, 2);
    assert_string_equal(policy.mx[0], "mx.example.org");
    assert_string_equal(policy.mx[1], "*.example.net");
    arena_free(&arena);
}

static void a_policy_is_bounded(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mta_sts_policy policy;
    size_t len = MTA_STS_POLICY_MAX + 1;
    char *body = malloc(len);
    assert_non_null(body);
    memset(body, '\n', len);
    assert_true(mta_sts_policy_parse(&arena, (const uint8_t *)body, len, &policy));
    assert_bits(policy.problems, BIT(POLICY_TOO_BIG));
    assert_false(policy.is_valid);
    size_t at = (size_t)sprintf(body, "%s", WHOLE);
    for (int i = 0; i < MTA_STS_MX_MAX; i++) {
        at += (size_t)sprintf(body + at, "mx: a.example\n");
    }
    assert_true(mta_sts_policy_parse(&arena, (const uint8_t *)body, at, &policy));
    assert_bits(policy.problems, BIT(POLICY_TOO_MANY_MX));
    assert_int_equal(policy.num_mx, MTA_STS_MX_MAX);
    free(body);
    arena_free(&arena);
}

/* Cut anywhere, it is read to its end and no further: the allocation ends where the body does. */
static void a_policy_may_be_cut_anywhere(void **state)
{
    (void)state;
    static const char whole[] =
        "version: STSv1\r\nmode: enforce\r\nmx: *.a.example\r\nmax_age: 86400";
    for (size_t len = 0; len < sizeof(whole); len++) {
        struct arena arena = {0};
        struct mta_sts_policy policy;
        uint8_t *body = malloc(len > 0 ? len : 1);
        assert_non_null(body);
        memcpy(body, whole, len);
        assert_true(mta_sts_policy_parse(&arena, body, len, &policy));
        assert_int_equal(policy.is_valid, len > sizeof(whole) - 6 && len < sizeof(whole));
        free(body);
        arena_free(&arena);
    }
}

/* Each allocation fails in turn: a policy that cannot be read is no policy with a fault. */
static void lack_of_memory_is_no_fault_of_the_policy(void **state)
{
    (void)state;
    bool has_failed = true;
    for (unsigned long first = 0; has_failed; first++) {
        struct arena arena = {0};
        struct mta_sts_policy policy;
        fail_allocations(first, 1);
        bool is_read = mta_sts_policy_parse(&arena, (const uint8_t *)WHOLE, strlen(WHOLE), &policy);
        has_failed = end_failing() > 0;
        assert_int_equal(is_read, !has_failed);
        assert_true(!is_read || (policy.is_valid && policy.problems == 0));
        assert_true(first > 0 || has_failed);
        arena_free(&arena);
    }
}

/* ---- Hosts: RFC 8461 section 4.1 ---- */

static void a_wildcard_stands_for_one_whole_label(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *host;
        bool matches;
    } cases[] = {
        {"mx.example.org", "mx.example.org", true},     {"mx.example.org", "MX.Example.Org", true},
        {"mx.example.org", "mx.example.org.", true},    {"mx.example.org.", "mx.example.org", true},
        {"mx.example.org", "mx2.example.org", false},   {"example.org", "mx.example.org", false},
        {"mx.example.org", "example.org", false},       {"*.example.org", "mx.example.org", true},
        {"*.example.org", "a.mx.example.org", false},   {"*.example.org", "example.org", false},
        {"*.mx.example.org", "a.mx.example.org", true}, {"mx.*.org", "mx.example.org", false},
        {"m*.example.org", "mx.example.org", false},    {"*", "mx", false},
        {".example.org", "mx.example.org", false},      {"", "mx.example.org", false},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        print_message("%s and %s\n", cases[i].pattern, cases[i].host);
        assert_int_equal(mta_sts_mx_matches(cases[i].pattern, named(cases[i].host)),
                         cases[i].matches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_read_as_its_grammar_has_it),
        cmocka_unit_test(what_is_no_policy_says_why),
        cmocka_unit_test(what_was_read_is_in_the_policy),
        cmocka_unit_test(a_policy_is_bounded),
        cmocka_unit_test(a_policy_may_be_cut_anywhere),
        cmocka_unit_test(lack_of_memory_is_no_fault_of_the_policy),
        cmocka_unit_test(a_wildcard_stands_for_one_whole_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
