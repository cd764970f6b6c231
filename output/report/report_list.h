/*
 * The records of one kind on their way to the page. What the page reads at once is gathered here,
 * an array for each column, as browsers read long flat arrays several times faster than many short
 * ones. The evidence goes to a file in blocks, each an element of its own that is unpacked when
 * a record in it is opened.
 */
#ifndef MXGRADE_OUTPUT_REPORT_LIST_H
#define MXGRADE_OUTPUT_REPORT_LIST_H

#include <stdio.h>

#include "output/report/report_columns.h"
#include "output/report/report_island.h"

/* Records in a block of evidence: opening a domain unpacks a block of each kind, a few 100 KB. */
#define REPORT_BLOCK_RECORDS 256

struct report_list {
    enum report_rows_of which;
    FILE *evidence;               /* borrowed */
    struct report_packer *packer; /* likewise */
    struct report_column {
        FILE *stream;
        char *text;
        size_t len;
    } columns[REPORT_COLUMNS_MAX];
    size_t count;
    struct json_writer cell;
    FILE *block; /* the text of the block that is being filled, NULL between blocks */
    char *block_text;
    size_t block_len;
};

/* False: no memory. report_list_fini() is due in either case. */
bool report_list_init(struct report_list *list, enum report_rows_of which,
                      struct report_packer *packer, FILE *evidence);
void report_list_fini(struct report_list *list);

/* Adds a record and its evidence. False: no memory. */
bool report_list_add(struct report_list *list, struct report_rows *rows, const void *record,
                     const struct json_writer *evidence);

/* Ends the last block. False: no memory. */
bool report_list_end(struct report_list *list);

/* {"name": [...], "grade": [...], ...}; false: no memory. */
bool report_list_write(struct report_list *list, FILE *page);

#endif
