/*
 * A workbook (.xlsx, ECMA-376) with one sheet, written row by row in memory that does not grow. The
 * first row is the header: bold, in sight while the rows below scroll, with a filter on each
 * column. Every text is a string by its type and by its format, so that nothing in it is a formula
 * or a link, whatever it begins with.
 */
#ifndef MXGRADE_OUTPUT_WORKBOOK_H
#define MXGRADE_OUTPUT_WORKBOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "output/csv/row_writer.h"

#define WORKBOOK_ROWS_MAX    1048576u /* that a sheet has, the header included */
#define WORKBOOK_COLUMNS_MAX 16384u

struct workbook;

/* `stream` is borrowed; it must be seekable, and empty. `sheet` names the sheet: letters, digits
 * and blanks, at most 31. NULL on lack of memory. */
struct workbook *workbook_new(FILE *stream, const char *sheet);
void workbook_free(struct workbook *workbook); /* NULL is fine */

/* What fills the sheet; as long as `workbook` is. Cells and rows beyond those that a sheet has are
 * left out. A text is cut at the 32,767 UTF-16 units that a cell holds. */
struct row_writer workbook_rows(struct workbook *workbook);

/* Ends the sheet and the file. False: it could not be written, by errno where that is not 0. */
bool workbook_end(struct workbook *workbook);

#endif
