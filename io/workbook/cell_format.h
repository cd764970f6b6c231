/*
 * Numbers of a workbook's cells as text, the way that a spreadsheet shows them: dates and times are
 * numbers, which only the format of their cell tells from others (ECMA-376 part 1 section 18.8.30).
 */
#ifndef MXGRADE_IO_CELL_FORMAT_H
#define MXGRADE_IO_CELL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

struct cell_format {
    bool has_date;
    bool has_time;
    unsigned char num_zeros; /* of a format that is nothing but zeros, such as "00000"; else 0 */
};

/* What a format does, by its code ("dd/mm/yyyy", "[h]:mm", "0.00"). */
struct cell_format cell_format_of_code(const char *code);

/* What one of the formats does that have a number and no code. */
struct cell_format cell_format_of_number(unsigned long number);

#define CELL_NUMBER_MAX 64

/*
 * Writes a number: a whole one without a point, any other with at most 15 digits, a date as
 * "2026-11-30", a time as "14:05:00", both with a blank between. `is_1904`: days count from 1904
 * on. Text that is no number is left as it is. The text is NUL-terminated.
 */
void cell_format_write(const struct cell_format *format, bool is_1904, const char *number,
                       char out[CELL_NUMBER_MAX]);

#endif
