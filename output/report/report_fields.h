/*
 * Which fields of a record the page keeps, and how: as an array in the order of a table, so that
 * names stand in the page once. A kept field is named in its table and nowhere else; the page's
 * script learns the order from report_fields_names(). Fields that a record lacks, or that are not
 * what they should be, are null.
 */
#ifndef MXGRADE_OUTPUT_REPORT_FIELDS_H
#define MXGRADE_OUTPUT_REPORT_FIELDS_H

#include <jansson.h>

#include "output/report/report_values.h"

enum report_fields_of { REPORT_OF_ENDPOINT, REPORT_OF_CERTIFICATE, REPORT_OF_DOMAIN, REPORT_OF_MX };

/*
 * The kept fields: [[name, kind], ...] where kind is "own" (as in the record), "common" (a number
 * of the common values), "findings" ([code, severity, detail], the first two common) or
 * "certificate" (by its own table). NULL: out of memory.
 */
json_t *report_fields_names(enum report_fields_of which);

/*
 * The kept fields of a record, which share its values. What recurs in many records goes into
 * `common` and leaves its number. NULL: out of memory.
 */
json_t *report_fields_pick(json_t *record, enum report_fields_of which,
                           struct report_values *common);

#endif
