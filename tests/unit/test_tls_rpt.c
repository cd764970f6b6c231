/*
 * TLS reporting: which TXT records at _smtp._tls ask for reports, and where to.
 */
#include "scanner/enforcement/tls_rpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NUM(array)   (sizeof(array) / sizeof((array)[0]))
#define BIT(problem) TLS_RPT_PROBLEM_BIT(TLS_RPT_PROBLEM_##problem)
#define RECORDS_MAX  2
#define MAILTO       "mailto:tls@example.org"
#define HTTPS        "https://example.org/tls?a=b"

static void assert_bits(uint32_t found, uint32_t expected)
{
    for (unsigned i = 0; i < TLS_RPT_PROBLEM_COUNT; i++) {
        if (((found ^ expected) >> i & 1) != 0) {
            fail_msg("%s: %s", tls_rpt_problem_name((enum tls_rpt_problem)i),
                     (found >> i & 1) != 0 ? "found" : "not found");
        }
    }
}

/* The destinations with a blank between them. */
static void join_rua(const struct tls_rpt_record *record, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < record->num_rua; i++) {
        at += (size_t)snprintf(out + at, size - at, "%s%.*s", i > 0 ? " " : "",
                               (int)record->rua[i].len, record->rua[i].bytes);
        assert_true(at < size);
    }
}

struct rpt_case {
    const char *what;
    const char *records[RECORDS_MAX];
    enum tri status;
    const char *rua;
    uint32_t problems;
};

static void one_record_with_a_destination_asks_for_reports(void **state)
{
    (void)state;
    static const struct rpt_case cases[] = {
        {"no record", {NULL}, TRI_NO, "", 0},
        {"a record of others", {"v=spf1 -all"}, TRI_NO, "", 0},
        {"mail", {"v=TLSRPTv1; rua=" MAILTO}, TRI_YES, MAILTO, 0},
        {"mail, without white space", {"v=TLSRPTv1;rua=" MAILTO ";"}, TRI_YES, MAILTO, 0},
        {"HTTPS", {"v=TLSRPTv1; rua=" HTTPS}, TRI_YES, HTTPS, 0},
        {"both", {"v=TLSRPTv1; rua=" MAILTO " ,\t" HTTPS}, TRI_YES, MAILTO " " HTTPS, 0},
        {"a scheme in capitals",
         {"v=TLSRPTv1; rua=MAILTO:a@b.example"},
         TRI_YES,
         "MAILTO:a@b.example",
         0},
        {"fields nobody knows", {"v=TLSRPTv1; a=b; rua=" MAILTO}, TRI_YES, MAILTO, 0},
        {"beside a record of others", {"x", "v=TLSRPTv1; rua=" MAILTO}, TRI_YES, MAILTO, 0},
        {"one destination of two",
         {"v=TLSRPTv1; rua=ftp://a.example, " MAILTO},
         TRI_YES,
         MAILTO,
         BIT(BAD_RUA)},
        {"a comma at the end", {"v=TLSRPTv1; rua=" MAILTO ","}, TRI_YES, MAILTO, BIT(BAD_RUA)},
        {"white space before the semicolon",
         {"v=TLSRPTv1 ; rua=" MAILTO},
         TRI_YES,
         MAILTO,
         BIT(SPACE_BEFORE_SEMICOLON)},
        {"rua twice: both count",
         {"v=TLSRPTv1; rua=" MAILTO "; rua=" HTTPS},
         TRI_YES,
         MAILTO " " HTTPS,
         0},
        {"rua twice, one of them bad",
         {"v=TLSRPTv1; rua=ftp://a.example; rua=" HTTPS},
         TRI_YES,
         HTTPS,
         BIT(BAD_RUA)},
        {"two records",
         {"v=TLSRPTv1; rua=" MAILTO, "v=TLSRPTv1; rua=" HTTPS},
         TRI_NO,
         "",
         BIT(MULTIPLE)},
        {"small letters", {"v=tlsrptv1; rua=" MAILTO}, TRI_NO, "", BIT(BAD_VERSION)},
        {"no semicolon", {"v=TLSRPTv1 rua=" MAILTO}, TRI_NO, "", BIT(BAD_VERSION)},
        {"no destination", {"v=TLSRPTv1;"}, TRI_NO, "", BIT(NO_RUA)},
        {"rua in capitals", {"v=TLSRPTv1; RUA=" MAILTO}, TRI_NO, "", BIT(NO_RUA)},
        {"an address without its scheme",
         {"v=TLSRPTv1; rua=tls@example.org"},
         TRI_NO,
         "",
         BIT(BAD_RUA)},
        {"no address behind the scheme", {"v=TLSRPTv1; rua=mailto:"}, TRI_NO, "", BIT(BAD_RUA)},
        {"HTTP", {"v=TLSRPTv1; rua=http://example.org/"}, TRI_NO, "", BIT(BAD_RUA)},
        {"an exclamation mark", {"v=TLSRPTv1; rua=" MAILTO "!10m"}, TRI_NO, "", BIT(BAD_RUA)},
        {"white space inside",
         {"v=TLSRPTv1; rua=mailto:a b@example.org"},
         TRI_NO,
         "",
         BIT(BAD_RUA)},
        {"a field that is none",
         {"v=TLSRPTv1; rua=" MAILTO "; nonsense"},
         TRI_NO,
         "",
         BIT(BAD_SYNTAX)},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        struct arena arena = {0};
        struct text records[RECORDS_MAX];
        struct tls_rpt_record record;
        uint32_t problems;
        char rua[256];
        size_t num = 0;
        print_message("%s\n", cases[i].what);
        while (num < RECORDS_MAX && cases[i].records[num] != NULL) {
            records[num] = (struct text){cases[i].records[num], strlen(cases[i].records[num])};
            num++;
        }
        assert_true(tls_rpt_select(&arena, records, num, &record, &problems));
        assert_int_equal(record.status.value, cases[i].status);
        join_rua(&record, rua, sizeof(rua));
        assert_string_equal(rua, cases[i].rua);
        assert_bits(problems, cases[i].problems);
        arena_free(&arena);
    }
}

static void destinations_are_bounded(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct tls_rpt_record record;
    uint32_t problems;
    char text[4096];
    size_t at = (size_t)sprintf(text, "v=TLSRPTv1; rua=" MAILTO);
    for (size_t i = 0; i < TLS_RPT_RUA_MAX; i++) {
        at += (size_t)sprintf(text + at, "," MAILTO);
    }
    const struct text many = {text, at};
    assert_true(tls_rpt_select(&arena, &many, 1, &record, &problems));
    assert_int_equal(record.num_rua, TLS_RPT_RUA_MAX);
    assert_bits(problems, BIT(TOO_MANY_RUA));
    at = (size_t)sprintf(text, "v=TLSRPTv1; rua=mailto:");
    memset(text + at, 'a', TLS_RPT_RUA_LEN_MAX);
    at += TLS_RPT_RUA_LEN_MAX;
    at += (size_t)sprintf(text + at, "@b.example");
    const struct text large = {text, at};
    assert_true(tls_rpt_select(&arena, &large, 1, &record, &problems));
    assert_int_equal(record.status.value, TRI_NO);
    assert_bits(problems, BIT(BAD_RUA));
    arena_free(&arena);
}

static void a_lookup_that_fails_says_nothing_of_the_record(void **state)
{
    (void)state;
    static const struct {
        enum dns_outcome outcome;
        bool is_cut;
        enum tri status;
    } cases[] = {{DNS_NODATA, false, TRI_NO},        {DNS_NXDOMAIN, false, TRI_NO},
                 {DNS_SERVFAIL, false, TRI_UNKNOWN}, {DNS_REFUSED_, false, TRI_UNKNOWN},
                 {DNS_OK, true, TRI_UNKNOWN},        {DNS_TIMED_OUT, false, TRI_UNKNOWN}};
    for (size_t i = 0; i < NUM(cases); i++) {
        struct arena arena = {0};
        struct tls_rpt_record record;
        uint32_t problems;
        const struct dns_answer answer = {.outcome = cases[i].outcome,
                                          .truncated = cases[i].is_cut};
        assert_true(tls_rpt_of_answer(&arena, &answer, &record, &problems));
        assert_int_equal(record.status.value, cases[i].status);
        assert_bits(problems, 0);
        arena_free(&arena);
    }
}

static void problems_have_their_names_in_the_record(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct tls_rpt_record record = {0};
    tls_rpt_name_problems(&arena, BIT(BAD_RUA) | BIT(MULTIPLE), &record);
    assert_int_equal(record.num_problems, 2);
    assert_string_equal(record.problems[0], "txt_multiple");
    assert_string_equal(record.problems[1], "bad_rua");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record_with_a_destination_asks_for_reports),
        cmocka_unit_test(destinations_are_bounded),
        cmocka_unit_test(a_lookup_that_fails_says_nothing_of_the_record),
        cmocka_unit_test(problems_have_their_names_in_the_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
