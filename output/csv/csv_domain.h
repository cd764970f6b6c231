/*
 * Domain records as rows of a table: columns of ours, always the same and in the same order
 * (docs/csv.md), then those of the list, each as "input.NAME", which no column of ours is called.
 *
 * The records are such as record_read() gives: their text is valid UTF-8 with a NUL behind it.
 */
#ifndef MXGRADE_OUTPUT_CSV_DOMAIN_H
#define MXGRADE_OUTPUT_CSV_DOMAIN_H

#include <stdbool.h>

#include "output/csv/row_writer.h"
#include "output/record/record.h"

#define CSV_INPUT_COLUMNS_MAX 512

/* The list's columns, by their names in "input_fields". */
struct csv_input_columns {
    size_t num_names;
    struct text names[CSV_INPUT_COLUMNS_MAX]; /* owned */
};

void csv_input_columns_init(struct csv_input_columns *columns);
void csv_input_columns_fini(struct csv_input_columns *columns);

/* Adds those that the record has and `columns` has not. False on lack of memory or place. */
bool csv_input_columns_add(struct csv_input_columns *columns, const struct domain_record *domain);

/* What the table says of a domain in the policy's words. output/ decides nothing, so the caller has
 * the policy choose: the rule of the finding that matters most, or NULL. */
typedef const struct finding_rule *csv_worst(const struct domain_record *domain);

void csv_domain_header(const struct row_writer *writer, const struct csv_input_columns *columns);
void csv_domain_row(const struct row_writer *writer, const struct domain_record *domain,
                    const struct csv_input_columns *columns, csv_worst *worst);

#endif
