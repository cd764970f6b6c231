/*
 * Which column of a CSV list holds the domains, where no header says "domain" and nobody named one:
 * found by what the columns are called and by what stands in them. Works on bytes in memory;
 * supplier_list reads them.
 */
#ifndef MXGRADE_IO_SUPPLIER_COLUMNS_H
#define MXGRADE_IO_SUPPLIER_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/list/supplier_header.h"

struct column_choice {
    size_t num_rows;  /* of the sample, without the header */
    size_t num_named; /* of those, rows in which the column names a domain */
    bool has_header;  /* the first row names the columns */
    bool is_part;     /* the list goes on behind the sample */
};

/* Is the only cell of a first line the name of a column of domains, such as "E-Mail domain"? */
bool supplier_columns_is_title(struct csv_cell cell);

/*
 * Chooses among all delimiters and columns the one that names a domain in most rows, and in more
 * than half of them; one that is called so ("E-Mail domain", "Website") needs fewer to win.
 * `sample` begins with the list's first record; `is_part`: its last record may be cut. False if
 * there is none: `header` then holds the columns' names by the delimiter that splits the first
 * line.
 */
bool supplier_columns_choose(struct supplier_header *header, const char *sample, size_t len,
                             bool is_part, struct column_choice *out_choice);

#endif
