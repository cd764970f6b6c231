/*
 * A dictionary of JSON values: equal ones get the same number, counted from 0, and are written
 * once. Records say the same things many times over (a provider's TLS settings, a finding's code),
 * and the page holds numbers in their place.
 *
 * Values are equal where their JSON is, as the one writer of ours makes it.
 */
#ifndef MXGRADE_OUTPUT_REPORT_VALUES_H
#define MXGRADE_OUTPUT_REPORT_VALUES_H

#include <stdbool.h>
#include <stdio.h>

#include "io/base/arena.h"
#include "io/base/table.h"
#include "output/record/json_writer.h"

#define REPORT_VALUES_RECENT 256 /* a power of two */

struct report_value; /* one in the table */

struct report_values {
    struct table table;
    struct table_seed seed;
    struct arena memory; /* of the table's nodes */
    char *texts;         /* all of them in the order of their numbers, with commas between */
    size_t texts_len, texts_size;
    size_t count;
    const struct report_value *recent[REPORT_VALUES_RECENT]; /* values come again soon */
    bool failed;                                             /* out of memory; stays so */
};

void report_values_init(struct report_values *values);
void report_values_fini(struct report_values *values);

/* The value's number, 0 once out of memory. */
size_t report_values_add(struct report_values *values, const struct json_writer *value);

/* The number of a value that was added before; false: it was not. */
bool report_values_find(const struct report_values *values, const struct json_writer *value,
                        size_t *out_number);

/* Writes the value's number in its place, or null where it is null. */
void report_values_put(struct report_values *values, const struct json_writer *value,
                       struct json_writer *out);

/* Writes all values as one array, in order of their numbers. */
bool report_values_write(const struct report_values *values, FILE *page);

#endif
