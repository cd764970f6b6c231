/* What others need to know of a finished endpoint, from its record: the same whether it was scanned
 * or read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanner/grading/host_result.h"

static const struct verdict yes = {TRI_YES, OUTCOME_OK}, no = {TRI_NO, OUTCOME_OK},
                            unknown = {TRI_UNKNOWN, OUTCOME_TLS_TIMEOUT};

static void mail_travels_encrypted_by_what_the_server_said(void **state)
{
    const struct {
        const char *name;
        struct endpoint_record record;
        enum tri encrypts;
    } rows[] = {
        {"a handshake", {.starttls_handshake = yes}, TRI_YES},
        {"no handshake", {.starttls_accepted = yes, .starttls_handshake = no}, TRI_NO},
        {"a handshake that was not seen", {.starttls_handshake = unknown}, TRI_UNKNOWN},
        {"STARTTLS refused", {.starttls_accepted = no, .starttls_handshake = unknown}, TRI_NO},
        {"no STARTTLS",
         {.outcome = OUTCOME_STARTTLS_NOT_ADVERTISED,
          .starttls_advertised = no,
          .starttls_handshake = unknown},
         TRI_NO},
        {"no STARTTLS in one dialogue, which is not enough",
         {.outcome = OUTCOME_STARTTLS_NOT_ADVERTISED, .starttls_handshake = unknown},
         TRI_UNKNOWN},
        {"no answer", {.outcome = OUTCOME_CONNECT_TIMEOUT}, TRI_UNKNOWN},
        {"not without a certificate of the client's",
         {.outcome = OUTCOME_TLS_CLIENT_CERTIFICATE,
          .starttls_handshake = yes,
          .votes.handshake.certificate_wanted = 2},
         TRI_NO},
        {"a certificate wanted in one dialogue, which is not enough",
         {.outcome = OUTCOME_TLS_CLIENT_CERTIFICATE,
          .starttls_handshake = yes,
          .votes.handshake.certificate_wanted = 1},
         TRI_YES},
        {"refused with all but anonymous suites",
         {.starttls_handshake = no, .has_tls = true, .tls.weak[WEAK_ANON] = yes},
         TRI_YES},
        {"with other libraries", {.no_common_suite = true, .starttls_handshake = unknown}, TRI_YES},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (endpoint_encrypts(&rows[i].record) != rows[i].encrypts) {
            fail_msg("%s", rows[i].name);
        }
    }
}

#define PROBLEM(name) CERTIFICATE_PROBLEM_BIT(CERTIFICATE_##name)

static void certificates_are_valid_only_if_nothing_is_in_the_way(void **state)
{
    const struct certificate_record good = {.trusted = yes};
    const struct {
        const char *name;
        bool is_there;
        struct certificate_record certificate;
        const struct certificate_record *second;
        enum tri valid;
    } rows[] = {
        {"none", false, {.chain_length = 0}, NULL, TRI_NO},
        {"trusted", true, {.trusted = yes}, NULL, TRI_YES},
        {"not trusted", true, {.trusted = no}, NULL, TRI_NO},
        {"unknown", true, {.trusted = unknown}, NULL, TRI_UNKNOWN},
        {"unknown, and expired",
         true,
         {.trusted = unknown, .problems = PROBLEM(EXPIRED)},
         NULL,
         TRI_NO},
        {"unknown beside a good one", true, {.trusted = unknown}, &good, TRI_UNKNOWN},
        {"expired", true, {.trusted = yes, .problems = PROBLEM(EXPIRED)}, NULL, TRI_NO},
        {"not yet valid", true, {.trusted = yes, .problems = PROBLEM(NOT_YET_VALID)}, NULL, TRI_NO},
        {"another name", true, {.trusted = yes, .problems = PROBLEM(NAME_MISMATCH)}, NULL, TRI_NO},
        {"revoked", true, {.trusted = yes, .problems = PROBLEM(REVOKED)}, NULL, TRI_NO},
        {"a weak key", true, {.trusted = yes, .problems = PROBLEM(WEAK_KEY)}, NULL, TRI_YES},
        {"both of two", true, {.trusted = yes}, &good, TRI_YES},
        {"the second of two", true, {.trusted = no}, &good, TRI_NO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct finding_set findings = {0};
        struct endpoint_summary summary = {0};
        const struct endpoint_record record = {
            .certificate = rows[i].is_there ? &rows[i].certificate : NULL,
            .certificate2 = rows[i].second,
        };
        endpoint_summarise(&record, &findings, &summary);
        if (summary.certificate_valid != rows[i].valid) {
            fail_msg("%s", rows[i].name);
        }
        /* Either of the two may be the one that a sender gets. */
        const struct endpoint_record turned = {.certificate = record.certificate2,
                                               .certificate2 = record.certificate};
        endpoint_summarise(&turned, &findings, &summary);
        if (rows[i].second != NULL && summary.certificate_valid != rows[i].valid) {
            fail_msg("%s, the other way round", rows[i].name);
        }
    }
}

/* Only another library than ours sees the certificate. */
static void a_certificate_for_others_alone_is_not_said_to_be_invalid(void **state)
{
    const struct finding_set findings = {0};
    struct endpoint_summary summary = {0};
    const struct endpoint_record record = {.no_common_suite = true, .starttls_handshake = unknown};
    (void)state;
    endpoint_summarise(&record, &findings, &summary);
    assert_int_equal(summary.certificate_valid, TRI_UNKNOWN);
}

static void the_rest_is_as_in_the_record(void **state)
{
    const struct endpoint_record record = {
        .outcome = OUTCOME_TLS_ALERT, .grade = GRADE_F, .score = 7, .dane = DANE_MISMATCH};
    struct finding_set findings = {0};
    struct endpoint_summary summary = {.port = 465};
    (void)state;
    finding_set_add(&findings, FINDING_DANE_MISMATCH);
    endpoint_summarise(&record, &findings, &summary);
    assert_int_equal(summary.outcome, OUTCOME_TLS_ALERT);
    assert_int_equal(summary.grade, GRADE_F);
    assert_int_equal(summary.score, 7);
    assert_int_equal(summary.dane, DANE_MISMATCH);
    assert_true(finding_set_has(&summary.findings, FINDING_DANE_MISMATCH));
    assert_int_equal(summary.port, 465);
}

static void a_host_is_what_was_seen_of_its_addresses(void **state)
{
    static const struct endpoint_summary seen = {.outcome = OUTCOME_OK, .grade = GRADE_B},
                                         late = {.outcome = OUTCOME_CONNECT_TIMEOUT},
                                         left_out = {.outcome = OUTCOME_FAMILY_NOT_ASKED};
    const struct {
        struct endpoint_summary endpoints[2];
        size_t num;
        enum outcome expected;
    } rows[] = {
        {{late, seen}, 2, OUTCOME_OK},
        {{seen, left_out}, 2, OUTCOME_OK},
        {{late, left_out}, 2, OUTCOME_CONNECT_TIMEOUT},
        {{left_out, late}, 2, OUTCOME_CONNECT_TIMEOUT},
        {{left_out}, 1, OUTCOME_FAMILY_NOT_ASKED},
        {{late}, 0, OUTCOME_DNS_NODATA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(host_outcome(OUTCOME_DNS_NODATA, rows[i].endpoints, rows[i].num),
                         rows[i].expected);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_travels_encrypted_by_what_the_server_said),
        cmocka_unit_test(certificates_are_valid_only_if_nothing_is_in_the_way),
        cmocka_unit_test(a_certificate_for_others_alone_is_not_said_to_be_invalid),
        cmocka_unit_test(the_rest_is_as_in_the_record),
        cmocka_unit_test(a_host_is_what_was_seen_of_its_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
