/* Which fields of the records show whether a finding holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "output/record/record_read.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/policy_sight.h"

#define LINE_MAX_TEST 512

/* A record of `type` with these members, written with ' in place of ". */
static struct record read_line(struct arena *arena, const char *type, const char *members)
{
    char line[LINE_MAX_TEST];
    struct record record;
    snprintf(line, sizeof(line), "{'type':'%s',%s}", type, members);
    for (char *at = line; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    assert_int_equal(record_read(line, strlen(line), arena, &record), RECORD_READ);
    return record;
}

static bool endpoint_shows(const char *code, const char *members)
{
    struct arena arena = {0};
    struct record record = read_line(&arena, "endpoint", members);
    bool shows = policy_sight.endpoint_shows(code, &record.endpoint);
    arena_free(&arena);
    return shows;
}

static bool domain_shows(const char *code, const char *members)
{
    struct arena arena = {0};
    struct record record = read_line(&arena, "domain", members);
    bool shows = policy_sight.domain_shows(code, &record.domain);
    arena_free(&arena);
    return shows;
}

/* Calls `check` for each of the codes, which blanks separate. */
static void for_each_code(const char *codes, void (*check)(const char *code, const void *user),
                          const void *user)
{
    char words[LINE_MAX_TEST], *state = NULL;
    snprintf(words, sizeof(words), "%s", codes);
    for (char *code = strtok_r(words, " ", &state); code != NULL;
         code = strtok_r(NULL, " ", &state)) {
        assert_true(policy_find(code) != FINDING_COUNT);
        check(code, user);
    }
}

/* ---- Endpoints ---- */

struct endpoint_case {
    const char *codes;
    const char *seen;   /* the members with which the codes could be seen */
    const char *unseen; /* ... and not, beside those of a record with nothing in it */
};

#define WEAK(name) "'tls':{}", "'tls':{'weak_unknown':['" name "']}"

static const struct endpoint_case endpoint_cases[] = {
    {"no_esmtp", "'esmtp':'no'", "'esmtp':'unknown'"},
    {"early_response_bytes", "'injection':{'responses':'no'}", "'injection':{'commands':'no'}"},
    {"command_injection", "'injection':{'commands':'no'}", "'injection':{'responses':'no'}"},
    {"plaintext_mail_refused plaintext_mail_accepted", "'plaintext_mail':'refused'",
     "'plaintext_mail':'unknown'"},
    {"starttls_in_tls", "'starttls':{'offered_in_tls':'no'}", "'starttls':{'advertised':'yes'}"},
    {"login_before_tls login_before_tls_on_mx", "'login_before_tls':'no'", "'esmtp':'yes'"},
    {"no_certificate", "'starttls':{'handshake':'yes'}", "'starttls':{'accepted':'yes'}"},
    {"ssl2", "'tls':{'versions':{'SSLv2':'no'}}", "'tls':{'versions':{'SSLv2':'unknown'}}"},
    {"ssl3", "'tls':{'versions':{'SSLv3':'no'}}", "'tls':{'versions':{'SSLv2':'no'}}"},
    {"tls10", "'tls':{'versions':{'TLSv1.0':'no'}}", "'tls':{'versions':{'TLSv1.1':'no'}}"},
    {"tls11", "'tls':{'versions':{'TLSv1.1':'no'}}", "'tls':{'versions':{'TLSv1.0':'no'}}"},
    {"no_tls12", "'tls':{'versions':{'TLSv1.2':'yes'}}", "'tls':{'versions':{'TLSv1.3':'no'}}"},
    {"no_tls13", "'tls':{'versions':{'TLSv1.3':'yes'}}", "'tls':{'versions':{'TLSv1.2':'no'}}"},
    {"null_suite only_broken_suites", WEAK("NULL")},
    {"anonymous_suite only_anonymous_suites", WEAK("anonymous")},
    {"export_suite", WEAK("export")},
    {"des_suite", WEAK("DES")},
    {"rc4_suite", WEAK("RC4")},
    {"3des_suite", WEAK("3DES")},
    {"static_rsa_suite", WEAK("static_RSA")},
    {"static_dh_suite", WEAK("static_DH")},
    {"small_dh dh_below_1024", WEAK("small_DH")},
    {"tls_compression", "'tls':{'compression':'no'}", "'tls':{'ems':'no'}"},
    {"no_extended_master_secret", "'tls':{'ems':'no'}", "'tls':{'compression':'no'}"},
    {"no_secure_renegotiation", "'tls':{'secure_renegotiation':'no'}", "'tls':{'ems':'no'}"},
    {"pq_intolerant no_post_quantum", "'tls':{'post_quantum':'yes'}", "'tls':{}"},
    {"no_forward_secrecy no_aead", "'tls':{'cipher':'X'}", "'tls':{'cipher':null}"},
    {"client_certificate_requested", "'tls':{'client_certificate':'none'}",
     "'tls':{'client_certificate':'unknown'}"},
    {"untrusted_root incomplete_chain", "'certificate':{'trusted':'yes'}",
     "'certificate':{'trusted':'unknown'}"},
    {"self_signed expired not_yet_valid name_mismatch cn_only "
     "rsa_below_1024 weak_key rsa_below_3072 md5_signature sha1_signature bad_purpose "
     "constraint_violation unparsable_certificate invalid_key trust_unknown certificate_varies "
     "chain_untidy root_sent "
     "long_validity wildcard_public_suffix",
     "'certificate':{}", "'certificate':null"},
    {"ocsp_revoked ocsp_staple_stale ocsp_staple_useless must_staple_missing no_ocsp_staple",
     "'certificate':{'ocsp_staple':'no'}", "'certificate':{}"},
    {"no_sct", "'certificate':{'sct':'no'}", "'certificate':{'ocsp_staple':'no'}"},
    {"dane_authenticates dane_mismatch dane_unusable dane_bogus dane_no_spare",
     "'dane':{'status':'none'}", "'dane':{'status':'temperror'}"},
};

static void check_endpoint(const char *code, const void *user)
{
    const struct endpoint_case *one = user;
    char graded[LINE_MAX_TEST], ungraded[LINE_MAX_TEST], unseen[LINE_MAX_TEST];
    snprintf(graded, sizeof(graded), "'grade':'A',%s", one->seen);
    snprintf(ungraded, sizeof(ungraded), "'grade':'U',%s", one->seen);
    snprintf(unseen, sizeof(unseen), "'grade':'A',%s", one->unseen);
    if (!endpoint_shows(code, graded) || endpoint_shows(code, ungraded) ||
        endpoint_shows(code, unseen) || endpoint_shows(code, "'grade':'A'")) {
        fail_msg("%s", code);
    }
}

static void an_endpoint_shows_what_it_was_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(endpoint_cases) / sizeof(endpoint_cases[0]); i++) {
        for_each_code(endpoint_cases[i].codes, check_endpoint, &endpoint_cases[i]);
    }
}

/* Dialogues that disagree leave a question open beside a letter. */
static void a_question_that_was_left_open_shows_nothing(void **state)
{
    static const struct {
        const char *question, *codes;
    } questions[] = {
        {"starttls", "no_starttls starttls_refused starttls_inconsistent starttls_on_some"},
        {"handshake", "handshake_refused client_certificate_required"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        for (unsigned code = 0; code < FINDING_COUNT; code++) {
            const char *name = policy_rule((enum finding_code)code)->code;
            char closed[LINE_MAX_TEST], open[LINE_MAX_TEST];
            snprintf(closed, sizeof(closed), "'grade':'A','mail':'mx','open':['tls10']");
            snprintf(open, sizeof(open), "'grade':'A','mail':'mx','open':['%s']",
                     questions[i].question);
            bool is_its = strstr(questions[i].codes, name) != NULL;
            bool is_chance = code == FINDING_STARTTLS_INCONSISTENT; /* shown by no endpoint */
            if (is_its &&
                (!domain_shows(name, closed) || endpoint_shows(name, closed) == is_chance)) {
                fail_msg("%s", name);
            }
            if (is_its) {
                assert_false(domain_shows(name, open));
                assert_false(endpoint_shows(name, open));
            } else {
                assert_int_equal(domain_shows(name, open), domain_shows(name, closed));
                assert_int_equal(endpoint_shows(name, open), endpoint_shows(name, closed));
            }
        }
    }
}

/* Of a server that offers STARTTLS now and then, another night may see what it likes. */
static void what_may_come_by_chance_is_shown_by_no_endpoint(void **state)
{
    static const char steady[] = "'grade':'A','starttls':{'advertised':'yes','accepted':'yes'}";
    static const char now_and_then[] =
        "'grade':'D','inconsistent':true,'starttls':{'advertised':'yes','accepted':'yes'}";
    (void)state;
    assert_false(endpoint_shows("starttls_inconsistent", steady));
    assert_false(endpoint_shows("starttls_inconsistent", now_and_then));
    assert_true(endpoint_shows("no_starttls", steady));
    assert_false(endpoint_shows("no_starttls", now_and_then));
    assert_true(endpoint_shows("starttls_refused", steady));
    assert_false(endpoint_shows("starttls_refused", now_and_then));
    assert_true(endpoint_shows("handshake_refused", steady) ==
                endpoint_shows("handshake_refused", now_and_then));
}

static void other_findings_need_a_letter(void **state)
{
    static const char *const codes[] = {"no_starttls", "mx_is_cname", "of_another_program"};
    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_true(endpoint_shows(codes[i], "'grade':'F'"));
        assert_false(endpoint_shows(codes[i], "'grade':'U'"));
    }
}

/* ---- Domains ---- */

struct domain_case {
    const char *codes, *seen, *unseen;
};

static const struct domain_case domain_cases[] = {
    {"null_mx null_mx_beside_others implicit_mx no_mail_service no_such_domain mx_is_address "
     "mx_invalid",
     "'mail':'none'", "'grade':'A','mail':'unknown'"},
    {"mx_is_cname mx_dangling mx_not_public starttls_on_some mta_sts_broken mta_sts_would_break",
     "'mail':'mx','partial':false", "'grade':'A','mail':'mx','partial':true"},
    {"dane_mismatch dane_unusable dane_bogus dane_no_spare dane_partial",
     "'dane':{'status':'none'}", "'grade':'A','dane':{'status':'temperror'}"},
    {"mta_sts_invalid mta_sts_testing mta_sts_off no_mta_sts", "'mta_sts':{'status':'none'}",
     "'grade':'A','mta_sts':{'status':'unknown'}"},
    {"mta_sts_invalid mta_sts_testing mta_sts_off no_mta_sts",
     "'mta_sts':{'status':'fetch_failed','problems':['fetch_certificate']}",
     "'mta_sts':{'status':'fetch_failed','problems':['policy_no_mx','fetch_timeout']}"},
    /* With evidence the record itself says whose fault it may be. */
    {"mta_sts_invalid no_mta_sts",
     "'evidence':{},'mta_sts':{'status':'fetch_failed','problems':['fetch_dns']}",
     "'evidence':{'mta_sts_network':true},"
     "'mta_sts':{'status':'fetch_failed','problems':['fetch_tls']}"},
    {"tls_rpt_invalid no_tls_rpt", "'tls_rpt':{'status':'no'}",
     "'grade':'A','tls_rpt':{'status':'unknown'}"},
    {"no_enforcement", "'grade':'A','enforced_tls':'none','mta_sts':{'status':'none'}",
     "'grade':'U','enforced_tls':'none','mta_sts':{'status':'none'}"},
    {"no_enforcement", "'grade':'A','enforced_tls':'dane','mta_sts':{'status':'none'}",
     "'grade':'A','enforced_tls':'dane','mta_sts':{'status':'unknown'}"},
    /* Of endpoints alone: every address must have been looked at. */
    {"tls10 expired no_esmtp", "'grade':'A','mail':'mx','partial':false",
     "'grade':'A','mail':'mx','partial':true"},
    {"no_starttls", "'grade':'F','partial':true", "'grade':'U'"},
};

static void check_domain(const char *code, const void *user)
{
    const struct domain_case *one = user;
    if (!domain_shows(code, one->seen) || domain_shows(code, one->unseen)) {
        fail_msg("%s with %s", code, one->seen);
    }
}

static void a_domain_shows_what_it_was_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(domain_cases) / sizeof(domain_cases[0]); i++) {
        for_each_code(domain_cases[i].codes, check_domain, &domain_cases[i]);
    }
}

static void what_rests_on_no_answer_was_not_seen(void **state)
{
    static const struct {
        const char *code, *members;
        bool saw;
    } cases[] = {
        {"mta_sts_invalid", "'mta_sts':{'status':'fetch_failed','problems':['fetch_dns']}", false},
        {"mta_sts_invalid", "'mta_sts':{'status':'fetch_failed','problems':['fetch_http']}", true},
        {"no_enforcement", "'grade':'A','enforced_tls':'unknown'", false},
        {"tls10", "'grade':'A'", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = {0};
        struct record record = read_line(&arena, "domain", cases[i].members);
        assert_int_equal(policy_sight.domain_saw(cases[i].code, &record.domain), cases[i].saw);
        arena_free(&arena);
    }
}

/* ---- The rest ---- */

static void markers_say_that_nothing_was_seen(void **state)
{
    static const char *const markers[] = {"mx_unobserved", "dns_failure", "enforcement_unknown",
                                          "dane_doubted", "dane_temperror"};
    (void)state;
    for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
        assert_true(policy_find(markers[i]) != FINDING_COUNT);
        assert_true(policy_sight.is_marker(markers[i]));
    }
    assert_false(policy_sight.is_marker("tls10"));
    assert_false(policy_sight.is_marker("of_another_program"));
}

static void findings_stand_behind_one_answer(void **state)
{
    static const struct {
        const char *codes;
        enum record_answer answer;
    } behind[] = {
        {"no_starttls starttls_refused handshake_refused client_certificate_required "
         "starttls_on_some",
         ANSWER_OPPORTUNISTIC},
        {"dane_mismatch dane_bogus dane_partial dane_unusable", ANSWER_DANE},
        {"mta_sts_broken mta_sts_would_break", ANSWER_MTA_STS},
    };
    (void)state;
    unsigned num = 0;
    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
        for (unsigned code = 0; code < FINDING_COUNT; code++) {
            const char *name = policy_rule((enum finding_code)code)->code;
            bool expected = strstr(behind[i].codes, name) != NULL;
            num += expected;
            assert_int_equal(policy_sight.is_behind(name, behind[i].answer), expected);
        }
    }
    assert_int_equal(num, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_shows_what_it_was_asked),
        cmocka_unit_test(a_question_that_was_left_open_shows_nothing),
        cmocka_unit_test(what_may_come_by_chance_is_shown_by_no_endpoint),
        cmocka_unit_test(other_findings_need_a_letter),
        cmocka_unit_test(a_domain_shows_what_it_was_asked),
        cmocka_unit_test(what_rests_on_no_answer_was_not_seen),
        cmocka_unit_test(markers_say_that_nothing_was_seen),
        cmocka_unit_test(findings_stand_behind_one_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
