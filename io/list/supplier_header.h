/*
 * What the first line of a supplier list tells: whether it is CSV, its columns, and which of them
 * holds the domain. Works on bytes in memory; supplier_list reads them.
 */
#ifndef MXGRADE_IO_SUPPLIER_HEADER_H
#define MXGRADE_IO_SUPPLIER_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "io/list/csv_record.h"
#include "io/list/supplier_list.h"

#define SUPPLIER_NUM_DELIMITERS 3
extern const char supplier_delimiters[SUPPLIER_NUM_DELIMITERS];

struct supplier_header {
    char delimiter;
    size_t domain_column;
    size_t num_columns;
    bool is_web;                                  /* the column of the domain holds web sites */
    struct csv_cell columns[SUPPLIER_FIELDS_MAX]; /* names, trimmed, NUL-terminated */
    char text[SUPPLIER_LINE_MAX + 1];             /* what `columns` points into */
};

/* Whether a line is to be passed over on the way to the header: nothing but blanks and delimiters,
 * a comment, or the "sep=;" by which spreadsheets name the delimiter. */
bool supplier_header_is_below(const char *bytes, size_t len);

/* Reads a record of at most SUPPLIER_LINE_MAX bytes. False if, with that delimiter, none of its
 * cells is "domain" (or "host", in host mode); the header's content means nothing then. */
bool supplier_header_read(struct supplier_header *header, const char *bytes, size_t len,
                          char delimiter, bool host_mode);

/* The names that stand in the record. No column is that of the domain yet. */
void supplier_header_split(struct supplier_header *header, const char *bytes, size_t len,
                           char delimiter);

/* Makes the column of that name (ASCII case aside) the one of the domain, or, if none has the name
 * and it is a number from 1 on, the column of that number. False if there is none. */
bool supplier_header_pick(struct supplier_header *header, const char *column);

/* Calls the columns by their numbers: the list has no header. */
void supplier_header_number(struct supplier_header *header);

/* The header that a list of ranks and domains does without, if the record is the first row of one.
 */
bool supplier_header_from_rank_row(struct supplier_header *header, const char *bytes, size_t len,
                                   char delimiter);

#endif
