/* The figures of a run, as Prometheus reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/metrics/metrics_text.h"
#include "output/metrics/run_metrics.h"

struct text_stream {
    FILE *stream;
    char *text;
    size_t len;
};

static void begin(struct text_stream *text)
{
    text->stream = open_memstream(&text->text, &text->len);
    assert_non_null(text->stream);
}

static void expect_text(struct text_stream *text, const char *wanted)
{
    assert_int_equal(fclose(text->stream), 0);
    assert_string_equal(text->text, wanted);
    free(text->text);
}

static void label_values_are_escaped(void **state)
{
    (void)state;
    struct text_stream text;
    begin(&text);
    metrics_sample(text.stream, "mxgrade_x", "name", "a\"b\\c\nd", 7);
    expect_text(&text, "mxgrade_x{name=\"a\\\"b\\\\c\\nd\"} 7\n");
}

static void a_family_tells_its_help_and_its_type_once(void **state)
{
    (void)state;
    struct text_stream text;
    const uint64_t counts[ENFORCED_BOTH + 1] = {[ENFORCED_NONE] = 3, [ENFORCED_DANE] = UINT64_MAX};
    begin(&text);
    metrics_counts(text.stream, "mxgrade_x", "Help.", "answer", &record_enforced_tls, counts);
    expect_text(&text, "# HELP mxgrade_x Help.\n# TYPE mxgrade_x gauge\n"
                       "mxgrade_x{answer=\"unknown\"} 0\n"
                       "mxgrade_x{answer=\"none\"} 3\n"
                       "mxgrade_x{answer=\"dane\"} 18446744073709551615\n"
                       "mxgrade_x{answer=\"mta-sts\"} 0\n"
                       "mxgrade_x{answer=\"both\"} 0\n");
}

static void seconds_are_told_to_the_millisecond(void **state)
{
    (void)state;
    struct text_stream text;
    begin(&text);
    metrics_seconds(text.stream, "mxgrade_x_seconds", "Help.", 1795780000.1239);
    expect_text(&text, "# HELP mxgrade_x_seconds Help.\n# TYPE mxgrade_x_seconds gauge\n"
                       "mxgrade_x_seconds 1795780000.124\n");
}

/* A summary without a policy, as an older file may have it, is no reason to fail. */
static void a_run_without_a_policy_has_its_figures(void **state)
{
    (void)state;
    struct text_stream text;
    const struct summary_record summary = {.void_reason = VOID_NONE, .finished = 5};
    begin(&text);
    run_metrics_write(text.stream, "9.9", 4, &summary);
    assert_int_equal(fclose(text.stream), 0);
    assert_non_null(strstr(text.text, "\nmxgrade_policy_info{policy=\"\"} 1\n"));
    assert_non_null(strstr(text.text, "\nmxgrade_build_info{version=\"9.9\"} 1\n"));
    assert_non_null(strstr(text.text, "\nmxgrade_run_void 0\n"));
    free(text.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(a_family_tells_its_help_and_its_type_once),
        cmocka_unit_test(seconds_are_told_to_the_millisecond),
        cmocka_unit_test(a_run_without_a_policy_has_its_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
