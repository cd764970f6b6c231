/*
 * `scan --format csv`: a row for each domain in place of all lines. The columns have to be known
 * before the first row, so whoever reads the list announces them.
 */
#ifndef MXGRADE_SCANNER_EMIT_CSV_H
#define MXGRADE_SCANNER_EMIT_CSV_H

#include <stdbool.h>

#include "io/list/supplier_list.h"
#include "output/file/sink.h"

struct emit_csv;

struct emit_csv *emit_csv_new(bool byte_order_mark);
void emit_csv_free(struct emit_csv *csv);

bool emit_csv_has_header(const struct emit_csv *csv);

/*
 * Writes the header; once, and before the first row. From then on `csv` is constant and may be used
 * on any thread. `names` are the list's columns (their values mean nothing). False on lack of
 * memory.
 */
bool emit_csv_header(struct emit_csv *csv, struct sink *sink, const struct supplier_field *names,
                     size_t num_names);

/* The row of a domain from its JSON line; malloc'ed, NULL on lack of memory. */
char *emit_csv_row(const struct emit_csv *csv, const char *line, size_t len, size_t *out_len);

#endif
