/*
 * A dictionary of JSON values: equal ones get the same number, counted from 0, and are written
 * once. Records say the same things many times over (a provider's TLS settings, a finding's code),
 * and the page holds numbers in their place.
 */
#ifndef MXGRADE_OUTPUT_REPORT_VALUES_H
#define MXGRADE_OUTPUT_REPORT_VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct report_values {
    json_t *numbers; /* by the value's own JSON text */
    FILE *stream;    /* the values, with commas between, into `texts` */
    char *texts;
    size_t texts_len;
    bool failed; /* out of memory; stays so */
};

void report_values_init(struct report_values *values);
void report_values_fini(struct report_values *values);

size_t report_values_count(const struct report_values *values);

/* The value's number as JSON; JSON null where it is NULL or null. NULL once out of memory. */
json_t *report_values_add(struct report_values *values, const json_t *value);

/* The number of a value that was added before; false: it was not. */
bool report_values_find(struct report_values *values, const json_t *value, size_t *out_number);

/* Writes all values as one array, in order of their numbers. */
bool report_values_write(struct report_values *values, FILE *page);

#endif
