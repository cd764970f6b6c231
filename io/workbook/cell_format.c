#include "io/workbook/cell_format.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/calendar.h"

#define DAYS_MAX        2958466. /* behind 9999-12-31, counted from 1900 */
#define EPOCH_DAYS      25569    /* from 1899-12-30 to 1970-01-01 */
#define EPOCH_DAYS_1904 24107    /* from 1904-01-01 */
#define WHOLE_MAX       1e15     /* below it a double holds each whole number */
#define ZEROS_MAX       15
#define LEAP_BUG        61. /* the days before have one too few: 1900 is taken for a leap year */

/* ---- What a format does ---- */

/* Passes over what is not a letter of the format itself; returns the next place. */
static const char *pass_literal(const char *at)
{
    if (*at == '"') {
        const char *end = strchr(at + 1, '"');
        return end != NULL ? end + 1 : at + strlen(at);
    }
    if (*at == '\\' || *at == '_' || *at == '*') {
        return at[1] != '\0' ? at + 2 : at + 1;
    }
    return at + 1;
}

/* "[h]", "[mm]" and "[s]" are times; colours, languages and conditions stand in brackets too. */
static const char *pass_brackets(const char *at, struct cell_format *format)
{
    const char *end = strchr(at, ']');
    int letter = tolower((unsigned char)at[1]);
    if (end == NULL) {
        return at + strlen(at);
    }
    if ((letter == 'h' || letter == 'm' || letter == 's') &&
        strspn(at + 1, "hHmMsS") == (size_t)(end - at - 1)) {
        format->has_time = true;
    }
    return end + 1;
}

struct cell_format cell_format_of_code(const char *code)
{
    struct cell_format format = {false, false, 0};
    bool has_m = false;
    size_t len = strlen(code);
    if (len >= 2 && len <= ZEROS_MAX && strspn(code, "0") == len) {
        format.num_zeros = (unsigned char)len;
        return format;
    }
    for (const char *at = code; *at != '\0' && *at != ';';) {
        int letter = tolower((unsigned char)*at);
        if (*at == '[') {
            at = pass_brackets(at, &format);
            continue;
        }
        format.has_date = format.has_date || letter == 'y' || letter == 'd';
        format.has_time = format.has_time || letter == 'h' || letter == 's';
        has_m = has_m || letter == 'm';
        at = pass_literal(at);
    }
    /* Minutes stand beside hours or seconds; alone, "m" is a month. */
    format.has_date = format.has_date || (has_m && !format.has_time);
    return format;
}

struct cell_format cell_format_of_number(unsigned long number)
{
    bool is_date = (number >= 14 && number <= 17) || (number >= 27 && number <= 31) ||
                   number == 36 || (number >= 50 && number <= 54) || number == 57 || number == 58;
    bool is_time = (number >= 18 && number <= 21) || (number >= 32 && number <= 35) ||
                   (number >= 45 && number <= 47) || number == 55 || number == 56;
    return (struct cell_format){is_date || number == 22, is_time || number == 22, 0};
}

/* ---- Numbers ---- */

/* "HH:MM:SS"; hours go on beyond a day where no date takes them. */
static void write_time(int64_t seconds, char *out, size_t size)
{
    snprintf(out, size, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
             (int)(seconds % 60));
}

static void write_moment(const struct cell_format *format, bool is_1904, double days, char *out)
{
    char text[CALENDAR_TEXT_MAX + 1];
    if (!format->has_date) {
        write_time((int64_t)llround(days * CALENDAR_DAY), out, CELL_NUMBER_MAX);
        return;
    }
    days += !is_1904 && days < LEAP_BUG ? 1 : 0;
    int64_t seconds = format->has_time ? (int64_t)llround(days * CALENDAR_DAY)
                                       : (int64_t)floor(days) * CALENDAR_DAY;
    int64_t epoch = (int64_t)(is_1904 ? EPOCH_DAYS_1904 : EPOCH_DAYS) * CALENDAR_DAY;
    size_t len = calendar_write((double)(seconds - epoch), false, text);
    if (len < 20) {
        snprintf(out, CELL_NUMBER_MAX, "%.15g", days);
    } else if (format->has_time) {
        snprintf(out, CELL_NUMBER_MAX, "%.10s %.8s", text, text + 11);
    } else {
        snprintf(out, CELL_NUMBER_MAX, "%.10s", text);
    }
}

void cell_format_write(const struct cell_format *format, bool is_1904, const char *number,
                       char out[CELL_NUMBER_MAX])
{
    char *end;
    double value = strtod(number, &end);
    bool is_number = end != number && *end == '\0' && isfinite(value);
    bool is_moment = (format->has_date || format->has_time) && value >= 0 && value < DAYS_MAX;
    if (!is_number) {
        snprintf(out, CELL_NUMBER_MAX, "%s", number);
    } else if (is_moment) {
        write_moment(format, is_1904, value, out);
    } else if (format->num_zeros > 0 && value >= 0 && value < WHOLE_MAX) {
        snprintf(out, CELL_NUMBER_MAX, "%0*.0f", format->num_zeros, value);
    } else if (number[strspn(number, "-0123456789")] == '\0') {
        snprintf(out, CELL_NUMBER_MAX, "%s", number);
    } else {
        snprintf(out, CELL_NUMBER_MAX,
                 fabs(value) < WHOLE_MAX && value == floor(value) ? "%.0f" : "%.15g", value);
    }
}
