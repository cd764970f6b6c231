/* The forms in which people keep a supplier's domain. */
#include "io/list/domain_cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct form_case {
    const char *cell;
    const char *domain;
    enum domain_cell_form form;
};

static const struct form_case cases[] = {
    {"a.example", "a.example", DOMAIN_CELL_NAME},
    {"www.a.example", "www.a.example", DOMAIN_CELL_NAME},
    {"a.example.", "a.example.", DOMAIN_CELL_NAME},
    {"", "", DOMAIN_CELL_NAME},
    {"two words", "two words", DOMAIN_CELL_NAME},
    {"https://a.example", "a.example", DOMAIN_CELL_URL},
    {"HTTP://WWW.A.example/", "A.example", DOMAIN_CELL_URL},
    {"https://www.a.example:8443/b?c=d@e.example#f", "a.example", DOMAIN_CELL_URL},
    {"https://user:secret@a.example/", "a.example", DOMAIN_CELL_URL},
    {"https://www.example/", "www.example", DOMAIN_CELL_URL},
    {"//a.example/b", "a.example", DOMAIN_CELL_URL},
    {"a.example/b", "a.example", DOMAIN_CELL_URL},
    {"www.a.example/", "a.example", DOMAIN_CELL_URL},
    {"a.example:25", "a.example", DOMAIN_CELL_URL},
    {"a.example?b", "a.example", DOMAIN_CELL_URL},
    {"mailto:me@a.example?subject=b", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"MAILTO:me@a.example", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"me@a.example", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"\"a@b\"@c.example", "c.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"Me <me@a.example>", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"Me <me@a.example", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"Me < me@a.example >, You <you@b.example>", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"me@a.example; you@b.example", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"me@a.example,you@b.example", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"<https://a.example/>", "a.example", DOMAIN_CELL_URL},
    {"@a.example", "a.example", DOMAIN_CELL_MAIL_ADDRESS},
    {"me@", "", DOMAIN_CELL_MAIL_ADDRESS},
    {"://", "", DOMAIN_CELL_URL},
    {"[192.0.2.1]:25", "[192.0.2.1]", DOMAIN_CELL_URL},
};

static void each_form_gives_its_domain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum domain_cell_form form;
        struct csv_cell cell = {cases[i].cell, strlen(cases[i].cell)};
        struct csv_cell domain = domain_cell_find(cell, false, &form);
        if (domain.len != strlen(cases[i].domain) ||
            memcmp(domain.bytes, cases[i].domain, domain.len) != 0) {
            fail_msg("%s: expected %s, got %.*s", cases[i].cell, cases[i].domain, (int)domain.len,
                     domain.bytes);
        }
        if (form != cases[i].form) {
            fail_msg("%s: form %d", cases[i].cell, (int)form);
        }
        assert_true(domain.bytes >= cell.bytes);
        assert_true(domain.bytes + domain.len <= cell.bytes + cell.len);
    }
}

static void www_is_left_out_of_a_column_of_web_sites(void **state)
{
    (void)state;
    enum domain_cell_form form;
    struct csv_cell domain = domain_cell_find((struct csv_cell){"www.a.example", 13}, true, &form);
    assert_int_equal(domain.len, 9);
    assert_memory_equal(domain.bytes, "a.example", 9);
    domain = domain_cell_find((struct csv_cell){"www.example", 11}, true, &form);
    assert_int_equal(domain.len, 11);
}

static void what_is_likely_a_domain(void **state)
{
    static const char *const likely[] = {"a.example",         "A.EXAMPLE",    "a.example.",
                                         " a.example ",       "me@a.example", "https://a.example/b",
                                         "m\xC3\xBC.example", "a.xn--p1ai",   "_x.a-b.example"};
    static const char *const unlikely[] = {
        "",      "example",    "192.0.2.1",   "01.02.2024", "1.5",
        "a b.c", ".example",   "a..example",  "a.1",        "Acme, Inc.",
        ".",     "me@example", "[192.0.2.1]", "+49 30.12"};
    (void)state;
    for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++) {
        if (!domain_cell_is_likely((struct csv_cell){likely[i], strlen(likely[i])})) {
            fail_msg("%s is likely", likely[i]);
        }
    }
    for (size_t i = 0; i < sizeof(unlikely) / sizeof(unlikely[0]); i++) {
        if (domain_cell_is_likely((struct csv_cell){unlikely[i], strlen(unlikely[i])})) {
            fail_msg("%s is unlikely", unlikely[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_gives_its_domain),
        cmocka_unit_test(www_is_left_out_of_a_column_of_web_sites),
        cmocka_unit_test(what_is_likely_a_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
