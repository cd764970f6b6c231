/* Dates against the C library's calendar, and the forms of RFC 3339. */
#include "io/base/calendar.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NUM(array)  (sizeof(array) / sizeof((array)[0]))
#define DAY_0000    (-719528)
#define DAY_10000   2932897
#define SOME_SECOND ((day & 0xffff) % CALENDAR_DAY)

/* Every day from 0000-01-01 to 9999-12-31, at some second of it. */
static void every_day_is_written_as_the_library_has_it(void **state)
{
    (void)state;
    for (int64_t day = DAY_0000; day < DAY_10000; day++) {
        char expected[64], written[CALENDAR_TEXT_MAX];
        struct tm fields;
        time_t seconds = day * CALENDAR_DAY + SOME_SECOND;
        gmtime_r(&seconds, &fields);
        snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02dZ",
                 fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday, fields.tm_hour,
                 fields.tm_min, fields.tm_sec);
        size_t len = calendar_write((double)seconds, false, written);
        if (len != strlen(expected) || memcmp(written, expected, len) != 0) {
            fail_msg("%s: %.*s", expected, (int)len, written);
        }
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (int64_t day = DAY_0000; day < DAY_10000; day++) {
        char text[CALENDAR_TEXT_MAX + 1];
        int64_t seconds = day * CALENDAR_DAY + SOME_SECOND, read;
        text[calendar_write((double)seconds, true, text)] = '\0';
        if (!calendar_read(text, &read) || read != seconds) {
            fail_msg("%s", text);
        }
    }
}

static void years_beyond_four_digits_have_no_form(void **state)
{
    char text[CALENDAR_TEXT_MAX];
    (void)state;
    assert_int_equal(calendar_write(-62167219200.0, true, text), 24);
    assert_memory_equal(text, "0000-01-01T00:00:00.000Z", 24);
    assert_int_equal(calendar_write(253402300799.5, true, text), 24);
    assert_memory_equal(text, "9999-12-31T23:59:59.500Z", 24);
    const double outside[] = {-62167219200.1, 253402300800.0, 1e300, -1e300, NAN, INFINITY};
    for (size_t i = 0; i < NUM(outside); i++) {
        assert_int_equal(calendar_write(outside[i], false, text), 0);
    }
}

static void days_that_are_not_there_are_refused(void **state)
{
    static const struct calendar_time wrong[] = {
        {2026, 0, 1, 0, 0, 0},  {2026, 13, 1, 0, 0, 0}, {2026, 1, 0, 0, 0, 0},
        {2026, 1, 32, 0, 0, 0}, {2026, 4, 31, 0, 0, 0}, {2026, 2, 29, 0, 0, 0},
        {1900, 2, 29, 0, 0, 0}, {2026, 1, 1, 24, 0, 0}, {2026, 1, 1, 0, 60, 0},
        {2026, 1, 1, 0, 0, 61}, {2026, 1, 1, -1, 0, 0}, {2026, 1, 1, 0, -1, 0},
        {2026, 1, 1, 0, 0, -1},
    };
    static const struct calendar_time right[] = {
        {2000, 2, 29, 0, 0, 0}, {2024, 2, 29, 23, 59, 60}, {-400, 3, 1, 0, 0, 0}};
    int64_t seconds;
    (void)state;
    for (size_t i = 0; i < NUM(wrong); i++) {
        assert_false(calendar_seconds(&wrong[i], &seconds));
    }
    for (size_t i = 0; i < NUM(right); i++) {
        assert_true(calendar_seconds(&right[i], &seconds));
    }
}

static void each_form_of_rfc_3339_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},          {"1970-01-01t00:00:00z", 0},
        {"1970-01-01 00:00:01Z", 1},          {"1970-01-01T00:00:01.999Z", 1},
        {"1970-01-01T02:00:00+02:00", 0},     {"1969-12-31T18:30:00-05:30", 0},
        {"1970-01-01T00:00:00-00:00", 0},     {"2016-12-31T23:59:60Z", 1483228800},
        {"2026-12-01T12:00:00Z", 1796126400},
    };
    int64_t seconds;
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        if (!calendar_read(cases[i].text, &seconds) || seconds != cases[i].seconds) {
            fail_msg("%s", cases[i].text);
        }
    }
}

static void every_other_form_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "2026",
        "2026-12-01",
        "2026-12-01T12:00:00",
        "2026-12-01T12:00Z",
        "2026-12-01T12:00:00.Z",
        "2026-12-01T12:00:00ZZ",
        "2026-12-01T12:00:00+2:00",
        "2026-12-01T12:00:00+0200",
        "2026-12-01T12:00:00+24:00",
        "2026-12-01T12:00:00+02:60",
        "2026-12-01T12:00:00+",
        "2026-12-1T12:00:00Z",
        "26-12-01T12:00:00Z",
        "2026-02-30T12:00:00Z",
        " 2026-12-01T12:00:00Z",
        "+026-12-01T12:00:00Z",
    };
    int64_t seconds;
    (void)state;
    for (size_t i = 0; i < NUM(cases); i++) {
        if (calendar_read(cases[i], &seconds)) {
            fail_msg("'%s' was read", cases[i]);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_is_written_as_the_library_has_it),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(years_beyond_four_digits_have_no_form),
        cmocka_unit_test(days_that_are_not_there_are_refused),
        cmocka_unit_test(each_form_of_rfc_3339_is_read),
        cmocka_unit_test(every_other_form_is_refused),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
