#include "io/base/calendar.h"

#include <math.h>
#include <string.h>

/* The Gregorian calendar repeats itself after so many years. */
#define ERA_YEARS 400
#define ERA_DAYS  146097
/* Days from the 1 March that begins the era of 1970, which is that of the year 0, to 1970. */
#define DAYS_TO_1970 719468

/* ---- To seconds ---- */

/* Days from 1970-01-01. Years that start in March put the leap day last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = (year >= 0 ? year : year - (ERA_YEARS - 1)) / ERA_YEARS;
    int64_t of_era = year - era * ERA_YEARS;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool calendar_seconds(const struct calendar_time *time, int64_t *out_seconds)
{
    if (time->month < 1 || time->month > 12 || time->day < 1 ||
        time->day > days_in_month(time->year, time->month) || time->hour < 0 || time->hour > 23 ||
        time->minute < 0 || time->minute > 59 || time->second < 0 || time->second > 60) {
        return false;
    }
    *out_seconds = days_of(time->year, time->month, time->day) * CALENDAR_DAY + time->hour * 3600 +
                   time->minute * 60 + time->second;
    return true;
}

/* ---- To text ---- */

static char *put_number(char *out, unsigned number, unsigned num_digits)
{
    for (unsigned i = num_digits; i > 0; i--) {
        out[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return out + num_digits;
}

/*
 * The date that is so many days after -0400-03-01. From March on there are 1461 days in four years,
 * 36524 in a hundred; and then five months have 153 days.
 */
static char *put_date(char *out, unsigned days)
{
    unsigned of_era = days % ERA_DAYS;
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153; /* 0: March */
    bool is_next_year = month >= 10;          /* January and February */
    out = put_number(out, days / ERA_DAYS * ERA_YEARS + year + is_next_year - ERA_YEARS, 4);
    *out++ = '-';
    out = put_number(out, is_next_year ? month - 9 : month + 3, 2);
    *out++ = '-';
    return put_number(out, of_year - (153 * month + 2) / 5 + 1, 2);
}

size_t calendar_write(double seconds_since_1970, bool milliseconds, char out[CALENDAR_TEXT_MAX])
{
    double whole = floor(seconds_since_1970);
    if (!isfinite(seconds_since_1970) || whole < -62167219200.0 || whole > 253402300799.0) {
        return 0;
    }
    /* Counted from a whole era before the first year there can be, so that nothing is negative. */
    uint64_t seconds = (uint64_t)(whole + (ERA_DAYS + DAYS_TO_1970) * (double)CALENDAR_DAY);
    unsigned of_day = (unsigned)(seconds % CALENDAR_DAY);
    char *end = put_date(out, (unsigned)(seconds / CALENDAR_DAY));
    *end++ = 'T';
    end = put_number(end, of_day / 3600, 2);
    *end++ = ':';
    end = put_number(end, of_day / 60 % 60, 2);
    *end++ = ':';
    end = put_number(end, of_day % 60, 2);
    if (milliseconds) {
        *end++ = '.';
        end = put_number(end, (unsigned)((seconds_since_1970 - whole) * 1000), 3);
    }
    *end++ = 'Z';
    return (size_t)(end - out);
}

/* ---- From text ---- */

static bool take_number(const char **text, unsigned num_digits, int64_t *out_number)
{
    int64_t number = 0;
    for (unsigned i = 0; i < num_digits; i++, (*text)++) {
        if (**text < '0' || **text > '9') {
            return false;
        }
        number = number * 10 + (**text - '0');
    }
    *out_number = number;
    return true;
}

static bool take_one_of(const char **text, const char *characters)
{
    if (**text == '\0' || strchr(characters, **text) == NULL) {
        return false;
    }
    (*text)++;
    return true;
}

/* A point and at least one digit, or nothing. */
static bool pass_fraction(const char **text)
{
    if (!take_one_of(text, ".")) {
        return true;
    }
    size_t len = strspn(*text, "0123456789");
    *text += len;
    return len > 0;
}

static bool take_offset(const char **text, int64_t *out_seconds)
{
    int64_t hours, minutes;
    bool is_west = **text == '-';
    *out_seconds = 0;
    if (take_one_of(text, "Zz")) {
        return true;
    }
    if (!take_one_of(text, "+-") || !take_number(text, 2, &hours) || !take_one_of(text, ":") ||
        !take_number(text, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *out_seconds = (hours * 3600 + minutes * 60) * (is_west ? -1 : 1);
    return true;
}

bool calendar_read(const char *text, int64_t *out_seconds)
{
    struct calendar_time time;
    int64_t offset;
    if (!take_number(&text, 4, &time.year) || !take_one_of(&text, "-") ||
        !take_number(&text, 2, &time.month) || !take_one_of(&text, "-") ||
        !take_number(&text, 2, &time.day) || !take_one_of(&text, "Tt ") ||
        !take_number(&text, 2, &time.hour) || !take_one_of(&text, ":") ||
        !take_number(&text, 2, &time.minute) || !take_one_of(&text, ":") ||
        !take_number(&text, 2, &time.second) || !pass_fraction(&text) ||
        !take_offset(&text, &offset) || *text != '\0' || !calendar_seconds(&time, out_seconds)) {
        return false;
    }
    *out_seconds -= offset;
    return true;
}

int32_t calendar_days_until(int64_t then, int64_t now)
{
    int64_t seconds = then - now;
    int64_t days = seconds / CALENDAR_DAY - (seconds % CALENDAR_DAY < 0 ? 1 : 0);
    return days > INT32_MAX ? INT32_MAX : days < INT32_MIN ? INT32_MIN : (int32_t)days;
}
