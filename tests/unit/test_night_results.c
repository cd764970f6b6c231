/* Which result files are whole nights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scanner/nightly/night_results.h"
#include "tests/unit/temp_file.h"

#define RUN                                                                                        \
    "{\"type\":\"run\",\"schema_version\":1,\"version\":\"9.9\",\"started\":\"2026-11-30T02:00:"   \
    "00Z\"}\n"
#define DOMAIN            "{\"type\":\"domain\",\"domain\":\"a.example\",\"grade\":\"A\"}\n"
#define VOIDED            "{\"type\":\"run_void\",\"reason\":\"same_greeting\",\"detail\":\"one greeting\"}\n"
#define SUMMARY(complete) "{\"type\":\"summary\",\"complete\":" complete ",\"domains\":1}\n"

static void only_a_complete_run_that_counts_is_whole(void **state)
{
    static const struct {
        const char *text;
        bool is_whole;
    } cases[] = {
        {RUN DOMAIN SUMMARY("true"), true},
        {RUN DOMAIN SUMMARY("false"), false},
        {RUN DOMAIN VOIDED SUMMARY("true"), false},
        {RUN DOMAIN, false},
        {RUN DOMAIN "{\"type\":\"summary\",\"complete\":tr", false},
        {DOMAIN SUMMARY("true"), false},
        {RUN DOMAIN "{\"type\":\"summary\",\"complete\":true,\"void_reason\":\"same_greeting\"}\n",
         false},
        {"{\"type\":\"run\" and no record\n", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct temp_file file;
        struct night_results results;
        temp_file_init(&file, "night.jsonl");
        temp_file_write(&file, cases[i].text, strlen(cases[i].text));
        assert_true(night_results_read(&results, file.path));
        if (night_results_are_whole(&results) != cases[i].is_whole) {
            fail_msg("%s", cases[i].text);
        }
        night_results_fini(&results);
        temp_file_fini(&file);
    }
}

static void the_beginning_and_the_end_are_read(void **state)
{
    static const char text[] = RUN DOMAIN SUMMARY("true");
    struct temp_file file;
    struct night_results results;
    (void)state;
    temp_file_init(&file, "night.jsonl");
    temp_file_write(&file, text, strlen(text));
    assert_true(night_results_read(&results, file.path));
    assert_string_equal(results.run.version, "9.9");
    assert_int_equal((int64_t)results.run.started, 1796004000);
    assert_int_equal(results.summary.domains, 1);
    night_results_fini(&results);
    temp_file_fini(&file);
    assert_false(night_results_read(&results, file.path));
    night_results_fini(&results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_complete_run_that_counts_is_whole),
        cmocka_unit_test(the_beginning_and_the_end_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
