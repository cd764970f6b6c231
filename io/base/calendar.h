/* Dates and times of day in UTC, by the proleptic Gregorian calendar, and as RFC 3339 writes them.
 */
#ifndef MXGRADE_IO_CALENDAR_H
#define MXGRADE_IO_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALENDAR_DAY 86400 /* seconds */

#define CALENDAR_TEXT_MAX 24 /* "2026-11-23T12:00:00.000Z" */

struct calendar_time {
    int64_t year;
    int64_t month; /* 1 to 12 */
    int64_t day;   /* 1 to 31 */
    int64_t hour, minute, second;
};

/*
 * Seconds since 1970; false if there is no such day or time of day. A leap second, 60, is the first
 * second of the next minute.
 */
bool calendar_seconds(const struct calendar_time *time, int64_t *out_seconds);

/*
 * Writes "2026-11-23T12:00:00Z", or with `milliseconds` "...:00.123Z", without a NUL. Returns the
 * length, or 0 outside of the years 0000 to 9999, for which RFC 3339 section 1 has no form.
 */
size_t calendar_write(double seconds_since_1970, bool milliseconds, char out[CALENDAR_TEXT_MAX]);

/*
 * Reads the form of RFC 3339 section 5.6, with "Z" or an offset; between date and time there may be
 * a blank. Fractions of a second are dropped. False if it is anything else.
 */
bool calendar_read(const char *text, int64_t *out_seconds);

/* Whole days from `now` to `then`, rounded down, so that what ended an hour ago has -1 left. */
int32_t calendar_days_until(int64_t then, int64_t now);

#endif
