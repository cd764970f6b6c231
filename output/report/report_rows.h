/*
 * What the page knows of every domain and endpoint from the start, to draw, sort, filter and
 * search: a value for each column, most of them numbers in one of two dictionaries. A list of one
 * is written as that one.
 */
#ifndef MXGRADE_OUTPUT_REPORT_ROWS_H
#define MXGRADE_OUTPUT_REPORT_ROWS_H

#include "output/record/record.h"
#include "output/record/record_enum.h"
#include "output/record/record_field.h"
#include "output/report/report_values.h"

/* A finding's code and the severity that it had where it was first seen. */
struct report_code {
    const char *code;
    enum severity severity;
};

struct report_rows {
    struct report_values values; /* what is one of a few: grades, answers, lists of findings */
    struct report_values names;  /* hosts, providers, networks */
    struct report_values certificates; /* fingerprints: only their numbers are used */
    struct report_values endpoints;    /* [host, address, port]: an endpoint's number */
    struct report_values codes;        /* of findings */
    struct report_code *seen_codes;    /* by their numbers in `codes` */
    size_t max_codes;
    struct arena memory;    /* of these */
    struct json_writer one; /* for a value of a dictionary */
};

void report_rows_init(struct report_rows *rows);
void report_rows_fini(struct report_rows *rows);

/* False: out of memory. */
bool report_rows_ok(const struct report_rows *rows);

/* Numbers the endpoint. False: it had a number already, or is not to be kept for lack of memory. */
bool report_rows_number_endpoint(struct report_rows *rows, const struct endpoint_record *endpoint);

/*
 * Writes an MX host's addresses: the number of each that has an endpoint record; in place of one
 * that has none (a file that was cut) what the domain's record says of it.
 */
void report_rows_addresses(struct report_rows *rows, const struct mx_record *mx,
                           struct json_writer *out);

/* ---- For the columns (report_columns.h) ---- */

/* The writer for the next value of a dictionary. */
struct json_writer *report_put_fresh(struct report_rows *rows);
/* Writes the number of what that holds. */
void report_put_one(struct report_rows *rows, struct report_values *values,
                    struct json_writer *out);

/* The number of a text; NULL is null. */
void report_put_string(struct report_rows *rows, struct report_values *values, const char *string,
                       struct json_writer *out);
/* The number of a closed set's value. */
void report_put_name(struct report_rows *rows, const struct record_enum *set, unsigned number,
                     struct json_writer *out);
/* 0 to 100, or null where no score goes with the letter. */
void report_put_score(enum grade grade, unsigned score, struct json_writer *out);
/* The codes of a record's findings, one dictionary entry for each combination. */
void report_put_codes(struct report_rows *rows, const struct finding *findings, size_t num,
                      struct json_writer *out);

/* A field of the record, one dictionary entry for each value. */
void report_put_field(struct report_rows *rows, const struct record_object *object,
                      const char *name, const void *record, struct json_writer *out);

/* Has the address an endpoint record? */
bool report_find_endpoint(struct report_rows *rows, const struct mx_record *mx,
                          const struct mx_endpoint *address, size_t *out_number);

#endif
