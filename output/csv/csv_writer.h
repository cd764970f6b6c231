/*
 * Rows of CSV as RFC 4180 has them (commas or another delimiter, quotes where needed, CRLF), in
 * UTF-8, which a spreadsheet opens without running anything in them: text that begins like a
 * formula gets a "'" in front. Numbers of our own are written as they are.
 *
 * Owns one growing buffer; after an allocation failure it stays failed until csv_writer_take()
 * reports it.
 */
#ifndef MXGRADE_OUTPUT_CSV_WRITER_H
#define MXGRADE_OUTPUT_CSV_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output/csv/row_writer.h"

struct csv_writer {
    char *buffer;
    size_t len;
    size_t capacity;
    bool failed;
    bool in_row; /* a cell has been written: the next one needs a delimiter */
    char delimiter;
};

/* The delimiter is a comma, a semicolon or a tab: cells that hold any of them are quoted. */
void csv_writer_init(struct csv_writer *writer, char delimiter);

/* The writer behind the functions that every kind of table has. Valid as long as `writer` is. */
struct row_writer csv_writer_rows(struct csv_writer *writer);

/* U+FEFF, by which some spreadsheets know UTF-8; before anything else. */
void csv_byte_order_mark(struct csv_writer *writer);

/* Text, valid UTF-8; may hold NULs, which become U+FFFD. */
void csv_text(struct csv_writer *writer, const char *bytes, size_t len);
void csv_integer(struct csv_writer *writer, int64_t value);
void csv_empty(struct csv_writer *writer);
void csv_end_row(struct csv_writer *writer);

/*
 * Hands over what was written, malloc'ed (the caller frees it). NULL after an allocation failure.
 * The writer is empty again afterwards.
 */
char *csv_writer_take(struct csv_writer *writer, size_t *out_len);

#endif
