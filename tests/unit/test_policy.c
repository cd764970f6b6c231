/*
 * Policy 2026.2, told a second time: by cap, as the specification's table has it. Whoever changes a
 * weight has to change it here too, and to mean it; and no weight of any rule could be another
 * without a failure. What makes a finding, and what findings make of a grade, is in test_judge.c
 * and test_target_judge.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/grading/policy.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static const struct expected_rule {
    const char *code;
    enum severity severity;
    enum grade cap;
    unsigned deduction;
} expected[] = {
    /* A: no A+: no TLS 1.3, no working enforcement, no extended master secret */
    {"tls13_intolerant", SEVERITY_MEDIUM, GRADE_A, 6},
    {"no_tls13", SEVERITY_LOW, GRADE_A, 4},
    {"no_extended_master_secret", SEVERITY_LOW, GRADE_A, 3},
    {"no_dane", SEVERITY_LOW, GRADE_A, 1},
    {"no_enforcement", SEVERITY_LOW, GRADE_A, 4},
    {"enforcement_unknown", SEVERITY_LOW, GRADE_A, 2},
    /* B: encrypted and authenticated, with legacy left on */
    {"tls10", SEVERITY_MEDIUM, GRADE_B, 8},
    {"tls11", SEVERITY_MEDIUM, GRADE_B, 6},
    {"3des_suite", SEVERITY_MEDIUM, GRADE_B, 10},
    {"static_rsa_suite", SEVERITY_MEDIUM, GRADE_B, 8},
    {"static_dh_suite", SEVERITY_MEDIUM, GRADE_B, 8},
    {"small_dh", SEVERITY_MEDIUM, GRADE_B, 12},
    {"tls_compression", SEVERITY_MEDIUM, GRADE_B, 10},
    {"no_forward_secrecy", SEVERITY_MEDIUM, GRADE_B, 12},
    {"no_aead", SEVERITY_MEDIUM, GRADE_B, 8},
    {"no_secure_renegotiation", SEVERITY_MEDIUM, GRADE_B, 8},
    /* C: not authenticated, weak cryptography beside better, or a login in clear */
    {"ssl3", SEVERITY_HIGH, GRADE_C, 25},
    {"sha1_signature", SEVERITY_HIGH, GRADE_C, 20},
    {"dh_below_1024", SEVERITY_HIGH, GRADE_C, 25},
    {"des_suite", SEVERITY_HIGH, GRADE_C, 30},
    {"rc4_suite", SEVERITY_HIGH, GRADE_C, 25},
    {"login_before_tls", SEVERITY_HIGH, GRADE_C, 30},
    {"no_certificate", SEVERITY_HIGH, GRADE_C, 35},
    {"self_signed", SEVERITY_HIGH, GRADE_C, 30},
    {"untrusted_root", SEVERITY_HIGH, GRADE_C, 30},
    {"incomplete_chain", SEVERITY_HIGH, GRADE_C, 25},
    {"expired", SEVERITY_HIGH, GRADE_C, 30},
    {"not_yet_valid", SEVERITY_HIGH, GRADE_C, 30},
    {"name_mismatch", SEVERITY_HIGH, GRADE_C, 25},
    {"weak_key", SEVERITY_HIGH, GRADE_C, 30},
    {"md5_signature", SEVERITY_HIGH, GRADE_C, 35},
    {"bad_purpose", SEVERITY_HIGH, GRADE_C, 25},
    {"constraint_violation", SEVERITY_HIGH, GRADE_C, 25},
    {"unparsable_certificate", SEVERITY_HIGH, GRADE_C, 35},
    {"invalid_key", SEVERITY_HIGH, GRADE_C, 35},
    {"ocsp_revoked", SEVERITY_HIGH, GRADE_C, 30},
    /* D: outdated, only sometimes encrypted, or enforcement that breaks delivery */
    {"null_suite", SEVERITY_HIGH, GRADE_D, 45},
    {"export_suite", SEVERITY_HIGH, GRADE_D, 45},
    {"only_anonymous_suites", SEVERITY_HIGH, GRADE_D, 45},
    {"starttls_inconsistent", SEVERITY_HIGH, GRADE_D, 40},
    {"no_common_suite", SEVERITY_HIGH, GRADE_D, 40},
    {"no_tls12", SEVERITY_HIGH, GRADE_D, 45},
    {"rsa_below_1024", SEVERITY_CRITICAL, GRADE_D, 45},
    {"dane_mismatch", SEVERITY_CRITICAL, GRADE_D, 60},
    {"dane_bogus", SEVERITY_HIGH, GRADE_D, 40},
    {"starttls_on_some", SEVERITY_HIGH, GRADE_D, 40},
    {"mta_sts_broken", SEVERITY_CRITICAL, GRADE_D, 60},
    /* F: in clear, or as good as */
    {"no_starttls", SEVERITY_CRITICAL, GRADE_F, 100},
    {"starttls_refused", SEVERITY_CRITICAL, GRADE_F, 100},
    {"handshake_refused", SEVERITY_CRITICAL, GRADE_F, 100},
    {"client_certificate_required", SEVERITY_CRITICAL, GRADE_F, 100},
    {"ssl2", SEVERITY_CRITICAL, GRADE_F, 100},
    {"only_broken_suites", SEVERITY_CRITICAL, GRADE_F, 100},
    {"command_injection", SEVERITY_CRITICAL, GRADE_F, 100},
    /* none: no cap: reported, and at most worth points */
    {"starttls_stripped", SEVERITY_HIGH, GRADE_U, 0},
    {"sni_intolerant", SEVERITY_LOW, GRADE_U, 4},
    {"anonymous_suite", SEVERITY_LOW, GRADE_U, 2},
    {"trust_unknown", SEVERITY_INFO, GRADE_U, 0},
    {"certificate_varies", SEVERITY_LOW, GRADE_U, 5},
    {"dane_doubted", SEVERITY_INFO, GRADE_U, 0},
    {"early_response_bytes", SEVERITY_MEDIUM, GRADE_U, 5},
    {"pq_intolerant", SEVERITY_MEDIUM, GRADE_U, 4},
    {"no_post_quantum", SEVERITY_INFO, GRADE_U, 0},
    {"plaintext_mail_refused", SEVERITY_INFO, GRADE_U, 0},
    {"plaintext_mail_accepted", SEVERITY_INFO, GRADE_U, 0},
    {"starttls_in_tls", SEVERITY_LOW, GRADE_U, 2},
    {"login_before_tls_on_mx", SEVERITY_LOW, GRADE_U, 3},
    {"cn_only", SEVERITY_INFO, GRADE_U, 2},
    {"rsa_below_3072", SEVERITY_INFO, GRADE_U, 0},
    {"ocsp_staple_stale", SEVERITY_INFO, GRADE_U, 0},
    {"ocsp_staple_useless", SEVERITY_INFO, GRADE_U, 0},
    {"must_staple_missing", SEVERITY_LOW, GRADE_U, 4},
    {"no_ocsp_staple", SEVERITY_INFO, GRADE_U, 0},
    {"no_sct", SEVERITY_INFO, GRADE_U, 0},
    {"chain_untidy", SEVERITY_INFO, GRADE_U, 0},
    {"root_sent", SEVERITY_INFO, GRADE_U, 0},
    {"long_validity", SEVERITY_INFO, GRADE_U, 0},
    {"wildcard_public_suffix", SEVERITY_INFO, GRADE_U, 0},
    {"client_certificate_requested", SEVERITY_INFO, GRADE_U, 0},
    {"no_esmtp", SEVERITY_INFO, GRADE_U, 0},
    {"dane_authenticates", SEVERITY_INFO, GRADE_U, 0},
    {"dane_unusable", SEVERITY_MEDIUM, GRADE_U, 6},
    {"dane_temperror", SEVERITY_INFO, GRADE_U, 0},
    {"dane_no_spare", SEVERITY_INFO, GRADE_U, 0},
    {"null_mx", SEVERITY_INFO, GRADE_U, 0},
    {"null_mx_beside_others", SEVERITY_LOW, GRADE_U, 3},
    {"implicit_mx", SEVERITY_INFO, GRADE_U, 0},
    {"no_mail_service", SEVERITY_INFO, GRADE_U, 0},
    {"no_such_domain", SEVERITY_INFO, GRADE_U, 0},
    {"mx_is_cname", SEVERITY_LOW, GRADE_U, 2},
    {"mx_is_address", SEVERITY_MEDIUM, GRADE_U, 5},
    {"mx_invalid", SEVERITY_MEDIUM, GRADE_U, 5},
    {"mx_dangling", SEVERITY_MEDIUM, GRADE_U, 5},
    {"mx_not_public", SEVERITY_MEDIUM, GRADE_U, 5},
    {"mx_unobserved", SEVERITY_INFO, GRADE_U, 0},
    {"dane_partial", SEVERITY_LOW, GRADE_U, 2},
    {"mta_sts_would_break", SEVERITY_MEDIUM, GRADE_U, 6},
    {"mta_sts_invalid", SEVERITY_MEDIUM, GRADE_U, 6},
    {"mta_sts_testing", SEVERITY_INFO, GRADE_U, 0},
    {"mta_sts_off", SEVERITY_INFO, GRADE_U, 0},
    {"no_mta_sts", SEVERITY_INFO, GRADE_U, 0},
    {"tls_rpt_invalid", SEVERITY_LOW, GRADE_U, 1},
    {"no_tls_rpt", SEVERITY_INFO, GRADE_U, 0},
    {"dns_failure", SEVERITY_MEDIUM, GRADE_U, 0},
    {"invalid_input", SEVERITY_INFO, GRADE_U, 0},
};

static const struct expected_rule *find_expected(const char *code)
{
    for (size_t i = 0; i < NUM(expected); i++) {
        if (strcmp(expected[i].code, code) == 0) {
            return &expected[i];
        }
    }
    return NULL;
}

static bool is_as_expected(const struct finding_rule *rule)
{
    const struct expected_rule *row = find_expected(rule->code);
    return row != NULL && row->severity == rule->severity && row->cap == rule->cap &&
           row->deduction == rule->deduction;
}

static bool is_whole(const struct policy *policy)
{
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        if (!is_as_expected(&policy->rules[i])) {
            return false;
        }
    }
    return true;
}

static void the_table_is_the_one_that_was_agreed_on(void **state)
{
    struct policy policy;
    (void)state;
    policy_init(&policy);
    assert_string_equal(policy.name, "2026.2");
    assert_int_equal(NUM(expected), FINDING_COUNT);
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        if (!is_as_expected(&policy.rules[i])) {
            fail_msg("%s is not as expected", policy.rules[i].code);
        }
    }
}

/* Every weight that a rule could have instead: each severity, each cap, a point more or less. */
static void no_weight_of_any_rule_could_be_another(void **state)
{
    struct policy policy;
    (void)state;
    policy_init(&policy);
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule rule = policy.rules[i];
        struct finding_rule *mutant = &policy.rules[i];
        for (unsigned value = SEVERITY_INFO; value <= SEVERITY_CRITICAL; value++) {
            mutant->severity = (enum severity)value;
            assert_int_equal(is_whole(&policy), value == rule.severity);
            *mutant = rule;
        }
        for (unsigned value = 0; value < GRADE_COUNT; value++) {
            mutant->cap = (enum grade)value;
            assert_int_equal(is_whole(&policy), value == rule.cap);
            *mutant = rule;
        }
        mutant->deduction = rule.deduction + 1;
        assert_false(is_whole(&policy));
        *mutant = rule;
        mutant->code = "another";
        assert_false(is_whole(&policy));
        *mutant = rule;
    }
    assert_true(is_whole(&policy));
}

/* The digest in records stands for the weights: each other weight has another. */
static void the_digest_tells_any_other_weight(void **state)
{
    struct policy builtin, mutant;
    (void)state;
    policy_init(&builtin);
    for (unsigned i = 0; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = &builtin.rules[i];
        for (unsigned field = 0; field < 3; field++) {
            mutant = builtin;
            switch (field) {
            case 0:
                mutant.rules[i].severity =
                    rule->severity == SEVERITY_INFO ? SEVERITY_LOW : SEVERITY_INFO;
                break;
            case 1:
                mutant.rules[i].cap = rule->cap == GRADE_C ? GRADE_D : GRADE_C;
                break;
            default:
                mutant.rules[i].deduction++;
                break;
            }
            policy_seal(&mutant);
            assert_string_not_equal(mutant.digest, builtin.digest);
        }
    }
}

static const char *worst_of(enum grade grade, const struct finding *findings, size_t num)
{
    const struct domain_record domain = {.grade = grade, .findings = findings, .num_findings = num};
    const struct finding_rule *rule = policy_worst(&domain);
    return rule != NULL ? rule->code : "none";
}

static void the_worst_finding_is_the_one_that_matters_most(void **state)
{
    static const struct finding by_severity[] = {
        {.code = "tls10", .severity = SEVERITY_MEDIUM},
        {.code = "self_signed", .severity = SEVERITY_HIGH},
        {.code = "no_tls13", .severity = SEVERITY_LOW},
        {.code = "of_another_version", .severity = SEVERITY_CRITICAL}};
    static const struct finding by_cap[] = {{.code = "ssl3", .severity = SEVERITY_HIGH},
                                            {.code = "null_suite", .severity = SEVERITY_HIGH}};
    static const struct finding by_points[] = {{.code = "tls11", .severity = SEVERITY_MEDIUM},
                                               {.code = "tls10", .severity = SEVERITY_MEDIUM}};
    /* The record has its severities from the policy of its run. */
    static const struct finding of_the_run[] = {{.code = "no_starttls", .severity = SEVERITY_LOW},
                                                {.code = "no_tls13", .severity = SEVERITY_MEDIUM}};
    static const struct finding informing[] = {{.severity = SEVERITY_CRITICAL},
                                               {.code = "null_mx", .severity = SEVERITY_INFO}};
    (void)state;
    assert_string_equal(worst_of(GRADE_C, by_severity, 4), "self_signed");
    assert_string_equal(worst_of(GRADE_D, by_cap, 2), "null_suite");
    assert_string_equal(worst_of(GRADE_B, by_points, 2), "tls10");
    assert_string_equal(worst_of(GRADE_F, of_the_run, 2), "no_tls13");
    assert_string_equal(worst_of(GRADE_A, informing, 2), "none");
    assert_string_equal(worst_of(GRADE_N, informing, 2), "null_mx");
    assert_string_equal(worst_of(GRADE_U, informing, 0), "none");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_the_one_that_was_agreed_on),
        cmocka_unit_test(no_weight_of_any_rule_could_be_another),
        cmocka_unit_test(the_digest_tells_any_other_weight),
        cmocka_unit_test(the_worst_finding_is_the_one_that_matters_most),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
