/*
 * SPF: which TXT records are one, what is an error of syntax in it (RFC 7208), and what it says of
 * senders that it does not name.
 */
#include "scanner/enforcement/spf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RECORDS_MAX 3

struct spf_case {
    const char *records[RECORDS_MAX];
    enum tri status;
    enum spf_all all;
    unsigned lookups;
    const char *problem; /* the first; NULL: none */
};

static size_t texts_of(const char *const strings[RECORDS_MAX], struct text out[RECORDS_MAX])
{
    size_t num = 0;
    while (num < RECORDS_MAX && strings[num] != NULL) {
        out[num] = (struct text){strings[num], strlen(strings[num])};
        num++;
    }
    return num;
}

static void check(const struct spf_case *cases, size_t num_cases)
{
    for (size_t i = 0; i < num_cases; i++) {
        const struct spf_case *one = &cases[i];
        struct arena arena = {0};
        struct spf_record record;
        struct text records[RECORDS_MAX];
        size_t num = texts_of(one->records, records);
        assert_true(spf_of_records(&arena, records, num, &record));
        const char *first = num > 0 ? one->records[0] : "no record";
        const char *problem = record.num_problems > 0 ? record.problems[0] : "none";
        const char *expected = one->problem != NULL ? one->problem : "none";
        if (record.status.value != one->status || record.all != one->all ||
            record.lookups != one->lookups || strcmp(problem, expected) != 0) {
            fail_msg("%s: status %u, all %u, lookups %u, problem %s", first,
                     (unsigned)record.status.value, (unsigned)record.all, (unsigned)record.lookups,
                     problem);
        }
        arena_free(&arena);
    }
}
#define CHECK(cases) check(cases, sizeof(cases) / sizeof((cases)[0]))

static void one_record_of_the_version_counts(void **state)
{
    (void)state;
    static const struct spf_case cases[] = {
        {{NULL}, TRI_NO, SPF_ALL_NOT_SAID, 0, NULL},
        {{"v=spf10 -all"}, TRI_NO, SPF_ALL_NOT_SAID, 0, NULL},
        {{" v=spf1 -all"}, TRI_NO, SPF_ALL_NOT_SAID, 0, NULL},
        {{"v=spf1\t-all"}, TRI_NO, SPF_ALL_NOT_SAID, 0, NULL},
        {{"v=spf1"}, TRI_YES, SPF_ALL_NOT_SAID, 0, NULL},
        {{"V=SPF1 -ALL"}, TRI_YES, SPF_ALL_FAIL, 0, NULL},
        {{"verification=1", "v=spf1 ~all"}, TRI_YES, SPF_ALL_SOFTFAIL, 0, NULL},
        {{"v=spf1 -all", "v=spf1 mx -all"}, TRI_NO, SPF_ALL_NOT_SAID, 0, "txt_multiple"},
    };
    CHECK(cases);
}

static void terms_follow_the_grammar(void **state)
{
    (void)state;
    static const struct spf_case cases[] = {
        {{"v=spf1 +mx a:colo.example.com/28 -all"}, TRI_YES, SPF_ALL_FAIL, 2, NULL},
        {{"v=spf1 a/24//64 mx//64 ?all"}, TRI_YES, SPF_ALL_NEUTRAL, 2, NULL},
        {{"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 all"},
         TRI_YES,
         SPF_ALL_PASS,
         0,
         "all_is_pass"},
        {{"v=spf1 include:_spf.example.com  ptr:example.org -all "},
         TRI_YES,
         SPF_ALL_FAIL,
         2,
         NULL},
        {{"v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} -all"}, TRI_YES, SPF_ALL_FAIL, 1, NULL},
        {{"v=spf1 exists:%{i/}.example.com a:%{d}/24 -all"}, TRI_YES, SPF_ALL_FAIL, 2, NULL},
        {{"v=spf1 -all exp=explain._spf.%{d} unknown-thing=%{d2}"}, TRI_YES, SPF_ALL_FAIL, 0, NULL},
        {{"v=spf1 redirect=_spf.example.com"}, TRI_YES, SPF_ALL_NOT_SAID, 1, NULL},
        {{"v=spf1 -all redirect=_spf.example.com"}, TRI_YES, SPF_ALL_FAIL, 0, NULL},
        {{"v=spf1 -all ~all"}, TRI_YES, SPF_ALL_FAIL, 0, NULL},
    };
    CHECK(cases);
    static const char *const bad[] = {
        "v=spf1 ipv4:192.0.2.1 -all",
        "v=spf1 ip4:192.0.2.1/33 -all",
        "v=spf1 ip4:192.0.2 -all",
        "v=spf1 ip4 -all",
        "v=spf1 ip6:192.0.2.1 -all",
        "v=spf1 ip6:::/129 -all",
        "v=spf1 include -all",
        "v=spf1 include: -all",
        "v=spf1 a:localhost -all",
        "v=spf1 a:example.123 -all",
        "v=spf1 a/33 -all",
        "v=spf1 a//129 -all",
        "v=spf1 a/024 -all",
        "v=spf1 exists:%{z}.a.b -all",
        "v=spf1 exists:%(i).b -all",
        "v=spf1 all:example.com",
        "v=spf1 -all.",
        "v=spf1 ++mx -all",
        "v=spf1 redirect=a.b redirect=c.d",
        "v=spf1 exp=a.b exp=a.b -all",
        "v=spf1 redirect= -all",
        "v=spf1 mx -all\x80",
        "v=spf1 -",
        "v=spf1 =x",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct spf_case one = {{bad[i]}, TRI_NO, SPF_ALL_NOT_SAID, 0, "txt_bad_syntax"};
        check(&one, 1);
    }
}

static void more_than_ten_lookups_are_an_error(void **state)
{
    (void)state;
    static const struct spf_case cases[] = {
        {{"v=spf1 a a a a a a a a a a -all"}, TRI_YES, SPF_ALL_FAIL, 10, NULL},
        {{"v=spf1 a a a a a a a a a a redirect=b.example"},
         TRI_NO,
         SPF_ALL_NOT_SAID,
         11,
         "too_many_lookups"},
    };
    CHECK(cases);
}

static void a_question_that_failed_says_nothing(void **state)
{
    struct arena arena = {0};
    struct spf_record record;
    (void)state;
    struct dns_answer answer = {.outcome = DNS_SERVFAIL};
    assert_true(spf_of_answer(&arena, &answer, &record));
    assert_int_equal(record.status.value, TRI_UNKNOWN);
    assert_int_equal(record.status.reason, OUTCOME_DNS_SERVFAIL);
    answer = (struct dns_answer){.outcome = DNS_NODATA};
    assert_true(spf_of_answer(&arena, &answer, &record));
    assert_int_equal(record.status.value, TRI_NO);
    answer = (struct dns_answer){.outcome = DNS_OK, .truncated = true};
    assert_true(spf_of_answer(&arena, &answer, &record));
    assert_int_equal(record.status.value, TRI_UNKNOWN);
    arena_free(&arena);
}

static void the_domain_that_it_redirects_to_is_kept(void **state)
{
    struct arena arena = {0};
    struct spf_record record;
    (void)state;
    const struct text text = {"v=spf1 redirect=_spf.example.com", 32};
    assert_true(spf_of_records(&arena, &text, 1, &record));
    assert_int_equal(record.redirect.len, 16);
    assert_memory_equal(record.redirect.bytes, "_spf.example.com", 16);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record_of_the_version_counts),
        cmocka_unit_test(terms_follow_the_grammar),
        cmocka_unit_test(more_than_ten_lookups_are_an_error),
        cmocka_unit_test(a_question_that_failed_says_nothing),
        cmocka_unit_test(the_domain_that_it_redirects_to_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
