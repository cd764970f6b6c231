/* JSON that is valid whatever servers, certificates and lists put into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "output/record/json_writer.h"

#define NUM(array)    (sizeof(array) / sizeof((array)[0]))
#define TEXT(literal) (literal), sizeof(literal) - 1

/* One object with one text in it, as bytes; the caller frees it. */
static char *line_with(const char *bytes, size_t len, size_t max_bytes, size_t *out_len)
{
    struct json_writer writer;
    json_writer_init(&writer);
    json_open_object(&writer);
    json_key(&writer, "text");
    json_text(&writer, (struct text){bytes, len}, max_bytes);
    json_close_object(&writer);
    char *line = json_writer_take(&writer, out_len);
    json_writer_fini(&writer);
    assert_non_null(line);
    assert_int_equal(line[*out_len - 1], '\n');
    assert_null(memchr(line, '\n', *out_len - 1));
    return line;
}

static void foreign_bytes_become_valid_utf8(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
        const char *expected;
        size_t expected_len;
    } rows[] = {
        {"plain", TEXT("mx.example"), TEXT("mx.example")},
        {"quotes and backslashes", TEXT("a\"b\\c"), TEXT("a\"b\\c")},
        {"controls", TEXT("a\r\n\t\x1b[31m\x7f"), TEXT("a\r\n\t\x1b[31m\x7f")},
        {"NUL", TEXT("a\0b"), TEXT("a\0b")},
        {"UTF-8 of each length", TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92"),
         TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92")},
        {"Latin-1", TEXT("caf\xe9!"), TEXT("caf\xef\xbf\xbd!")},
        {"an overlong slash", TEXT("\xc0\xaf"), TEXT("\xef\xbf\xbd\xef\xbf\xbd")},
        {"a surrogate", TEXT("\xed\xa0\x80"), TEXT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")},
        {"beyond Unicode", TEXT("\xf4\x90\x80\x80"),
         TEXT("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd")},
        {"a cut character", TEXT("a\xe2\x82"), TEXT("a\xef\xbf\xbd\xef\xbf\xbd")},
    };
    (void)state;
    for (size_t i = 0; i < NUM(rows); i++) {
        size_t len;
        char *line = line_with(rows[i].bytes, rows[i].len, 100, &len);
        json_t *value = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
        const json_t *text = json_object_get(value, "text");
        if (!json_is_string(text) || json_string_length(text) != rows[i].expected_len ||
            memcmp(json_string_value(text), rows[i].expected, rows[i].expected_len) != 0) {
            fail_msg("%s: %s", rows[i].name, line);
        }
        json_decref(value);
        free(line);
    }
}

/* Every pair of bytes, and long noise: what comes out is always JSON. */
static void any_bytes_at_all_are_valid_json(void **state)
{
    uint32_t random = 1;
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        char bytes[24];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            random = random * 1664525u + 1013904223u;
            bytes[i] = (char)(random >> 24);
        }
        size_t len, bytes_len = round % sizeof(bytes);
        char *line = line_with(bytes, bytes_len, 1 + round % 30, &len);
        json_t *value = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
        assert_non_null(value);
        json_decref(value);
        free(line);
    }
}

static void long_text_is_cut_at_a_character(void **state)
{
    size_t len;
    (void)state;
    char *line = line_with(TEXT("abc\xe2\x82\xac"
                                "def"),
                           4, &len);
    json_t *value = json_loadb(line, len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(value, "text")), "abc\xe2\x80\xa6");
    json_decref(value);
    free(line);
}

/* What was cut, or was no UTF-8, and is read back: it is written as it was. */
static void cut_text_that_is_read_back_is_cut_in_the_same_place(void **state)
{
    static const char *const texts[] = {
        "\xff\xfe\xfd\xfc\xfb\xfa\xf9",
        "abcdefghi",
        "abc\xff\xff",
        "a\xff\xe2\x82\xac\xff\xff\xff",
        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
        "ab\xf0\x9f\x98\x80z",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t max = 1; max < 12; max++) {
            size_t len, len_again;
            char *line = line_with(texts[i], strlen(texts[i]), max, &len);
            json_t *value = json_loadb(line, len, 0, NULL);
            const json_t *text = json_object_get(value, "text");
            char *again =
                line_with(json_string_value(text), json_string_length(text), max, &len_again);
            assert_int_equal(len_again, len);
            assert_memory_equal(again, line, len);
            json_decref(value);
            free(again);
            free(line);
        }
    }
}

/* Text is looked at several bytes at once: every byte is told from its neighbours at any place. */
static void each_byte_is_escaped_wherever_it_stands(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t at = 0; at < 20; at++) {
            char bytes[20], expected[64];
            memset(bytes, 'x', sizeof(bytes));
            bytes[at] = (char)byte;
            const char *mapped = byte >= 0x80 ? "\xef\xbf\xbd" : &bytes[at];
            size_t mapped_len = byte >= 0x80 ? 3 : 1, len;
            memset(expected, 'x', sizeof(expected));
            memcpy(expected + at, mapped, mapped_len);
            char *line = line_with(bytes, sizeof(bytes), 100, &len);
            json_t *value = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
            const json_t *text = json_object_get(value, "text");
            assert_int_equal(json_string_length(text), sizeof(bytes) - 1 + mapped_len);
            assert_memory_equal(json_string_value(text), expected, sizeof(bytes) - 1 + mapped_len);
            json_decref(value);
            free(line);
        }
    }
}

static void numbers_times_and_nothing(void **state)
{
    static const uint8_t digest[] = {0x00, 0xab, 0xff};
    struct json_writer writer;
    size_t len;
    (void)state;
    json_writer_init(&writer);
    json_open_array(&writer);
    json_int(&writer, INT64_MIN);
    json_uint(&writer, UINT64_MAX);
    json_double(&writer, 1.0 / 3, 3);
    json_double(&writer, NAN, 3);
    json_bool(&writer, true);
    json_put_null(&writer);
    json_put_string(&writer, NULL);
    json_hex(&writer, digest, sizeof(digest));
    json_time(&writer, 1796126400.5, true);
    json_time(&writer, 0, false);
    json_time(&writer, 1e30, false);
    json_open_object(&writer);
    json_close_object(&writer);
    json_close_array(&writer);
    char *line = json_writer_take(&writer, &len);
    static const char expected[] =
        "[-9223372036854775808,18446744073709551615,0.333,null,true,null,null,\"00abff\","
        "\"2026-12-01T12:00:00.500Z\",\"1970-01-01T00:00:00Z\",null,{}]\n";
    assert_int_equal(len, sizeof(expected) - 1);
    assert_memory_equal(line, expected, len);
    free(line);
    json_writer_fini(&writer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_bytes_become_valid_utf8),
        cmocka_unit_test(any_bytes_at_all_are_valid_json),
        cmocka_unit_test(long_text_is_cut_at_a_character),
        cmocka_unit_test(cut_text_that_is_read_back_is_cut_in_the_same_place),
        cmocka_unit_test(each_byte_is_escaped_wherever_it_stands),
        cmocka_unit_test(numbers_times_and_nothing),
    };
    return cmocka_run_group_tests_name("json_writer", tests, NULL, NULL);
}
