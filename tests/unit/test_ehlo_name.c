/* The name that servers are greeted with: what may be one, and what is taken of a PTR answer. */
#include "scanner/base/ehlo_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "scanner/engine/ehlo.h"
#include "tests/unit/named.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

struct name_case {
    const char *text;
    const char *expected; /* NULL: it is refused */
    const char *problem;  /* a part of it; NULL: none */
};

static const struct name_case cases[] = {
    {"scanner.example.org", "scanner.example.org", NULL},
    {"Scanner.Example.ORG.", "scanner.example.org", NULL},
    {"bücher.example", "xn--bcher-kva.example", NULL},
    {"scanner", "scanner", "fully qualified"},
    {"scanner.local", "scanner.local", "public"},
    {"scanner.HOME.ARPA", "scanner.home.arpa", "public"},
    {"my.localdomain", "my.localdomain", "public"},
    {"notlocal", "notlocal", "fully qualified"},
    {"example.notlan", "example.notlan", NULL},
    {"[192.0.2.1]", "[192.0.2.1]", "address"},
    {"192.0.2.1", "[192.0.2.1]", "address"},
    {"[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]", "address"},
    {"2001:DB8::1", "[IPv6:2001:db8::1]", "address"},
    {"", NULL, NULL},
    {".", NULL, NULL},
    {"two words", NULL, NULL},
    {"x+y.example", NULL, NULL},
    {"*.example", NULL, NULL},
    {"scanner.example\r\nQUIT", NULL, NULL},
    {"scanner.example.org\nMAIL FROM:<>", NULL, NULL},
    {"[scanner.example.org]", NULL, NULL},
    {"http://scanner.example.org", NULL, NULL},
    {"me@scanner.example.org", NULL, NULL},
};

static void a_name_or_an_address_is_taken_and_all_else_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        const struct name_case *expected = &cases[i];
        struct ehlo_name name = {"as it was"};
        const char *refusal = ehlo_name_parse(expected->text, &name);
        if (expected->expected == NULL) {
            assert_non_null(refusal);
            assert_string_equal(name.text, "as it was");
            continue;
        }
        assert_null(refusal);
        assert_string_equal(name.text, expected->expected);
        const char *problem = ehlo_name_problem(&name);
        if (expected->problem == NULL) {
            assert_null(problem);
        } else {
            assert_non_null(problem);
            assert_non_null(strstr(problem, expected->problem));
        }
    }
}

static void the_longest_name_fits(void **state)
{
    char text[HOSTNAME_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        text[i] = i % 64 == 63 ? '.' : 'a';
    }
    text[sizeof(text) - 1] = '\0';
    assert_string_equal(ehlo_name_of_host(named(text)).text, text);
}

struct ptr_case {
    const char *names[3]; /* of the answer */
    const char *expected; /* "": none can be taken */
};

static const struct ptr_case ptr_cases[] = {
    {{NULL}, ""},
    {{"outgoing.example.org"}, "outgoing.example.org"},
    {{"x+y.example.org"}, ""},
    {{"*.example.org"}, ""},
    {{"0/25.2.0.192.in-addr.arpa"}, ""},
    {{"a\\032b.example.org"}, ""},
    {{""}, ""},
    {{"192.0.2.1"}, ""},
    {{"x=y.example.org", "outgoing.example.org", "other.example.org"}, "outgoing.example.org"},
    {{"outgoing"}, "outgoing"},
};

static void of_a_ptr_answer_only_a_host_name_is_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM(ptr_cases); i++) {
        struct dns_record records[3] = {{0}};
        struct dns_answer answer = {.outcome = DNS_OK, .records = records};
        while (answer.num_records < 3 && ptr_cases[i].names[answer.num_records] != NULL) {
            records[answer.num_records].host = ptr_cases[i].names[answer.num_records];
            answer.num_records++;
        }
        assert_string_equal(ehlo_of_ptr(&answer).text, ptr_cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_or_an_address_is_taken_and_all_else_refused),
        cmocka_unit_test(the_longest_name_fits),
        cmocka_unit_test(of_a_ptr_answer_only_a_host_name_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
