/*
 * When TLSA records may be asked for, and under which names: each case is a host, what its address
 * look-ups said, and a DNS of a few answers; what counts is what is asked and what comes of it.
 */
#include "scanner/enforcement/dane_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/named.h"

#define NUM(array)  (sizeof(array) / sizeof((array)[0]))
#define HOST        "mx.example.org"
#define TARGET      "host.example.net"
#define AT_HOST     "TLSA _25._tcp." HOST
#define AT_TARGET   "TLSA _25._tcp." TARGET
#define CNAME_HOST  "CNAME " HOST
#define ANSWERS_MAX 4

/* What an address look-up said. */
enum looked {
    UNASKED,
    SECURE,
    INSECURE,
    SECURE_ALIAS,
    INSECURE_ALIAS,
    NO_ADDRESS,
    NO_HOST,
    SERVFAIL,
    FORGED,
    SILENT,
    STOPPED
};

static const struct dane_lookup lookups[] = {
    [UNASKED] = {.is_answered = false},
    [SECURE] = {.is_answered = true, .outcome = DNS_OK, .authentic = true},
    [INSECURE] = {.is_answered = true, .outcome = DNS_OK},
    [SECURE_ALIAS] = {.is_answered = true,
                      .outcome = DNS_OK,
                      .authentic = true,
                      .aliased = true,
                      .canonical = TARGET},
    [INSECURE_ALIAS] = {.is_answered = true,
                        .outcome = DNS_OK,
                        .aliased = true,
                        .canonical = TARGET},
    [NO_ADDRESS] = {.is_answered = true, .outcome = DNS_NODATA, .authentic = true},
    [NO_HOST] = {.is_answered = true, .outcome = DNS_NXDOMAIN, .authentic = true},
    [SERVFAIL] = {.is_answered = true, .outcome = DNS_SERVFAIL},
    [FORGED] = {.is_answered = true, .outcome = DNS_SERVFAIL, .bogus = true},
    [SILENT] = {.is_answered = true, .outcome = DNS_TIMED_OUT},
    [STOPPED] = {.is_answered = true, .outcome = DNS_CANCELLED},
};

/* What the DNS of a case answers to what is asked then. */
enum told {
    RECORDS,
    UNSIGNED_RECORDS,
    NO_TYPE,
    NO_NAME,
    UNSIGNED_NO_NAME,
    FAILURE,
    BOGUS,
    TIME_OUT,
    REFUSAL,
    GARBAGE,
    CANCELLATION
};

static const struct dns_answer answers[] = {
    [RECORDS] = {.outcome = DNS_OK, .authentic = true},
    [UNSIGNED_RECORDS] = {.outcome = DNS_OK},
    [NO_TYPE] = {.outcome = DNS_NODATA, .authentic = true},
    [NO_NAME] = {.outcome = DNS_NXDOMAIN, .authentic = true},
    [UNSIGNED_NO_NAME] = {.outcome = DNS_NXDOMAIN},
    [FAILURE] = {.outcome = DNS_SERVFAIL},
    [BOGUS] = {.outcome = DNS_SERVFAIL, .bogus = true},
    [TIME_OUT] = {.outcome = DNS_TIMED_OUT},
    [REFUSAL] = {.outcome = DNS_REFUSED_},
    [GARBAGE] = {.outcome = DNS_BAD_ANSWER},
    [CANCELLATION] = {.outcome = DNS_CANCELLED},
};

struct exchange {
    const char *question;
    enum told answer;
};

struct plan_case {
    const char *what;
    enum looked a;
    enum looked aaaa;
    struct exchange exchanges[ANSWERS_MAX]; /* all that is asked, in this order */
    enum dane_status status;
    const char *base; /* of the records to match; NULL: there are none */
};

enum trust { TRUSTED, UNTRUSTED };

/* ---- The run of a case ---- */

static void check_questions(struct dane_plan *plan, const struct exchange *exchanges)
{
    char name[DANE_QUESTION_MAX];
    enum dns_type type;
    size_t num = 0;
    while (dane_plan_question(plan, name, &type)) {
        char question[DANE_QUESTION_MAX + 8];
        assert_true(type == DNS_CNAME || type == DNS_TLSA);
        snprintf(question, sizeof(question), "%s %s", type == DNS_CNAME ? "CNAME" : "TLSA", name);
        if (num == ANSWERS_MAX || exchanges[num].question == NULL) {
            fail_msg("asked for %s", question);
        }
        assert_string_equal(question, exchanges[num].question);
        dane_plan_take(plan, &answers[exchanges[num].answer]);
        num++;
    }
    if (num < ANSWERS_MAX && exchanges[num].question != NULL) {
        fail_msg("did not ask for %s", exchanges[num].question);
    }
}

static void check(const struct plan_case *cases, size_t num_cases, enum trust trust)
{
    for (size_t i = 0; i < num_cases; i++) {
        const struct plan_case *test = &cases[i];
        print_message("%s\n", test->what);
        const struct dane_plan_input input = {.host = named(HOST),
                                              .port = 25,
                                              .trusts_resolver = trust == TRUSTED,
                                              .a = &lookups[test->a],
                                              .aaaa = &lookups[test->aaaa]};
        struct dane_plan plan;
        dane_plan_init(&plan, &input);
        check_questions(&plan, test->exchanges);
        assert_int_equal(plan.step, DANE_STEP_DONE);
        assert_int_equal(plan.has_records, test->base != NULL);
        assert_string_equal(dane_status_name(plan.status), dane_status_name(test->status));
        if (test->base != NULL) {
            assert_string_equal(dane_plan_base(&plan), test->base);
        }
    }
}

/* ---- Hosts with a name of their own ---- */

static void records_are_asked_for_where_an_address_is_secure(void **state)
{
    (void)state;
    static const struct plan_case cases[] = {
        {"both families", SECURE, SECURE, {{AT_HOST, RECORDS}}, DANE_UNKNOWN, HOST},
        {"IPv4 alone", SECURE, NO_ADDRESS, {{AT_HOST, RECORDS}}, DANE_UNKNOWN, HOST},
        {"IPv6 alone", NO_ADDRESS, SECURE, {{AT_HOST, RECORDS}}, DANE_UNKNOWN, HOST},
        {"one family secure, the other one not",
         INSECURE,
         SECURE,
         {{AT_HOST, RECORDS}},
         DANE_UNKNOWN,
         HOST},
        {"one family secure, the other one failed",
         SECURE,
         SILENT,
         {{AT_HOST, RECORDS}},
         DANE_UNKNOWN,
         HOST},
        {"one family secure, the other one not asked",
         SECURE,
         UNASKED,
         {{AT_HOST, RECORDS}},
         DANE_UNKNOWN,
         HOST},
        {"the name is denied", SECURE, SECURE, {{AT_HOST, NO_NAME}}, DANE_NONE, NULL},
        {"the type is denied", SECURE, SECURE, {{AT_HOST, NO_TYPE}}, DANE_NONE, NULL},
        {"denied without a signature, by opt-out",
         SECURE,
         SECURE,
         {{AT_HOST, UNSIGNED_NO_NAME}},
         DANE_NONE,
         NULL},
        {"records without a signature",
         SECURE,
         SECURE,
         {{AT_HOST, UNSIGNED_RECORDS}},
         DANE_INSECURE,
         NULL},
    };
    check(cases, NUM(cases), TRUSTED);
}

static void records_no_sender_uses_are_told_from_none(void **state)
{
    (void)state;
    static const struct plan_case cases[] = {
        {"both families insecure, no records",
         INSECURE,
         INSECURE,
         {{AT_HOST, UNSIGNED_NO_NAME}},
         DANE_NONE,
         NULL},
        {"both families insecure, with records",
         INSECURE,
         INSECURE,
         {{AT_HOST, UNSIGNED_RECORDS}},
         DANE_INSECURE,
         NULL},
        {"records that are signed beside addresses that are not",
         INSECURE,
         INSECURE,
         {{AT_HOST, RECORDS}},
         DANE_INSECURE,
         NULL},
        {"IPv4 alone, insecure",
         INSECURE,
         NO_ADDRESS,
         {{AT_HOST, UNSIGNED_RECORDS}},
         DANE_INSECURE,
         NULL},
        {"IPv6 alone, insecure",
         NO_ADDRESS,
         INSECURE,
         {{AT_HOST, UNSIGNED_RECORDS}},
         DANE_INSECURE,
         NULL},
        {"insecure, the other family failed",
         INSECURE,
         SERVFAIL,
         {{AT_HOST, UNSIGNED_NO_NAME}},
         DANE_NONE,
         NULL},
        {"a name server that fails on TLSA",
         INSECURE,
         INSECURE,
         {{AT_HOST, FAILURE}},
         DANE_NONE,
         NULL},
        {"one that is silent on TLSA", INSECURE, INSECURE, {{AT_HOST, TIME_OUT}}, DANE_NONE, NULL},
    };
    check(cases, NUM(cases), TRUSTED);
}

static void nothing_is_asked_of_hosts_without_addresses(void **state)
{
    (void)state;
    static const struct plan_case cases[] = {
        {"no address at all", NO_ADDRESS, NO_ADDRESS, {{NULL, 0}}, DANE_NONE, NULL},
        {"the host does not exist", NO_HOST, NO_HOST, {{NULL, 0}}, DANE_NONE, NULL},
        {"bogus addresses", FORGED, FORGED, {{NULL, 0}}, DANE_BOGUS, NULL},
        {"no answer about addresses", SILENT, SILENT, {{NULL, 0}}, DANE_TEMPERROR, NULL},
        {"no answer about one family, none in the other",
         SILENT,
         NO_ADDRESS,
         {{NULL, 0}},
         DANE_TEMPERROR,
         NULL},
        {"the run was stopped", STOPPED, STOPPED, {{NULL, 0}}, DANE_UNKNOWN, NULL},
    };
    check(cases, NUM(cases), TRUSTED);
}

/* RFC 7672 section 2.1.2 */
static void an_error_is_never_taken_for_a_denial(void **state)
{
    (void)state;
    static const struct plan_case cases[] = {
        {"SERVFAIL", SECURE, SECURE, {{AT_HOST, FAILURE}}, DANE_TEMPERROR, NULL},
        {"bogus", SECURE, SECURE, {{AT_HOST, BOGUS}}, DANE_BOGUS, NULL},
        {"no answer", SECURE, SECURE, {{AT_HOST, TIME_OUT}}, DANE_TEMPERROR, NULL},
        {"REFUSED or NOTIMP", SECURE, SECURE, {{AT_HOST, REFUSAL}}, DANE_TEMPERROR, NULL},
        {"an answer that cannot be parsed",
         SECURE,
         SECURE,
         {{AT_HOST, GARBAGE}},
         DANE_TEMPERROR,
         NULL},
        {"the run was stopped", SECURE, SECURE, {{AT_HOST, CANCELLATION}}, DANE_UNKNOWN, NULL},
        {"an error at the alias's end, records at its start",
         SECURE_ALIAS,
         SECURE_ALIAS,
         {{AT_TARGET, FAILURE}},
         DANE_TEMPERROR,
         NULL},
        {"an error about the alias itself",
         INSECURE_ALIAS,
         INSECURE_ALIAS,
         {{CNAME_HOST, TIME_OUT}},
         DANE_TEMPERROR,
         NULL},
        {"a bogus alias", INSECURE_ALIAS, INSECURE_ALIAS, {{CNAME_HOST, BOGUS}}, DANE_BOGUS, NULL},
    };
    check(cases, NUM(cases), TRUSTED);
}

/* ---- Hosts that are an alias ---- */

static void of_a_secure_alias_the_end_comes_first(void **state)
{
    (void)state;
    static const struct plan_case cases[] = {
        {"records at the end",
         SECURE_ALIAS,
         SECURE_ALIAS,
         {{AT_TARGET, RECORDS}},
         DANE_UNKNOWN,
         TARGET},
        {"records at the start",
         SECURE_ALIAS,
         SECURE_ALIAS,
         {{AT_TARGET, NO_NAME}, {AT_HOST, RECORDS}},
         DANE_UNKNOWN,
         HOST},
        {"records at neither",
         SECURE_ALIAS,
         SECURE_ALIAS,
         {{AT_TARGET, NO_TYPE}, {AT_HOST, NO_NAME}},
         DANE_NONE,
         NULL},
        {"records without a signature at the end",
         SECURE_ALIAS,
         SECURE_ALIAS,
         {{AT_TARGET, UNSIGNED_RECORDS}, {AT_HOST, NO_NAME}},
         DANE_INSECURE,
         NULL},
        {"an error at the start",
         SECURE_ALIAS,
         SECURE_ALIAS,
         {{AT_TARGET, NO_TYPE}, {AT_HOST, FAILURE}},
         DANE_TEMPERROR,
         NULL},
        {"IPv6 alone", NO_ADDRESS, SECURE_ALIAS, {{AT_TARGET, RECORDS}}, DANE_UNKNOWN, TARGET},
    };
    check(cases, NUM(cases), TRUSTED);
}

static void of_an_alias_out_of_a_signed_zone_the_start_counts(void **state)
{
    (void)state;
    static const struct plan_case cases[] = {
        {"a signed alias with records",
         INSECURE_ALIAS,
         INSECURE_ALIAS,
         {{CNAME_HOST, RECORDS}, {AT_HOST, RECORDS}},
         DANE_UNKNOWN,
         HOST},
        {"a signed alias without records",
         INSECURE_ALIAS,
         INSECURE_ALIAS,
         {{CNAME_HOST, RECORDS}, {AT_HOST, NO_NAME}},
         DANE_NONE,
         NULL},
        {"a signed alias, and an error",
         INSECURE_ALIAS,
         INSECURE_ALIAS,
         {{CNAME_HOST, RECORDS}, {AT_HOST, FAILURE}},
         DANE_TEMPERROR,
         NULL},
        {"an alias that is not signed",
         INSECURE_ALIAS,
         INSECURE_ALIAS,
         {{CNAME_HOST, UNSIGNED_RECORDS}, {AT_HOST, UNSIGNED_NO_NAME}},
         DANE_NONE,
         NULL},
        {"an alias that is not signed, and records",
         INSECURE_ALIAS,
         INSECURE_ALIAS,
         {{CNAME_HOST, UNSIGNED_RECORDS}, {AT_HOST, UNSIGNED_RECORDS}},
         DANE_INSECURE,
         NULL},
        {"an alias that is gone when asked for",
         INSECURE_ALIAS,
         INSECURE_ALIAS,
         {{CNAME_HOST, UNSIGNED_NO_NAME}, {AT_HOST, UNSIGNED_NO_NAME}},
         DANE_NONE,
         NULL},
        {"IPv6 alone",
         NO_ADDRESS,
         INSECURE_ALIAS,
         {{CNAME_HOST, RECORDS}, {AT_HOST, RECORDS}},
         DANE_UNKNOWN,
         HOST},
    };
    check(cases, NUM(cases), TRUSTED);
}

/* ---- Trust ---- */

static void a_resolver_that_is_not_trusted_vouches_for_nothing(void **state)
{
    (void)state;
    static const struct plan_case cases[] = {
        {"a secure address", SECURE, SECURE, {{NULL, 0}}, DANE_UNKNOWN, NULL},
        {"an insecure address", INSECURE, INSECURE, {{NULL, 0}}, DANE_UNKNOWN, NULL},
        {"addresses that are called bogus", FORGED, FORGED, {{NULL, 0}}, DANE_UNKNOWN, NULL},
        {"no answer about addresses", SILENT, SILENT, {{NULL, 0}}, DANE_UNKNOWN, NULL},
        {"no address at all", NO_ADDRESS, NO_ADDRESS, {{NULL, 0}}, DANE_NONE, NULL},
    };
    check(cases, NUM(cases), UNTRUSTED);
}

/* ---- Details ---- */

static void the_question_has_the_port(void **state)
{
    (void)state;
    const struct dane_plan_input input = {
        .host = named(HOST), .port = 65535, .trusts_resolver = true, .a = &lookups[SECURE]};
    struct dane_plan plan;
    char name[DANE_QUESTION_MAX];
    enum dns_type type;
    dane_plan_init(&plan, &input);
    assert_true(dane_plan_question(&plan, name, &type));
    assert_string_equal(name, "_65535._tcp." HOST);
}

static void the_longest_name_is_asked_for_in_full(void **state)
{
    (void)state;
    char end[DNS_NAME_MAX];
    memset(end, 'a', sizeof(end) - 1);
    end[sizeof(end) - 1] = '\0';
    struct dane_lookup lookup = lookups[SECURE_ALIAS];
    lookup.canonical = end;
    const struct dane_plan_input input = {
        .host = named(HOST), .port = 65535, .trusts_resolver = true, .a = &lookup};
    struct dane_plan plan;
    char name[DANE_QUESTION_MAX];
    enum dns_type type;
    dane_plan_init(&plan, &input);
    assert_true(dane_plan_question(&plan, name, &type));
    assert_int_equal(strlen(name), strlen("_65535._tcp.") + strlen(end));
    assert_string_equal(dane_plan_base(&plan), end);
}

static void a_lookup_is_noted_as_it_was_answered(void **state)
{
    (void)state;
    const struct dns_answer answer = {
        .outcome = DNS_OK, .authentic = true, .aliased = true, .canonical = TARGET};
    const struct dns_answer failed = {.outcome = DNS_SERVFAIL, .bogus = true};
    const struct dns_validated question = {.name = HOST, .type = DNS_AAAA};
    struct dane_lookup lookup = {0};
    assert_true(dane_lookup_note(&lookup, &question, &answer, NULL));
    assert_null(lookup.question);
    assert_true(lookup.is_answered && lookup.authentic && lookup.aliased && !lookup.bogus);
    assert_int_equal(lookup.outcome, DNS_OK);
    assert_string_equal(lookup.canonical, TARGET);
    dane_lookup_fini(&lookup);
    assert_true(dane_lookup_note(&lookup, &question, &failed, &answer));
    assert_string_equal(lookup.question, "AAAA " HOST ", an alias of " TARGET);
    assert_true(lookup.is_answered && !lookup.authentic && !lookup.aliased && lookup.bogus);
    assert_int_equal(lookup.outcome, DNS_SERVFAIL);
    assert_null(lookup.canonical);
    dane_lookup_fini(&lookup);
    assert_null(lookup.question);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_asked_for_where_an_address_is_secure),
        cmocka_unit_test(records_no_sender_uses_are_told_from_none),
        cmocka_unit_test(nothing_is_asked_of_hosts_without_addresses),
        cmocka_unit_test(an_error_is_never_taken_for_a_denial),
        cmocka_unit_test(of_a_secure_alias_the_end_comes_first),
        cmocka_unit_test(of_an_alias_out_of_a_signed_zone_the_start_counts),
        cmocka_unit_test(a_resolver_that_is_not_trusted_vouches_for_nothing),
        cmocka_unit_test(the_question_has_the_port),
        cmocka_unit_test(the_longest_name_is_asked_for_in_full),
        cmocka_unit_test(a_lookup_is_noted_as_it_was_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
