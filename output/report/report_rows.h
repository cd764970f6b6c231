/*
 * What the page knows of every domain and endpoint from the start, to draw, sort, filter and
 * search: a value for each column, most of them numbers in one of two dictionaries. A list of one
 * is written as that one.
 */
#ifndef MXGRADE_OUTPUT_REPORT_ROWS_H
#define MXGRADE_OUTPUT_REPORT_ROWS_H

#include <jansson.h>

#include "output/report/report_values.h"

struct report_rows {
    struct report_values values; /* what is one of a few: grades, answers, lists of findings */
    struct report_values names;  /* hosts, providers, networks */
    struct report_values certificates; /* fingerprints: only their numbers are used */
    struct report_values endpoints;    /* [host, address, port]: an endpoint's number */
    json_t *codes;                     /* findings seen, with the severity they had */
};

/* False: out of memory. report_rows_fini() is due in either case. */
bool report_rows_init(struct report_rows *rows);
void report_rows_fini(struct report_rows *rows);

enum report_rows_of { REPORT_ROWS_OF_ENDPOINTS, REPORT_ROWS_OF_DOMAINS };

#define REPORT_COLUMNS_MAX 16

/* The name of a column; NULL past the last. */
const char *report_rows_column(enum report_rows_of which, size_t column);

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
