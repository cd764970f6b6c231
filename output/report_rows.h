/*
 * What the page knows of every domain and endpoint from the start, to draw, sort, filter and
 * search: one short array each, values as numbers in the dictionary `values`. The columns' names
 * come from report_rows_columns(), so that the script need not count.
 */
#ifndef MXGRADE_OUTPUT_REPORT_ROWS_H
#define MXGRADE_OUTPUT_REPORT_ROWS_H

#include <jansson.h>

#include "output/report_values.h"

struct report_rows {
    struct report_values values;
    struct report_values certificates; /* fingerprints: only their numbers are used */
    struct report_values endpoints;    /* [host, address, port]: an endpoint's number */
    json_t *codes;                     /* findings seen, with the severity they had */
};

/* False: out of memory. report_rows_fini() is due in either case. */
bool report_rows_init(struct report_rows *rows);
void report_rows_fini(struct report_rows *rows);

/* {"endpoint": [names], "domain": [names]}; NULL: out of memory. */
json_t *report_rows_columns(void);

/* Numbers the endpoint. False: it had a number already, or is not to be kept for lack of memory. */
bool report_rows_number_endpoint(struct report_rows *rows, const json_t *endpoint);

/* NULL: out of memory. */
json_t *report_rows_endpoint(struct report_rows *rows, const json_t *endpoint);
json_t *report_rows_domain(struct report_rows *rows, const json_t *domain);

/*
 * An MX host's addresses: the number of each that has an endpoint record; in place of one that has
 * none (a file that was cut) what the domain's record says of it.
 */
json_t *report_rows_addresses(struct report_rows *rows, json_t *mx);

#endif
