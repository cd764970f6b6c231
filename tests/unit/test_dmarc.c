/*
 * DMARC: which record counts, and which policy applies to a domain and below it (RFC 7489).
 */
#include "scanner/enforcement/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RUA "; rua=mailto:d@example.com"

struct dmarc_case {
    const char *record, *second; /* NULL: none */
    enum dmarc_place place;
    enum tri status;
    enum dmarc_policy policy;
    int percent;
    const char *problem; /* the first; NULL: none */
};

static void check(const struct dmarc_case *one)
{
    struct arena arena = {0};
    struct dmarc_record record;
    struct text texts[2];
    size_t num = 0;
    bool is_absent;
    if (one->record != NULL) {
        texts[num++] = (struct text){one->record, strlen(one->record)};
    }
    if (one->second != NULL) {
        texts[num++] = (struct text){one->second, strlen(one->second)};
    }
    assert_true(dmarc_of_records(&arena, texts, num, one->place, &record, &is_absent));
    const char *problem = record.num_problems > 0 ? record.problems[0] : "none";
    if (record.status.value != one->status || record.policy != one->policy ||
        record.percent != one->percent ||
        strcmp(problem, one->problem != NULL ? one->problem : "none") != 0) {
        fail_msg("%s: status %u, policy %u, percent %d, problem %s",
                 one->record != NULL ? one->record : "no record", (unsigned)record.status.value,
                 (unsigned)record.policy, (int)record.percent, problem);
    }
    arena_free(&arena);
}

static void a_policy_is_read_by_its_tags(void **state)
{
    (void)state;
    static const struct dmarc_case cases[] = {
        {NULL, NULL, DMARC_OF_DOMAIN, TRI_NO, DMARC_NO_POLICY, -1, NULL},
        {"v=DMARC1; p=none", NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_NONE, 100, NULL},
        {"v = DMARC1 ;p=Reject; pct=20;", NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_REJECT, 20, NULL},
        {"v=DMARC1;p=quarantine;x-new=1", NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_QUARANTINE, 100,
         NULL},
        {"v=dmarc1; p=none", NULL, DMARC_OF_DOMAIN, TRI_NO, DMARC_NO_POLICY, -1, NULL},
        {"p=none; v=DMARC1", NULL, DMARC_OF_DOMAIN, TRI_NO, DMARC_NO_POLICY, -1, NULL},
        {"v=spf1 -all", "v=DMARC1; p=none", DMARC_OF_DOMAIN, TRI_YES, DMARC_NONE, 100, NULL},
        {"v=DMARC1; p=none", "v=DMARC1; p=reject", DMARC_OF_DOMAIN, TRI_NO, DMARC_NO_POLICY, -1,
         "txt_multiple"},
        {"v=DMARC1; p=reject; pct=200", NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_REJECT, 100,
         "bad_percent"},
        {"v=DMARC1; p=reject; junk", NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_REJECT, 100,
         "txt_bad_syntax"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(&cases[i]);
    }
}

static void without_a_valid_policy_an_address_for_reports_decides(void **state)
{
    (void)state;
    static const struct dmarc_case cases[] = {
        {"v=DMARC1; p=strict", NULL, DMARC_OF_DOMAIN, TRI_NO, DMARC_NO_POLICY, -1, "bad_policy"},
        {"v=DMARC1; p=strict" RUA, NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_NONE, 100, "bad_policy"},
        {"v=DMARC1", NULL, DMARC_OF_DOMAIN, TRI_NO, DMARC_NO_POLICY, -1, "no_policy"},
        {"v=DMARC1" RUA, NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_NONE, 100, "no_policy"},
        {"v=DMARC1; p=reject; sp=some" RUA, NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_NONE, 100,
         "bad_policy"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(&cases[i]);
    }
}

static void the_organisation_says_what_holds_below_it(void **state)
{
    (void)state;
    static const struct dmarc_case cases[] = {
        {"v=DMARC1; p=reject", NULL, DMARC_OF_ORGANISATION, TRI_YES, DMARC_REJECT, 100, NULL},
        {"v=DMARC1; p=reject; sp=none", NULL, DMARC_OF_ORGANISATION, TRI_YES, DMARC_NONE, 100,
         NULL},
        {"v=DMARC1; p=reject; sp=none", NULL, DMARC_OF_DOMAIN, TRI_YES, DMARC_REJECT, 100, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(&cases[i]);
    }
}

static void addresses_for_reports_are_kept_without_their_bounds(void **state)
{
    struct arena arena = {0};
    struct dmarc_record record;
    bool is_absent;
    (void)state;
    static const char text[] =
        "v=DMARC1; p=none; rua=mailto:a@example.com!10m, https://b.example/in ,nowhere";
    const struct text texts[] = {{text, sizeof(text) - 1}};
    assert_true(dmarc_of_records(&arena, texts, 1, DMARC_OF_DOMAIN, &record, &is_absent));
    assert_false(is_absent);
    assert_int_equal(record.num_rua, 2);
    assert_int_equal(record.rua[0].len, strlen("mailto:a@example.com"));
    assert_memory_equal(record.rua[0].bytes, "mailto:a@example.com", record.rua[0].len);
    assert_memory_equal(record.rua[1].bytes, "https://b.example/in", record.rua[1].len);
    assert_string_equal(record.problems[0], "bad_rua");
    arena_free(&arena);
}

static void only_an_answer_without_a_record_sends_on_to_the_organisation(void **state)
{
    static const struct {
        enum dns_outcome outcome;
        enum tri status;
        bool is_absent;
        bool is_cut; /* it had more records than are kept */
    } cases[] = {
        {DNS_OK, TRI_NO, true, false},
        {DNS_OK, TRI_UNKNOWN, false, true},
        {DNS_NXDOMAIN, TRI_NO, true, false},
        {DNS_NODATA, TRI_NO, true, false},
        {DNS_SERVFAIL, TRI_UNKNOWN, false, false},
        {DNS_TIMED_OUT, TRI_UNKNOWN, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = {0};
        struct dmarc_record record;
        bool is_absent;
        const struct dns_answer answer = {.outcome = cases[i].outcome,
                                          .truncated = cases[i].is_cut};
        assert_true(dmarc_of_answer(&arena, &answer, DMARC_OF_DOMAIN, &record, &is_absent));
        assert_int_equal(record.status.value, cases[i].status);
        assert_int_equal(is_absent, cases[i].is_absent);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_read_by_its_tags),
        cmocka_unit_test(without_a_valid_policy_an_address_for_reports_decides),
        cmocka_unit_test(the_organisation_says_what_holds_below_it),
        cmocka_unit_test(addresses_for_reports_are_kept_without_their_bounds),
        cmocka_unit_test(only_an_answer_without_a_record_sends_on_to_the_organisation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
