/*
 * One CSV record among bytes in memory: where it ends (RFC 4180, with any delimiter), and its
 * cells.
 *
 * A cell is quoted if a quote is the first thing in it but blanks; anywhere else a quote is a plain
 * character. Behind the closing quote only blanks may follow. On one line a breach of that is
 * forgiven (`"Acme "Ltd` reads `Acme Ltd`); in a cell that has run over a line end it is how a
 * quote that somebody forgot to close gives itself away, and the record is malformed.
 */
#ifndef MXGRADE_IO_CSV_RECORD_H
#define MXGRADE_IO_CSV_RECORD_H

#include <stdbool.h>
#include <stddef.h>

enum csv_state {
    CSV_CELL_START, /* nothing or blanks so far */
    CSV_PLAIN,
    CSV_QUOTED,
    CSV_QUOTE_IN_QUOTED, /* the end of the cell, or the first of a doubled quote */
    CSV_AFTER_QUOTED     /* blanks behind the closing quote */
};

/* How far a record has been read. Feeding it more of the same record goes on where it stopped. */
struct csv_scan {
    char delimiter;
    enum csv_state state;
    bool spans_lines; /* a quoted cell went over a line end */
    size_t len;       /* octets of the record looked at; without its line end once it is whole */
};

enum csv_extent {
    CSV_WHOLE,
    CSV_MORE, /* no end among these bytes; at the end of the input see csv_scan_finish() */
    CSV_MALFORMED
};

void csv_scan_init(struct csv_scan *scan, char delimiter);

/* `bytes` is the record from its first byte, `len` all that is there of it by now. Asking again
 * after CSV_WHOLE or CSV_MALFORMED gives the same answer. */
enum csv_extent csv_scan_feed(struct csv_scan *scan, const char *bytes, size_t len);

/* The input ends here: CSV_WHOLE, or CSV_MALFORMED if a quote is open. */
enum csv_extent csv_scan_finish(const struct csv_scan *scan);

struct csv_cell {
    const char *bytes; /* NUL-terminated; may hold NULs before that */
    size_t len;
};

/* The cell without the white space around it. It may lose its NUL. */
struct csv_cell csv_trim(struct csv_cell cell);

/*
 * Splits a whole record of `len` bytes (no line end) into unquoted cells. They lie in `text`, which
 * has room for len + 1 bytes. Cells past max_cells are dropped. Returns how many cells were filled.
 */
size_t csv_split(const char *bytes, size_t len, char delimiter, char *text,
                 struct csv_cell *out_cells, size_t max_cells);

#endif
