/*
 * MTA-STS from the TXT record to the verdict: which records announce a policy, which bodies are
 * one, which hosts it allows, and what it all amounts to.
 */
#include "scanner/enforcement/mta_sts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/named.h"

#include "scanner/enforcement/mta_sts_problem.h"

#define NUM(array)   (sizeof(array) / sizeof((array)[0]))
#define BIT(problem) MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_##problem)
#define RECORDS_MAX  3

#define V     "version: STSv1\n"
#define MX    "mx: mx.example.org\n"
#define AGE   "max_age: 604800\n"
#define WHOLE V "mode: enforce\n" MX AGE

static void assert_bits(uint64_t found, uint64_t expected)
{
    for (unsigned i = 0; i < MTA_STS_PROBLEM_COUNT; i++) {
        if (((found ^ expected) >> i & 1) != 0) {
            fail_msg("%s: %s", mta_sts_problem_name((enum mta_sts_problem)i),
                     (found >> i & 1) != 0 ? "found" : "not found");
        }
    }
}

/* ---- The TXT record: RFC 8461 section 3.1 ---- */

#define ID_32 "abcdefghijABCDEFGHIJ0123456789xy"

struct txt_case {
    const char *what;
    const char *records[RECORDS_MAX];
    enum mta_sts_txt_status status;
    const char *id;
    uint64_t problems;
};

static void exactly_one_record_with_an_id_announces_a_policy(void **state)
{
    (void)state;
    static const struct txt_case cases[] = {
        {"no record", {NULL}, MTA_STS_TXT_ABSENT, "", 0},
        {"records of others", {"v=spf1 -all", "hello"}, MTA_STS_TXT_ABSENT, "", 0},
        {"an empty record", {""}, MTA_STS_TXT_ABSENT, "", 0},
        {"a version with more behind it", {"v=STSv12; id=1"}, MTA_STS_TXT_ABSENT, "", 0},
        {"one record", {"v=STSv1; id=20260101T000000"}, MTA_STS_TXT_VALID, "20260101T000000", 0},
        {"no white space", {"v=STSv1;id=1"}, MTA_STS_TXT_VALID, "1", 0},
        {"a semicolon at the end", {"v=STSv1; id=1;"}, MTA_STS_TXT_VALID, "1", 0},
        {"white space at the end", {"v=STSv1; id=1; \t"}, MTA_STS_TXT_VALID, "1", 0},
        {"white space around semicolons", {"v=STSv1; \tid=1 ; a=b"}, MTA_STS_TXT_VALID, "1", 0},
        {"fields nobody knows", {"v=STSv1; a=b; id=1; c-1.x_y=d"}, MTA_STS_TXT_VALID, "1", 0},
        {"among others", {"v=spf1 -all", "v=STSv1; id=1", "x"}, MTA_STS_TXT_VALID, "1", 0},
        {"an id of 32", {"v=STSv1; id=" ID_32}, MTA_STS_TXT_VALID, ID_32, 0},
        {"white space before the semicolon",
         {"v=STSv1 ; id=1"},
         MTA_STS_TXT_VALID,
         "1",
         BIT(TXT_SPACE_BEFORE_SEMICOLON)},
        {"two records",
         {"v=STSv1; id=1", "v=STSv1; id=2"},
         MTA_STS_TXT_INVALID,
         "",
         BIT(TXT_MULTIPLE)},
        {"twice the same",
         {"v=STSv1; id=1", "v=STSv1; id=1"},
         MTA_STS_TXT_INVALID,
         "",
         BIT(TXT_MULTIPLE)},
        {"two records, one of them broken",
         {"v=STSv1; id=1", "v=STSv1;"},
         MTA_STS_TXT_INVALID,
         "",
         BIT(TXT_MULTIPLE)},
        {"small letters", {"v=stsv1; id=1"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_VERSION)},
        {"indented", {" v=STSv1; id=1"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_VERSION)},
        {"no semicolon", {"v=STSv1 id=1"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_VERSION)},
        {"the version alone", {"v=STSv1"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_VERSION)},
        {"no id", {"v=STSv1;"}, MTA_STS_TXT_INVALID, "", BIT(TXT_NO_ID)},
        {"an id in capitals", {"v=STSv1; ID=1"}, MTA_STS_TXT_INVALID, "", BIT(TXT_NO_ID)},
        {"an empty id", {"v=STSv1; id=;"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_SYNTAX)},
        {"an id of 33", {"v=STSv1; id=" ID_32 "z"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_ID)},
        {"an id with a hyphen", {"v=STSv1; id=2026-01"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_ID)},
        {"an id with a blank", {"v=STSv1; id=1 2"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_ID)},
        {"two ids", {"v=STSv1; id=1; id=2"}, MTA_STS_TXT_VALID, "1", BIT(TXT_DUPLICATE_ID)},
        {"a field that is none",
         {"v=STSv1; id=1; nonsense"},
         MTA_STS_TXT_INVALID,
         "",
         BIT(TXT_BAD_SYNTAX)},
        {"an empty field", {"v=STSv1;; id=1"}, MTA_STS_TXT_INVALID, "", BIT(TXT_BAD_SYNTAX)},
        {"white space before the equals sign",
         {"v=STSv1; id =1"},
         MTA_STS_TXT_INVALID,
         "",
         BIT(TXT_BAD_SYNTAX)},
        {"quotes", {"\"v=STSv1; id=1\""}, MTA_STS_TXT_ABSENT, "", 0},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        struct text records[RECORDS_MAX];
        size_t num = 0;
        while (num < RECORDS_MAX && cases[i].records[num] != NULL) {
            records[num] = (struct text){cases[i].records[num], strlen(cases[i].records[num])};
            num++;
        }
        print_message("%s\n", cases[i].what);
        struct mta_sts_txt txt;
        mta_sts_txt_select(records, num, &txt);
        assert_int_equal(txt.status, cases[i].status);
        assert_string_equal(txt.id, cases[i].id);
        assert_bits(txt.problems, cases[i].problems);
    }
}

static void a_record_may_hold_any_octets(void **state)
{
    (void)state;
    const struct text records[] = {{"v=STSv1; id=1; a=\x80", 18}, {"v=STSv1; id=1\0;", 15}};
    for (size_t i = 0; i < NUM(records); i++) {
        struct mta_sts_txt txt;
        mta_sts_txt_select(&records[i], 1, &txt);
        assert_int_equal(txt.status, MTA_STS_TXT_INVALID);
        assert_string_equal(txt.id, "");
    }
}

static void of_an_answer_that_was_cut_nothing_is_known(void **state)
{
    (void)state;
    static const char *const texts[] = {"v=STSv1; id=1", "something else"};
    for (size_t i = 0; i < NUM(texts); i++) {
        const struct dns_record record = {
            .data = {(const uint8_t *)texts[i], strlen(texts[i])},
        };
        const struct dns_answer answer = {
            .outcome = DNS_OK, .records = &record, .num_records = 1, .truncated = true};
        struct mta_sts_txt txt;
        mta_sts_txt_of_answer(&answer, &txt);
        assert_int_equal(txt.status, MTA_STS_TXT_UNKNOWN);
        assert_bits(txt.problems, BIT(TXT_LOOKUP_FAILED));
    }
}

static void a_lookup_that_fails_is_not_an_absent_record(void **state)
{
    (void)state;
    static const char text[] = "v=STSv1; id=1";
    const struct dns_record record = {.data = {(const uint8_t *)text, sizeof(text) - 1}};
    static const struct {
        enum dns_outcome outcome;
        enum mta_sts_txt_status status;
    } cases[] = {{DNS_OK, MTA_STS_TXT_VALID},           {DNS_NODATA, MTA_STS_TXT_ABSENT},
                 {DNS_NXDOMAIN, MTA_STS_TXT_ABSENT},    {DNS_SERVFAIL, MTA_STS_TXT_UNKNOWN},
                 {DNS_REFUSED_, MTA_STS_TXT_UNKNOWN},   {DNS_TIMED_OUT, MTA_STS_TXT_UNKNOWN},
                 {DNS_BAD_ANSWER, MTA_STS_TXT_UNKNOWN}, {DNS_CANCELLED, MTA_STS_TXT_UNKNOWN}};
    for (size_t i = 0; i < NUM(cases); i++) {
        const struct dns_answer answer = {.outcome = cases[i].outcome,
                                          .records = &record,
                                          .num_records = cases[i].outcome == DNS_OK ? 1 : 0};
        struct mta_sts_txt txt;
        mta_sts_txt_of_answer(&answer, &txt);
        assert_int_equal(txt.status, cases[i].status);
        bool is_unknown = cases[i].status == MTA_STS_TXT_UNKNOWN;
        assert_bits(txt.problems, is_unknown ? BIT(TXT_LOOKUP_FAILED) : 0);
    }
}

/* ---- The verdict ---- */

static void the_content_type_is_text_plain_whatever_its_parameters(void **state)
{
    (void)state;
    static const char *const plain[] = {"text/plain", "Text/Plain", "text/plain; charset=utf-8",
                                        " text/plain ;x"};
    static const char *const other[] = {"",     "text/html",     "text/plainer",
                                        "text", "text/plain, x", "application/octet-stream"};
    for (size_t i = 0; i < NUM(plain); i++) {
        assert_true(mta_sts_is_text_plain(plain[i]));
    }
    for (size_t i = 0; i < NUM(other); i++) {
        assert_false(mta_sts_is_text_plain(other[i]));
    }
}

#define GOOD                                                                                       \
    {                                                                                              \
        "mx.example.org", TRI_YES, TRI_YES                                                         \
    }

/* Becomes a struct mta_sts_mx. */
struct mx_case {
    const char *host; /* NULL: there is none */
    enum tri starttls;
    enum tri certificate_is_valid;
};

struct verdict_case {
    const char *what;
    enum https_outcome outcome;
    const char *type;
    const char *body; /* NULL: none */
    struct mx_case mx[2];
    enum mta_sts_status status;
    uint64_t problems;
};

static struct mta_sts_mx mx_of(const struct mx_case *mx)
{
    return (struct mta_sts_mx){named(mx->host), mx->starttls, mx->certificate_is_valid};
}

static void judge(const struct verdict_case *test, enum mta_sts_status *out_status,
                  uint64_t *out_problems)
{
    struct arena arena = {0};
    const struct mta_sts_txt txt = {.status = MTA_STS_TXT_VALID, .id = "1"};
    const struct https_response response = {.outcome = test->outcome, .content_type = test->type};
    const struct mta_sts_fetch fetch = mta_sts_fetch_of(&response);
    struct mta_sts_policy policy;
    if (test->body != NULL) {
        assert_true(
            mta_sts_policy_parse(&arena, (const uint8_t *)test->body, strlen(test->body), &policy));
    }
    struct mta_sts_mx mx[NUM(test->mx)];
    size_t num_mx = 0;
    while (num_mx < NUM(test->mx) && test->mx[num_mx].host != NULL) {
        mx[num_mx] = mx_of(&test->mx[num_mx]);
        num_mx++;
    }
    const struct mta_sts_input input = {.txt = &txt,
                                        .fetch = &fetch,
                                        .policy = test->body != NULL ? &policy : NULL,
                                        .mx = mx,
                                        .num_mx = num_mx};
    *out_status = mta_sts_judge(&input, out_problems);
    arena_free(&arena);
}

static void check_verdicts(const struct verdict_case *cases, size_t num_cases)
{
    for (size_t i = 0; i < num_cases; i++) {
        enum mta_sts_status status;
        uint64_t problems;
        print_message("%s\n", cases[i].what);
        judge(&cases[i], &status, &problems);
        assert_string_equal(mta_sts_status_name(status), mta_sts_status_name(cases[i].status));
        assert_bits(problems, cases[i].problems);
    }
}

static void a_fetch_that_fails_says_how(void **state)
{
    (void)state;
    static const struct {
        enum https_outcome outcome;
        uint64_t problem;
    } failures[] = {
        {HTTPS_DNS, BIT(FETCH_DNS)},
        {HTTPS_NOT_ALLOWED, BIT(FETCH_ADDRESS_NOT_PUBLIC)},
        {HTTPS_CONNECT, BIT(FETCH_CONNECT)},
        {HTTPS_TLS, BIT(FETCH_TLS)},
        {HTTPS_CERTIFICATE, BIT(FETCH_CERTIFICATE)},
        {HTTPS_STATUS, BIT(FETCH_HTTP)},
        {HTTPS_REDIRECT, BIT(FETCH_REDIRECT)},
        {HTTPS_TOO_BIG, BIT(FETCH_TOO_BIG)},
        {HTTPS_TIMEOUT, BIT(FETCH_TIMEOUT)},
        {HTTPS_CLOSED, BIT(FETCH_CLOSED)},
        {HTTPS_MALFORMED, BIT(FETCH_MALFORMED)},
    };
    for (size_t i = 0; i < NUM(failures); i++) {
        const struct verdict_case test = {https_outcome_name(failures[i].outcome),
                                          failures[i].outcome,
                                          "text/html",
                                          NULL,
                                          {GOOD},
                                          MTA_STS_FETCH_FAILED,
                                          failures[i].problem};
        check_verdicts(&test, 1);
    }
    static const struct verdict_case others[] = {
        {"this machine could not",
         HTTPS_LOCAL,
         "",
         NULL,
         {GOOD},
         MTA_STS_UNKNOWN,
         BIT(FETCH_NOT_DONE)},
        {"a policy of another type",
         HTTPS_OK,
         "text/html",
         WHOLE,
         {GOOD},
         MTA_STS_FETCH_FAILED,
         BIT(FETCH_CONTENT_TYPE)},
        {"a policy of no type",
         HTTPS_OK,
         "",
         WHOLE,
         {GOOD},
         MTA_STS_FETCH_FAILED,
         BIT(FETCH_CONTENT_TYPE)},
        {"no policy",
         HTTPS_OK,
         "text/plain",
         V MX AGE,
         {GOOD},
         MTA_STS_SYNTAX_ERROR,
         BIT(POLICY_NO_MODE)},
    };
    check_verdicts(others, NUM(others));
}

static void what_may_be_the_networks_fault_is_told_from_what_the_server_said(void **state)
{
    (void)state;
    static const struct {
        struct https_response response;
        bool may_be_the_network;
    } cases[] = {
        {{.outcome = HTTPS_DNS, .dns = DNS_SERVFAIL}, true},
        {{.outcome = HTTPS_DNS, .dns = DNS_TIMED_OUT}, true},
        {{.outcome = HTTPS_DNS, .dns = DNS_NXDOMAIN}, false},
        {{.outcome = HTTPS_DNS, .dns = DNS_NODATA}, false},
        {{.outcome = HTTPS_CONNECT}, true},
        {{.outcome = HTTPS_TIMEOUT}, true},
        {{.outcome = HTTPS_CLOSED}, true},
        {{.outcome = HTTPS_TLS, .tls_failure = TLS_FAILURE_RESET}, true},
        {{.outcome = HTTPS_TLS, .tls_failure = TLS_FAILURE_ALERT}, false},
        {{.outcome = HTTPS_CERTIFICATE}, false},
        {{.outcome = HTTPS_STATUS}, false},
        {{.outcome = HTTPS_REDIRECT}, false},
        {{.outcome = HTTPS_TOO_BIG}, false},
        {{.outcome = HTTPS_MALFORMED}, false},
    };
    const struct mta_sts_txt txt = {.status = MTA_STS_TXT_VALID, .id = "1"};
    for (size_t i = 0; i < NUM(cases); i++) {
        struct arena arena = {0};
        struct mta_sts_record record;
        const struct mta_sts_fetch fetch = mta_sts_fetch_of(&cases[i].response);
        const struct mta_sts_input input = {.txt = &txt, .fetch = &fetch};
        print_message("%s %zu\n", https_outcome_name(cases[i].response.outcome), i);
        assert_true(mta_sts_fill(&arena, &input, &record));
        assert_int_equal(record.status, MTA_STS_FETCH_FAILED);
        assert_int_equal(record.may_be_the_network, cases[i].may_be_the_network);
        arena_free(&arena);
    }
}

static void every_host_that_was_observed_has_to_pass(void **state)
{
    (void)state;
    static const char testing[] = V "mode: testing\n" MX AGE;
    static const char two[] = WHOLE "mx: *.example.net\n";
    static const struct verdict_case cases[] = {
        {"it does", HTTPS_OK, "text/plain", WHOLE, {GOOD}, MTA_STS_ENFORCE, 0},
        {"it does, in testing", HTTPS_OK, "text/plain", testing, {GOOD}, MTA_STS_TESTING, 0},
        {"mode none asks nothing",
         HTTPS_OK,
         "text/plain",
         V "mode: none\n" AGE,
         {{"mx.example.com", TRI_NO, TRI_UNKNOWN}},
         MTA_STS_OFF,
         0},
        {"two hosts",
         HTTPS_OK,
         "text/plain",
         two,
         {GOOD, {"a.example.net", TRI_YES, TRI_YES}},
         MTA_STS_ENFORCE,
         0},
        {"a pattern that no host needs",
         HTTPS_OK,
         "text/plain",
         two,
         {GOOD},
         MTA_STS_ENFORCE,
         BIT(MX_PATTERN_UNUSED)},
        {"a host that is not listed",
         HTTPS_OK,
         "text/plain",
         WHOLE,
         {GOOD, {"a.example.net", TRI_YES, TRI_YES}},
         MTA_STS_MX_MISMATCH,
         BIT(MX_MISMATCH)},
        {"one that is not listed, in testing",
         HTTPS_OK,
         "text/plain",
         testing,
         {GOOD, {"a.example.net", TRI_YES, TRI_YES}},
         MTA_STS_MX_MISMATCH,
         BIT(MX_MISMATCH)},
        {"a host two labels below the wildcard",
         HTTPS_OK,
         "text/plain",
         two,
         {GOOD, {"a.b.example.net", TRI_YES, TRI_YES}},
         MTA_STS_MX_MISMATCH,
         BIT(MX_MISMATCH) | BIT(MX_PATTERN_UNUSED)},
        {"a host without TLS",
         HTTPS_OK,
         "text/plain",
         two,
         {GOOD, {"a.example.net", TRI_NO, TRI_UNKNOWN}},
         MTA_STS_BROKEN,
         BIT(MX_NO_STARTTLS)},
        {"a host without a valid certificate",
         HTTPS_OK,
         "text/plain",
         two,
         {{"a.example.net", TRI_YES, TRI_NO}, GOOD},
         MTA_STS_BROKEN,
         BIT(MX_CERTIFICATE_INVALID)},
        {"the one and the other, in testing",
         HTTPS_OK,
         "text/plain",
         testing,
         {{"mx.example.org", TRI_YES, TRI_NO}, {"mx.example.org", TRI_NO, TRI_UNKNOWN}},
         MTA_STS_BROKEN,
         BIT(MX_CERTIFICATE_INVALID) | BIT(MX_NO_STARTTLS)},
        {"a host that could not be observed",
         HTTPS_OK,
         "text/plain",
         WHOLE,
         {GOOD, {"trap.example.net", TRI_UNKNOWN, TRI_UNKNOWN}},
         MTA_STS_ENFORCE,
         BIT(MX_UNOBSERVED)},
        {"none that could be observed",
         HTTPS_OK,
         "text/plain",
         WHOLE,
         {{"mx.example.org", TRI_UNKNOWN, TRI_UNKNOWN}},
         MTA_STS_UNKNOWN,
         BIT(MX_UNOBSERVED)},
    };
    check_verdicts(cases, NUM(cases));
}

static void the_txt_record_comes_first(void **state)
{
    (void)state;
    static const struct {
        enum mta_sts_txt_status txt;
        enum mta_sts_status status;
    } cases[] = {{MTA_STS_TXT_UNKNOWN, MTA_STS_UNKNOWN},
                 {MTA_STS_TXT_ABSENT, MTA_STS_NONE},
                 {MTA_STS_TXT_INVALID, MTA_STS_INVALID_RECORD}};
    for (size_t i = 0; i < NUM(cases); i++) {
        const struct mta_sts_txt txt = {.status = cases[i].txt, .problems = BIT(TXT_MULTIPLE)};
        const struct mta_sts_input input = {.txt = &txt};
        uint64_t problems;
        assert_int_equal(mta_sts_judge(&input, &problems), cases[i].status);
        assert_bits(problems, BIT(TXT_MULTIPLE));
    }
    const struct mta_sts_txt txt = {.status = MTA_STS_TXT_VALID};
    uint64_t problems;
    assert_int_equal(mta_sts_judge(&(struct mta_sts_input){.txt = &txt}, &problems),
                     MTA_STS_UNKNOWN);
    assert_bits(problems, BIT(FETCH_NOT_DONE));
}

static void the_record_has_what_was_found(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct mta_sts_policy policy;
    struct mta_sts_record record;
    static const char body[] = WHOLE "\nmx: *.example.net\n";
    const struct mta_sts_txt txt = {.status = MTA_STS_TXT_VALID, .id = "abc"};
    const struct https_response response = {.outcome = HTTPS_OK, .content_type = "text/plain"};
    const struct mta_sts_fetch fetch = mta_sts_fetch_of(&response);
    const struct mta_sts_mx mx = mx_of(&(struct mx_case)GOOD);
    assert_true(mta_sts_policy_parse(&arena, (const uint8_t *)body, sizeof(body) - 1, &policy));
    const struct mta_sts_input input = {
        .txt = &txt, .fetch = &fetch, .policy = &policy, .mx = &mx, .num_mx = 1};
    assert_true(mta_sts_fill(&arena, &input, &record));
    assert_int_equal(record.status, MTA_STS_ENFORCE);
    assert_string_equal(record.id, "abc");
    assert_string_equal(record.mode, "enforce");
    assert_int_equal(record.max_age, 604800);
    assert_int_equal(record.num_mx, 2);
    assert_int_equal(record.num_problems, 2);
    assert_string_equal(record.problems[0], "policy_blank_line");
    assert_string_equal(record.problems[1], "mx_pattern_unused");
    const struct mta_sts_txt absent = {.status = MTA_STS_TXT_ABSENT};
    assert_true(mta_sts_fill(&arena, &(struct mta_sts_input){.txt = &absent}, &record));
    assert_null(record.id);
    assert_null(record.mode);
    assert_int_equal(record.max_age, -1);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_one_record_with_an_id_announces_a_policy),
        cmocka_unit_test(a_record_may_hold_any_octets),
        cmocka_unit_test(of_an_answer_that_was_cut_nothing_is_known),
        cmocka_unit_test(a_lookup_that_fails_is_not_an_absent_record),
        cmocka_unit_test(the_content_type_is_text_plain_whatever_its_parameters),
        cmocka_unit_test(a_fetch_that_fails_says_how),
        cmocka_unit_test(what_may_be_the_networks_fault_is_told_from_what_the_server_said),
        cmocka_unit_test(every_host_that_was_observed_has_to_pass),
        cmocka_unit_test(the_txt_record_comes_first),
        cmocka_unit_test(the_record_has_what_was_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
