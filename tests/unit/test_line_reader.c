/* Lines out of a stream: the same however it is cut, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/base/line_reader.h"

#define NUM(array)    (sizeof(array) / sizeof((array)[0]))
#define TEXT(literal) (literal), sizeof(literal) - 1

/* The lines of a stream in pieces of some size, with '|' after each. */
static size_t read_lines(const char *bytes, size_t len, size_t piece, char *out, size_t size)
{
    struct line_reader reader = {0};
    size_t used = 0;
    for (size_t at = 0; at < len; at += piece) {
        const char *rest = bytes + at, *line;
        size_t rest_len = len - at < piece ? len - at : piece, line_len;
        while (line_reader_next(&reader, &rest, &rest_len, &line, &line_len) == LINE_READY) {
            assert_true(used + line_len + 1 < size);
            memcpy(out + used, line, line_len);
            used += line_len;
            out[used++] = '|';
        }
        assert_int_equal(rest_len, 0);
    }
    line_reader_fini(&reader);
    return used;
}

static void lines_are_the_same_however_they_are_cut(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
        const char *lines;
        size_t lines_len;
    } rows[] = {
        {"CRLF", TEXT("220 a\r\n250 b\r\n"), TEXT("220 a|250 b|")},
        {"a lone LF", TEXT("220 a\n250 b\n"), TEXT("220 a|250 b|")},
        {"empty lines", TEXT("\r\n\n"), TEXT("||")},
        {"one CR of two", TEXT("a\r\r\n"), TEXT("a\r|")},
        {"a CR inside", TEXT("a\rb\r\n"), TEXT("a\rb|")},
        {"NUL bytes", TEXT("a\0b\r\n"), TEXT("a\0b|")},
        {"a line without its end is none yet", TEXT("220 a\r\n250"), TEXT("220 a|")},
        {"nothing", TEXT(""), TEXT("")},
    };
    (void)state;
    for (size_t i = 0; i < NUM(rows); i++) {
        for (size_t piece = 1; piece <= rows[i].len + 1; piece++) {
            char out[64];
            size_t used = read_lines(rows[i].bytes, rows[i].len, piece, out, sizeof(out));
            if (used != rows[i].lines_len || memcmp(out, rows[i].lines, used) != 0) {
                fail_msg("%s, in pieces of %zu", rows[i].name, piece);
            }
        }
    }
}

static void an_endless_line_is_kept_in_part_and_ends_all_the_same(void **state)
{
    static const size_t pieces[] = {1, 7, 1000, LINE_KEPT_MAX, 3 * LINE_KEPT_MAX + 9};
    char *bytes = malloc(3 * LINE_KEPT_MAX + 5);
    char *out = malloc(4 * LINE_KEPT_MAX);
    (void)state;
    memset(bytes, 'x', 3 * LINE_KEPT_MAX);
    memcpy(bytes + 3 * LINE_KEPT_MAX, "\r\nb\r\n", 5);
    for (size_t i = 0; i < NUM(pieces); i++) {
        size_t used = read_lines(bytes, 3 * LINE_KEPT_MAX + 5, pieces[i], out, 4 * LINE_KEPT_MAX);
        assert_in_range(used, LINE_KEPT_MAX, 3 * LINE_KEPT_MAX + 3);
        assert_memory_equal(out + used - 3, "|b|", 3);
    }
    free(bytes);
    free(out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_however_they_are_cut),
        cmocka_unit_test(an_endless_line_is_kept_in_part_and_ends_all_the_same),
    };
    return cmocka_run_group_tests_name("line_reader", tests, NULL, NULL);
}
