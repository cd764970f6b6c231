/*
 * What a workbook's other parts say of a sheet: where it is, the texts that its cells share, and
 * the formats that make dates of numbers. Each part is read to its end and bounded.
 */
#ifndef MXGRADE_IO_WORKBOOK_PARTS_H
#define MXGRADE_IO_WORKBOOK_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/workbook/cell_format.h"
#include "io/workbook/shared_strings.h"
#include "io/workbook/zip_source.h"

#define PART_NAME_MAX 256
#define PROBLEM_MAX   320

struct workbook_parts {
    char sheet[PART_NAME_MAX]; /* the part of the sheet that is read */
    bool is_1904;
    struct shared_strings strings;
    struct cell_format *formats; /* by the number of a cell's style */
    size_t num_formats;
};

/*
 * Finds the sheet of that name, or with NULL the first one that is not hidden, and reads what it
 * needs. False with a part of a sentence in out_problem. workbook_parts_fini() is due in either
 * case.
 */
bool workbook_parts_read(struct workbook_parts *parts, struct zip_source *source,
                         const char *sheet_name, char out_problem[PROBLEM_MAX]);
void workbook_parts_fini(struct workbook_parts *parts);

#endif
