/*
 * Which fields of a record the page keeps, and how: as an array in the order of a table, so that
 * names stand in the page once. A kept field is named in its table and nowhere else; the page's
 * script learns the order from report_fields_names(). Fields that a record lacks are null.
 */
#ifndef MXGRADE_OUTPUT_REPORT_FIELDS_H
#define MXGRADE_OUTPUT_REPORT_FIELDS_H

#include "output/record/record_field.h"
#include "output/report/report_values.h"

enum report_fields_of { REPORT_OF_ENDPOINT, REPORT_OF_CERTIFICATE, REPORT_OF_DOMAIN, REPORT_OF_MX };

#define REPORT_TABLES     4
#define REPORT_FIELDS_MAX 32 /* of a table */

/*
 * Writes the kept fields: [[name, kind], ...] where kind is "own" (as in the record), "common" (a
 * number of the common values), "findings" ([code, severity, detail], the first two common) or
 * "certificate" (by its own table).
 */
void report_fields_names(enum report_fields_of which, struct json_writer *out);

/* The values that many records share, and a writer for one of them. */
struct report_common {
    struct report_values values;
    struct json_writer one;
    const struct record_field *rows[REPORT_TABLES][REPORT_FIELDS_MAX]; /* of the kept fields */
};

void report_common_init(struct report_common *common);
void report_common_fini(struct report_common *common);

/* Writes the kept fields of a record of that table's struct. What recurs in many records goes into
 * `common` and leaves its number. */
void report_fields_pick(const void *record, enum report_fields_of which,
                        struct report_common *common, struct json_writer *out);

#endif
