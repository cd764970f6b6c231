/* The totals that become the summary: what each line adds, the largest shares, and their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "output/file/tally.h"

static struct tally_item endpoint_of(const char *country, uint32_t asn, const char *as_org,
                                     const char *provider)
{
    struct tally_item item = {
        .kind = TALLY_ENDPOINT, .grade = GRADE_B, .outcome = OUTCOME_OK, .asn = asn};
    snprintf(item.country, sizeof(item.country), "%s", country);
    snprintf(item.as_org, sizeof(item.as_org), "%s", as_org);
    snprintf(item.provider, sizeof(item.provider), "%s", provider);
    return item;
}

static void expect_share(const struct share *share, const char *key, uint64_t endpoints,
                         uint64_t domains)
{
    assert_int_equal(share->key.len, strlen(key));
    assert_memory_equal(share->key.bytes, key, share->key.len);
    assert_int_equal(share->endpoints, endpoints);
    assert_int_equal(share->domains, domains);
}

static void each_kind_of_line_counts_once(void **state)
{
    struct tally *tally = tally_new();
    struct summary_record summary = {.lines = 77, .complete = true};
    const struct tally_item items[] = {
        {.kind = TALLY_NOTHING},
        {.kind = TALLY_INVALID_LINE},
        {.kind = TALLY_ENDPOINT, .grade = GRADE_U, .outcome = OUTCOME_CONNECT_TIMEOUT},
        {.kind = TALLY_ENDPOINT, .grade = GRADE_U, .outcome = OUTCOME_LOCAL_ERROR},
        {.kind = TALLY_DOMAIN, .grade = GRADE_U, .outcome = OUTCOME_LOCAL_ERROR},
        {.kind = TALLY_ENDPOINT, .grade = GRADE_A, .outcome = OUTCOME_OK},
        {.kind = TALLY_ENDPOINT, .grade = GRADE_A, .outcome = OUTCOME_OK},
        {.kind = TALLY_DOMAIN,
         .grade = GRADE_A_PLUS,
         .mail = MAIL_IMPLICIT,
         .opportunistic = OPPORTUNISTIC_YES,
         .enforced = ENFORCED_BOTH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        tally_add(tally, &items[i]);
    }
    tally_summary(tally, &summary);
    assert_int_equal(summary.invalid_lines, 1);
    assert_int_equal(tally_counters(tally)->shortages, 2);
    assert_int_equal(summary.endpoints, 4);
    assert_int_equal(summary.domains, 2);
    assert_int_equal(summary.endpoint_grades[GRADE_U], 2);
    assert_int_equal(summary.endpoint_grades[GRADE_A], 2);
    assert_int_equal(summary.domain_grades[GRADE_A_PLUS], 1);
    assert_int_equal(summary.domain_grades[GRADE_A], 0);
    assert_int_equal(summary.outcomes[OUTCOME_OK], 2);
    assert_int_equal(summary.outcomes[OUTCOME_CONNECT_TIMEOUT], 1);
    assert_int_equal(summary.mail[MAIL_IMPLICIT], 1);
    assert_int_equal(summary.mail[MAIL_UNKNOWN], 1);
    assert_int_equal(summary.opportunistic[OPPORTUNISTIC_YES], 1);
    assert_int_equal(summary.enforced[ENFORCED_BOTH], 1);
    assert_int_equal(summary.lines, 77); /* not the tally's */
    assert_true(summary.complete);
    tally_free(tally);
}

static void shares_come_largest_first(void **state)
{
    struct tally *tally = tally_new();
    struct summary_record summary = {.lines = 0};
    const struct tally_item domain = {.kind = TALLY_DOMAIN, .provider = "small.example"};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        const struct tally_item item = endpoint_of("DE", 64496, "Large", "large.example");
        tally_add(tally, &item);
    }
    const struct tally_item small = endpoint_of("AT", 64497, "Small", "small.example");
    const struct tally_item unknown = endpoint_of("", 0, "", "");
    tally_add(tally, &small);
    tally_add(tally, &unknown);
    for (unsigned i = 0; i < 4; i++) {
        tally_add(tally, &domain);
    }
    tally_summary(tally, &summary);
    assert_int_equal(summary.num_countries, 3);
    expect_share(&summary.countries[0], "DE", 3, 0);
    expect_share(&summary.countries[1], "AT", 1, 0); /* of one size: by name */
    expect_share(&summary.countries[2], "unknown", 1, 0);
    assert_int_equal(summary.num_networks, 3);
    expect_share(&summary.networks[0], "AS64496 Large", 3, 0);
    expect_share(&summary.networks[2], "unknown", 1, 0);
    assert_int_equal(summary.num_providers, 3);
    expect_share(&summary.providers[0], "small.example", 1, 4); /* domains weigh as much */
    expect_share(&summary.providers[1], "large.example", 3, 0);
    tally_free(tally);
}

static void a_domain_counts_where_its_first_host_is(void **state)
{
    struct tally *tally = tally_new();
    struct summary_record summary = {.lines = 0};
    struct tally_item domain = {.kind = TALLY_DOMAIN,
                                .has_address = true,
                                .country = "NL",
                                .asn = 64500,
                                .as_org = "Example"};
    (void)state;
    tally_add(tally, &domain);
    domain = (struct tally_item){.kind = TALLY_DOMAIN, .has_address = true};
    tally_add(tally, &domain);
    domain.has_address = false; /* nowhere: not even in an unknown place */
    tally_add(tally, &domain);
    tally_summary(tally, &summary);
    assert_int_equal(summary.num_countries, 2);
    expect_share(&summary.countries[0], "NL", 0, 1);
    expect_share(&summary.countries[1], "unknown", 0, 1);
    expect_share(&summary.networks[0], "AS64500 Example", 0, 1);
    expect_share(&summary.networks[1], "unknown", 0, 1);
    tally_free(tally);
}

static void a_domain_without_mail_has_no_provider(void **state)
{
    struct tally *tally = tally_new();
    struct summary_record summary = {.lines = 0};
    const struct tally_item domain = {.kind = TALLY_DOMAIN};
    (void)state;
    tally_add(tally, &domain);
    tally_summary(tally, &summary);
    assert_int_equal(summary.num_providers, 0);
    tally_free(tally);
}

static void the_tables_are_cut_at_so_many_rows(void **state)
{
    struct tally *tally = tally_new();
    struct summary_record summary = {.lines = 0};
    (void)state;
    for (unsigned i = 0; i < TALLY_SHARES_MAX + 20; i++) {
        char name[32];
        snprintf(name, sizeof(name), "p%03u.example", i);
        const struct tally_item item = endpoint_of("DE", i + 1, "", name);
        for (unsigned k = 0; k <= i; k++) {
            tally_add(tally, &item);
        }
    }
    tally_summary(tally, &summary);
    assert_int_equal(summary.num_providers, TALLY_SHARES_MAX);
    expect_share(&summary.providers[0], "p069.example", 70, 0);
    expect_share(&summary.providers[TALLY_SHARES_MAX - 1], "p020.example", 21, 0);
    assert_int_equal(summary.num_countries, 1);
    tally_free(tally);
}

/* However many names a list has, memory is bounded, and no endpoint goes uncounted. */
static void what_is_beyond_the_bound_is_counted_together(void **state)
{
    struct tally *tally = tally_new();
    struct summary_record summary = {.lines = 0};
    (void)state;
    for (unsigned i = 0; i < 65536 + 100; i++) {
        char name[32];
        snprintf(name, sizeof(name), "p%u.example", i);
        const struct tally_item item = endpoint_of("DE", 1, "", name);
        tally_add(tally, &item);
    }
    tally_summary(tally, &summary);
    expect_share(&summary.providers[0], "other", 100, 0);
    assert_int_equal(summary.endpoints, 65536 + 100);
    tally_free(tally);
}

/* What an earlier start of the run wrote keeps its counts; what comes behind is not observed. */
static void a_void_run_counts_no_letters(void **state)
{
    struct tally *tally = tally_new();
    struct summary_record summary = {.lines = 9};
    const struct tally_item endpoint = {
        .kind = TALLY_ENDPOINT, .grade = GRADE_C, .outcome = OUTCOME_OK};
    const struct tally_item excluded = {
        .kind = TALLY_ENDPOINT, .grade = GRADE_U, .outcome = OUTCOME_EXCLUDED};
    const struct tally_item domain = {.kind = TALLY_DOMAIN,
                                      .grade = GRADE_F,
                                      .opportunistic = OPPORTUNISTIC_NO,
                                      .enforced = ENFORCED_NONE};
    (void)state;
    tally_add(tally, &endpoint);
    tally_add(tally, &domain);
    tally_keep(tally);
    tally_add(tally, &endpoint);
    tally_add(tally, &excluded);
    tally_add(tally, &domain);
    tally_add(tally, &(struct tally_item){.kind = TALLY_RUN_VOID});
    tally_add(tally, &endpoint);
    tally_add(tally, &domain);
    tally_summary(tally, &summary);
    assert_int_equal(summary.domains, 3);
    assert_int_equal(summary.domain_grades[GRADE_F], 1);
    assert_int_equal(summary.domain_grades[GRADE_U], 2);
    assert_int_equal(summary.opportunistic[OPPORTUNISTIC_NO], 1);
    assert_int_equal(summary.opportunistic[OPPORTUNISTIC_UNKNOWN], 2);
    assert_int_equal(summary.enforced[ENFORCED_NONE], 1);
    assert_int_equal(summary.enforced[ENFORCED_UNKNOWN], 2);
    assert_int_equal(summary.endpoints, 4);
    assert_int_equal(summary.endpoint_grades[GRADE_C], 1);
    assert_int_equal(summary.endpoint_grades[GRADE_U], 3);
    assert_int_equal(summary.outcomes[OUTCOME_OK], 1);
    assert_int_equal(summary.outcomes[OUTCOME_EXCLUDED], 1);
    assert_int_equal(summary.outcomes[OUTCOME_INTERCEPTED], 2);
    tally_free(tally);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_line_counts_once),
        cmocka_unit_test(shares_come_largest_first),
        cmocka_unit_test(a_domain_counts_where_its_first_host_is),
        cmocka_unit_test(a_domain_without_mail_has_no_provider),
        cmocka_unit_test(the_tables_are_cut_at_so_many_rows),
        cmocka_unit_test(what_is_beyond_the_bound_is_counted_together),
        cmocka_unit_test(a_void_run_counts_no_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
