/* Workbooks: what is written is read back cell by cell, and numbers read as a spreadsheet shows
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/workbook/cell_format.h"
#include "io/workbook/workbook_text.h"
#include "output/workbook/workbook.h"
#include "output/workbook/zip_parts.h"

#define TEXT_MAX (1u << 20)

/* All of a sheet, read in pieces of that size; malloc'ed. */
static char *read_all(FILE *stream, const char *sheet, size_t piece)
{
    char *all = calloc(1, TEXT_MAX);
    size_t len = 0;
    ssize_t got;
    assert_non_null(all);
    assert_int_equal(fflush(stream), 0);
    struct workbook_text *text = workbook_text_new(fileno(stream), sheet);
    assert_non_null(text);
    while ((got = workbook_text_read(text, all + len, piece)) > 0) {
        len += (size_t)got;
        assert_true(len + piece < TEXT_MAX);
    }
    if (got < 0) {
        snprintf(all, TEXT_MAX, "PROBLEM: %s", workbook_text_problem(text));
    }
    assert_true(got < 0 || workbook_text_problem(text) == NULL);
    workbook_text_free(text);
    return all;
}

static void put(const struct row_writer *rows, const char *text)
{
    row_text(rows, text, strlen(text));
}

static void what_is_written_is_read_back(void **state)
{
    static const char expected[] = "name,,number\n"
                                   "=1+1,-2,9007199254740993\n"
                                   "\"a,b;\"\"c\"\"\",\xc3\xbc <&> _x0041_\n"
                                   "\n"
                                   "\"# no comment\",one two  three\n"
                                   "a\xef\xbf\xbd"
                                   "b\n";
    (void)state;
    FILE *stream = tmpfile();
    assert_non_null(stream);
    struct workbook *workbook = workbook_new(stream, "sheet");
    assert_non_null(workbook);
    const struct row_writer rows = workbook_rows(workbook);
    put(&rows, "name");
    row_empty(&rows);
    put(&rows, "number");
    row_end(&rows);
    put(&rows, "=1+1");
    put(&rows, "-2");
    row_integer(&rows, INT64_C(9007199254740993));
    row_end(&rows);
    put(&rows, "a,b;\"c\"");
    put(&rows, "\xc3\xbc <&> _x0041_");
    row_end(&rows);
    row_end(&rows);
    put(&rows, "# no comment");
    put(&rows, "one\ttwo\r\nthree");
    row_end(&rows);
    row_text(&rows, "a\0b", 3);
    row_end(&rows);
    assert_true(workbook_end(workbook));
    workbook_free(workbook);
    for (size_t piece = 1; piece < 100; piece += 13) {
        char *all = read_all(stream, NULL, piece);
        assert_string_equal(all, expected);
        free(all);
    }
    char *all = read_all(stream, "Sheet", 4096);
    assert_string_equal(all, expected);
    free(all);
    all = read_all(stream, "other", 4096);
    assert_string_equal(all, "PROBLEM: it has no sheet 'other'; there are: 'sheet'");
    free(all);
    fclose(stream);
}

static void a_text_is_cut_at_what_a_cell_holds(void **state)
{
    static char text[40000];
    (void)state;
    FILE *stream = tmpfile();
    assert_non_null(stream);
    struct workbook *workbook = workbook_new(stream, "sheet");
    assert_non_null(workbook);
    const struct row_writer rows = workbook_rows(workbook);
    memset(text, 'x', sizeof(text));
    row_text(&rows, text, sizeof(text));
    row_end(&rows);
    assert_true(workbook_end(workbook));
    workbook_free(workbook);
    char *all = read_all(stream, NULL, 4096);
    assert_int_equal(strlen(all), 32767 + 1);
    free(all);
    fclose(stream);
}

/* A sheet of which each row is longer than any line may be comes out in bounded lines. */
static void a_row_that_is_too_long_is_cut(void **state)
{
    static char text[32767];
    (void)state;
    FILE *stream = tmpfile();
    assert_non_null(stream);
    struct workbook *workbook = workbook_new(stream, "sheet");
    assert_non_null(workbook);
    const struct row_writer rows = workbook_rows(workbook);
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < 9; i++) {
        row_text(&rows, text, sizeof(text));
    }
    row_end(&rows);
    put(&rows, "next");
    row_end(&rows);
    assert_true(workbook_end(workbook));
    workbook_free(workbook);
    char *all = read_all(stream, NULL, 4096);
    assert_int_equal(strlen(all), WORKBOOK_ROW_MAX + strlen("\nnext\n"));
    assert_string_equal(all + WORKBOOK_ROW_MAX, "\nnext\n");
    free(all);
    fclose(stream);
}

static void a_stream_that_takes_nothing_is_told(void **state)
{
    (void)state;
    FILE *stream = fopen("/dev/full", "w");
    assert_non_null(stream);
    setvbuf(stream, NULL, _IONBF, 0);
    struct workbook *workbook = workbook_new(stream, "sheet");
    if (workbook != NULL) {
        assert_false(workbook_end(workbook));
    }
    workbook_free(workbook);
    fclose(stream);
}

static void numbers_read_as_a_spreadsheet_shows_them(void **state)
{
    static const struct {
        const char *number, *code;
        unsigned long format; /* where there is no code */
        bool is_1904;
        const char *expected;
    } cases[] = {
        {"42", NULL, 0, false, "42"},
        {"42.0", NULL, 0, false, "42"},
        {"1234567890123456", NULL, 0, false, "1234567890123456"},
        {"0.30000000000000004", NULL, 0, false, "0.3"},
        {"1E3", NULL, 0, false, "1000"},
        {"1E+20", NULL, 0, false, "1e+20"},
        {"-5", "dd/mm/yyyy", 0, false, "-5"},
        {"nonsense", NULL, 14, false, "nonsense"},
        {"", NULL, 0, false, ""},
        {"123", "00000", 0, false, "00123"},
        {"123", "0", 0, false, "123"},
        {"46356", NULL, 14, false, "2026-11-30"},
        {"46356.75", NULL, 14, false, "2026-11-30"},
        {"46356.75", NULL, 22, false, "2026-11-30 18:00:00"},
        {"0.5", NULL, 20, false, "12:00:00"},
        {"1.5", "[h]:mm", 0, false, "36:00:00"},
        {"0.999999999", "hh:mm:ss", 0, false, "24:00:00"},
        {"46356", "d. mmmm yyyy", 0, false, "2026-11-30"},
        {"46356", "mmm", 0, false, "2026-11-30"},
        {"46356.25", "yyyy\\-mm\\-dd\\Thh:mm", 0, false, "2026-11-30 06:00:00"},
        {"46356", "[$-407]dd.mm.yy;@", 0, false, "2026-11-30"},
        {"46356", "0.00\" days\"", 0, false, "46356"},
        {"46356", "[Red]0", 0, false, "46356"},
        {"46356", "0;dd", 0, false, "46356"},
        {"46356", "#,##0_);\\d", 0, false, "46356"},
        {"1", NULL, 14, false, "1900-01-01"},
        {"61", NULL, 14, false, "1900-03-01"},
        {"0", NULL, 14, true, "1904-01-01"},
        {"44894", NULL, 14, true, "2026-11-30"},
        {"2958466", NULL, 14, false, "2958466"},
        {"inf", NULL, 14, false, "inf"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[CELL_NUMBER_MAX];
        const struct cell_format format = cases[i].code != NULL
                                              ? cell_format_of_code(cases[i].code)
                                              : cell_format_of_number(cases[i].format);
        cell_format_write(&format, cases[i].is_1904, cases[i].number, out);
        if (strcmp(out, cases[i].expected) != 0) {
            fail_msg("%s as %s is %s and not %s", cases[i].number,
                     cases[i].code != NULL ? cases[i].code : "a date", out, cases[i].expected);
        }
    }
}

static void what_is_no_workbook_is_told_by_its_first_bytes(void **state)
{
    static const unsigned char binary[] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
    (void)state;
    assert_int_equal(workbook_kind_of(binary, 8), WORKBOOK_BINARY);
    assert_int_equal(workbook_kind_of(binary, 7), WORKBOOK_NONE);
    assert_int_equal(workbook_kind_of((const unsigned char *)"PK\003\004", 4), WORKBOOK_ZIP);
    assert_int_equal(workbook_kind_of((const unsigned char *)"PK\003", 3), WORKBOOK_NONE);
    assert_int_equal(workbook_kind_of((const unsigned char *)"domain\n", 7), WORKBOOK_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_text_is_cut_at_what_a_cell_holds),
        cmocka_unit_test(a_row_that_is_too_long_is_cut),
        cmocka_unit_test(a_stream_that_takes_nothing_is_told),
        cmocka_unit_test(numbers_read_as_a_spreadsheet_shows_them),
        cmocka_unit_test(what_is_no_workbook_is_told_by_its_first_bytes),
    };
    return cmocka_run_group_tests_name("workbook", tests, NULL, NULL);
}
