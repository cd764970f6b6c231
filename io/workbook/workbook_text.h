/*
 * The rows of a workbook's sheet (.xlsx, ECMA-376) as lines of CSV in UTF-8, with commas: a line
 * for each row, so that the number of a line is that of its row. Line ends and tabs within a cell
 * are blanks. Numbers, dates and truth values read as a spreadsheet shows them (cell_format.h).
 *
 * The sheet is read as a stream. Bounded are: the unpacked bytes of each part, the shared texts,
 * rows and columns, the nesting of elements. A row whose text is longer than WORKBOOK_ROW_MAX is
 * cut behind it.
 */
#ifndef MXGRADE_IO_WORKBOOK_TEXT_H
#define MXGRADE_IO_WORKBOOK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define WORKBOOK_ROW_MAX (128u << 10)

enum workbook_kind {
    WORKBOOK_NONE,  /* it is something else */
    WORKBOOK_ZIP,   /* a zip archive, as workbooks are */
    WORKBOOK_BINARY /* of Excel before 2007, or encrypted: neither can be read */
};

#define WORKBOOK_MAGIC_LEN 8

/* What begins with these bytes. */
enum workbook_kind workbook_kind_of(const unsigned char *bytes, size_t len);

struct workbook_text;

/* `fd` is a regular file and borrowed; its offset stays where it is. `sheet` is borrowed; NULL: the
 * first one that is not hidden. NULL on lack of memory. */
struct workbook_text *workbook_text_new(int fd, const char *sheet);
void workbook_text_free(struct workbook_text *text); /* NULL is fine */

/* Like read(). -1: see workbook_text_problem(). */
ssize_t workbook_text_read(struct workbook_text *text, char *out, size_t size);

/* A sentence on why there are no more rows although the sheet has not ended; NULL: all is well. */
const char *workbook_text_problem(const struct workbook_text *text);

#endif
