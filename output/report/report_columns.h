/* The columns of the two lists of the page. */
#ifndef MXGRADE_OUTPUT_REPORT_COLUMNS_H
#define MXGRADE_OUTPUT_REPORT_COLUMNS_H

#include "output/report/report_rows.h"

enum report_rows_of { REPORT_ROWS_OF_ENDPOINTS, REPORT_ROWS_OF_DOMAINS };

#define REPORT_COLUMNS_MAX 24

/* The name of a column; NULL past the last. */
const char *report_rows_column(enum report_rows_of which, size_t column);

/* Writes the column's value of an endpoint's record, or of a domain's. */
void report_rows_cell(struct report_rows *rows, enum report_rows_of which, size_t column,
                      const void *record, struct json_writer *out);

/* ---- The tables ---- */

struct report_endpoint_column {
    const char *name; /* in the page */
    void (*put)(struct report_rows *rows, const struct endpoint_record *endpoint,
                struct json_writer *out);
};

struct report_domain_column {
    const char *name; /* in the page */
    void (*put)(struct report_rows *rows, const struct domain_record *domain,
                struct json_writer *out);
};

extern const struct report_endpoint_column report_endpoint_columns[];
extern const size_t report_num_endpoint_columns;
extern const struct report_domain_column report_domain_columns[];
extern const size_t report_num_domain_columns;

#endif
