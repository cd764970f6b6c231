/*
 * From endpoints to a host and from hosts to a domain: which status the whole has.
 */
#include "scanner/enforcement/dane_domain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define PARTS_MAX  4

#define UNKNOWN   DANE_UNKNOWN
#define NONE      DANE_NONE
#define VALID     DANE_VALID
#define MISMATCH  DANE_MISMATCH
#define UNUSABLE  DANE_UNUSABLE
#define UNSIGNED  DANE_INSECURE
#define TEMPERROR DANE_TEMPERROR
#define BOGUS     DANE_BOGUS
#define PARTIAL   DANE_PARTIAL

struct host_case {
    const char *what;
    size_t num;
    enum dane_status endpoints[PARTS_MAX];
    enum dane_status status;
};

static void the_worst_address_is_the_hosts_own(void **state)
{
    (void)state;
    static const struct host_case cases[] = {
        {"every address matches", 2, {VALID, VALID}, VALID},
        {"one of two does not match", 2, {VALID, MISMATCH}, MISMATCH},
        {"one of two was not observed", 2, {VALID, UNKNOWN}, VALID},
        {"one does not match and one was not observed", 2, {UNKNOWN, MISMATCH}, MISMATCH},
        {"none was observed", 2, {UNKNOWN, UNKNOWN}, UNKNOWN},
        {"records that cannot be used", 2, {UNUSABLE, UNUSABLE}, UNUSABLE},
        {"there are no addresses", 0, {UNKNOWN}, UNKNOWN},
    };
    for (size_t i = 0; i < NUM(cases); i++) {
        print_message("%s\n", cases[i].what);
        assert_string_equal(dane_status_name(dane_host_status(cases[i].endpoints, cases[i].num)),
                            dane_status_name(cases[i].status));
    }
}

struct domain_case {
    const char *what;
    struct dane_lookup mx;
    size_t num;
    enum dane_status hosts[PARTS_MAX];
    enum dane_status status;
    bool is_untrusted;
};

#define SECURE                                                                                     \
    {                                                                                              \
        .is_answered = true, .outcome = DNS_OK, .authentic = true                                  \
    }
#define INSECURE                                                                                   \
    {                                                                                              \
        .is_answered = true, .outcome = DNS_OK                                                     \
    }
#define IMPLICIT                                                                                   \
    {                                                                                              \
        .is_answered = true, .outcome = DNS_NODATA, .authentic = true                              \
    }
#define FAILED(how)                                                                                \
    {                                                                                              \
        .is_answered = true, .outcome = (how)                                                      \
    }
#define FORGED                                                                                     \
    {                                                                                              \
        .is_answered = true, .outcome = DNS_SERVFAIL, .bogus = true                                \
    }

static void check(const struct domain_case *cases, size_t num_cases)
{
    for (size_t i = 0; i < num_cases; i++) {
        const struct domain_case *test = &cases[i];
        print_message("%s\n", test->what);
        enum dane_status status =
            dane_domain_status(&test->mx, !test->is_untrusted, test->hosts, test->num);
        assert_string_equal(dane_status_name(status), dane_status_name(test->status));
    }
}

static void a_domain_is_valid_when_its_mx_and_every_host_are(void **state)
{
    (void)state;
    static const struct domain_case cases[] = {
        {"one host", SECURE, 1, {VALID}, VALID, false},
        {"two hosts", SECURE, 2, {VALID, VALID}, VALID, false},
        {"it is its own host", IMPLICIT, 1, {VALID}, VALID, false},
        {"one of two could not be observed", SECURE, 2, {VALID, UNKNOWN}, VALID, false},
        {"half of the hosts", SECURE, 2, {VALID, NONE}, PARTIAL, false},
        {"half of the hosts have a secure name", SECURE, 2, {UNSIGNED, VALID}, PARTIAL, false},
        {"half of the hosts have records of use", SECURE, 2, {VALID, UNUSABLE}, PARTIAL, false},
        {"the MX records are not signed", INSECURE, 2, {VALID, VALID}, PARTIAL, false},
        {"one of two does not match", SECURE, 2, {VALID, MISMATCH}, PARTIAL, false},
        {"one does not match, and the MX records are not signed",
         INSECURE,
         2,
         {MISMATCH, VALID},
         PARTIAL,
         false},
        {"the MX records are not signed, and half of the hosts",
         INSECURE,
         2,
         {VALID, NONE},
         PARTIAL,
         false},
    };
    check(cases, NUM(cases));
}

static void what_breaks_mail_comes_first(void **state)
{
    (void)state;
    static const struct domain_case cases[] = {
        {"a host that does not match", SECURE, 2, {NONE, MISMATCH}, MISMATCH, false},
        {"also where the MX records are not signed",
         INSECURE,
         2,
         {MISMATCH, UNKNOWN},
         MISMATCH,
         false},
        {"a host whose records are bogus", SECURE, 2, {BOGUS, VALID}, BOGUS, false},
        {"a host whose records cannot be had", SECURE, 2, {VALID, TEMPERROR}, TEMPERROR, false},
        {"all of it", SECURE, 3, {TEMPERROR, BOGUS, MISMATCH}, MISMATCH, false},
        {"bogus MX records", FORGED, 0, {NONE}, BOGUS, false},
        {"MX records that cannot be had", FAILED(DNS_SERVFAIL), 0, {NONE}, TEMPERROR, false},
        {"no answer about MX records", FAILED(DNS_TIMED_OUT), 0, {NONE}, TEMPERROR, false},
        {"the run was stopped", FAILED(DNS_CANCELLED), 0, {NONE}, UNKNOWN, false},
        {"the MX records were not asked for", {0}, 1, {VALID}, UNKNOWN, false},
    };
    check(cases, NUM(cases));
}

static void a_domain_without_a_host_that_matches_says_why(void **state)
{
    (void)state;
    static const struct domain_case cases[] = {
        {"no records anywhere", SECURE, 2, {NONE, NONE}, NONE, false},
        {"no signed names anywhere", INSECURE, 1, {UNSIGNED}, UNSIGNED, false},
        {"records nobody can use", SECURE, 2, {UNUSABLE, NONE}, UNUSABLE, false},
        {"no hosts", SECURE, 0, {NONE}, NONE, false},
        {"a domain that does not exist", FAILED(DNS_NXDOMAIN), 0, {NONE}, NONE, false},
        {"hosts that could not be observed", SECURE, 2, {UNKNOWN, NONE}, UNKNOWN, false},
    };
    check(cases, NUM(cases));
}

static void without_a_trusted_resolver_only_absence_is_known(void **state)
{
    (void)state;
    static const struct domain_case cases[] = {
        {"no records", SECURE, 1, {NONE}, NONE, true},
        {"records that may be good", SECURE, 1, {UNKNOWN}, UNKNOWN, true},
        {"some have records and some have none", SECURE, 2, {UNKNOWN, NONE}, UNKNOWN, true},
    };
    check(cases, NUM(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_address_is_the_hosts_own),
        cmocka_unit_test(a_domain_is_valid_when_its_mx_and_every_host_are),
        cmocka_unit_test(what_breaks_mail_comes_first),
        cmocka_unit_test(a_domain_without_a_host_that_matches_says_why),
        cmocka_unit_test(without_a_trusted_resolver_only_absence_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
