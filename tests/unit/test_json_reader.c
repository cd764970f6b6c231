/* The reader of JSON beside jansson: whatever text one of them takes, the other takes, and with the
 * same values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "output/file/line_source.h"
#include "output/record/record_json.h"
#include "output/record/record_read.h"
#include "tests/unit/json_same.h"
#include "tests/unit/random_record.h"

/* The results of a scan with "--depth deep" of a fleet ("fleet serve --each --mix all --hosts 150")
 * in which each behaviour of a server and each kind of DNS answer occurs. */
#define FLEET_RESULTS "tests/unit/data/fleet_results.jsonl.zst"
#define FLEET_RECORDS 100

static void expect_same(const char *text, size_t len)
{
    json_error_t error;
    json_t *wanted = json_by_jansson(text, len, &error);
    bool is_taken = json_reader_takes(text, len);
    if (wanted != NULL ? !is_taken || !json_same_text(text, len, wanted)
                       : is_taken && !json_is_beyond(&error)) {
        fail_msg("%s: %s, and the reader %s it", wanted != NULL ? "jansson takes it" : error.text,
                 text, is_taken ? "takes" : "refuses");
    }
    json_decref(wanted);
}

static void results_of_the_fleet_are_read_as_jansson_reads_them(void **state)
{
    struct line_source *source = line_source_open(FLEET_RESULTS, false);
    const char *line;
    size_t len, num[RECORD_OTHER + 1] = {0};
    enum line_source_status status;
    (void)state;
    assert_non_null(source);
    while ((status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE) {
        struct arena arena = {0};
        struct record record;
        assert_int_equal(record_read(line, len, &arena, &record), RECORD_READ);
        num[record.kind]++;
        arena_free(&arena);
        expect_same(line, len);
    }
    assert_int_equal(status, LINE_SOURCE_END);
    assert_int_equal(num[RECORD_RUN], 1);
    assert_int_equal(num[RECORD_SUMMARY], 1);
    assert_int_equal(num[RECORD_OTHER], 0);
    assert_true(num[RECORD_DOMAIN] >= FLEET_RECORDS && num[RECORD_ENDPOINT] >= FLEET_RECORDS);
    line_source_close(source);
}

/* Bytes that mean something in JSON, and such as are no UTF-8. */
static char random_byte(struct random_source *source)
{
    static const char bytes[] = "\"\\{}[],:0-1.eE+u \ntfn/\x00\x1f\x7f\x80\xc3\xff";
    return bytes[random_number(source, sizeof(bytes) - 1)];
}

static void a_line_of_which_a_byte_is_spoilt_is_judged_alike(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct arena arena = {0};
        struct random_source source = {seed * UINT64_C(0x9e3779b97f4a7c15), &arena};
        struct domain_record domain;
        struct json_writer writer;
        size_t len;
        memset(&domain, 0, sizeof(domain));
        random_fields(&source, &record_of_domain, (char *)&domain);
        json_writer_init(&writer);
        record_json_domain(&writer, &domain);
        char *line = json_writer_take(&writer, &len);
        assert_non_null(line);
        expect_same(line, len);
        for (size_t i = 0; i < 100; i++) {
            size_t at = random_number(&source, (uint32_t)len);
            char before = line[at];
            line[at] = random_byte(&source);
            expect_same(line, len);
            line[at] = before;
        }
        free(line);
        arena_free(&arena);
    }
}

/* Wherever in the eight bytes that are looked at together something stands. */
static void characters_are_read_at_any_place(void **state)
{
    static const char *const texts[] = {
        "a",
        "\\n",
        "\\\\",
        "\\\"",
        "\x7f",
        "\xc3\xa9",
        "\xe2\x82\xac",
        "\\u20ac",
        "\xf0\x9f\x98\x80",
        "\\ud83d\\ude00",
        "\x1f",
        "\n",
        "\x80",
        "\xc3",
        "\\x",
        "\\u12",
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\n",
        "\xed\xa0\x80",
        "\xc0\x80",
        "\\u0000",
        "\"",
        "\xf4\x90\x80\x80",
        "\\",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (int before = 0; before < 18; before++) {
            for (int after = 0; after < 18; after++) {
                char line[128];
                int len = snprintf(line, sizeof(line), "[\"%.*s%s%.*s\"]", before,
                                   "abcdefghijklmnopqr", texts[i], after, "ABCDEFGHIJKLMNOPQR");
                expect_same(line, (size_t)len);
                expect_same(line, (size_t)len - 2); /* without its end */
            }
        }
    }
}

static void numbers_are_read_alike(void **state)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "7",
                                        "-7",
                                        "00",
                                        "01",
                                        "-",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "1.5",
                                        "-1.5e3",
                                        "1e",
                                        "1e+",
                                        "1E-2",
                                        "0x10",
                                        "1_0",
                                        "123456789012345678",
                                        "-12345678901234567",
                                        "999999999999999999",
                                        "-999999999999999999",
                                        "1234567890123456789",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "9223372036854775808",
                                        "0.000123",
                                        "1e308",
                                        "0.1e1x",
                                        "Infinity",
                                        "nan",
                                        "1 2"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char line[64];
        int len = snprintf(line, sizeof(line), "{\"a\":%s}", texts[i]);
        expect_same(line, (size_t)len);
        expect_same(texts[i], strlen(texts[i]));
    }
}

/* Bounds of ours: a record has neither such depth nor such numbers. */
static void what_is_out_of_bounds_is_refused(void **state)
{
    char text[512];
    (void)state;
    for (size_t depth = 1; depth < 200; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(json_reader_takes(text, 2 * depth), depth <= JSON_READER_DEPTH_MAX);
    }
    memset(text, '1', sizeof(text));
    assert_true(json_reader_takes(text, 63));
    assert_false(json_reader_takes(text, 64));
    assert_false(json_reader_takes(text, sizeof(text)));
}

/* NUL bytes stand behind the reader's copy: those in the text itself are an error all the same. */
static void a_nul_ends_nothing(void **state)
{
    (void)state;
    expect_same("{\"a\":1}\0", 8);
    expect_same("{\"a\":1}\0\0\0\0\0\0\0\0\0", 16);
    expect_same("[1,\0]", 5);
    expect_same("[\"a\0\"]", 6);
    expect_same("[\"a\\\0\"]", 7);
    expect_same("\0", 1);
    expect_same("", 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_of_the_fleet_are_read_as_jansson_reads_them),
        cmocka_unit_test(a_line_of_which_a_byte_is_spoilt_is_judged_alike),
        cmocka_unit_test(characters_are_read_at_any_place),
        cmocka_unit_test(numbers_are_read_alike),
        cmocka_unit_test(what_is_out_of_bounds_is_refused),
        cmocka_unit_test(a_nul_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
