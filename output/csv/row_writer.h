/*
 * Whoever takes a table cell by cell and row by row: CSV (csv_writer.h), or a workbook
 * (output/workbook). Text is valid UTF-8 and may hold NULs. Nothing fails here: each kind notes
 * what goes wrong, and tells it at its end.
 */
#ifndef MXGRADE_OUTPUT_ROW_WRITER_H
#define MXGRADE_OUTPUT_ROW_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct row_kind {
    void (*text)(void *to, const char *bytes, size_t len);
    void (*integer)(void *to, int64_t value);
    void (*empty)(void *to);
    void (*end)(void *to);
};

struct row_writer {
    const struct row_kind *kind;
    void *to; /* borrowed */
};

static inline void row_text(const struct row_writer *row, const char *bytes, size_t len)
{
    row->kind->text(row->to, bytes, len);
}

static inline void row_integer(const struct row_writer *row, int64_t value)
{
    row->kind->integer(row->to, value);
}

static inline void row_empty(const struct row_writer *row)
{
    row->kind->empty(row->to);
}

static inline void row_end(const struct row_writer *row)
{
    row->kind->end(row->to);
}

#endif
