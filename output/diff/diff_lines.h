/* What the lines of "mxgrade diff" hold, as tables from which their schema is made. */
#ifndef MXGRADE_OUTPUT_DIFF_LINES_H
#define MXGRADE_OUTPUT_DIFF_LINES_H

#include "output/record/schema.h"

/* In the order in which diff prints them. */
extern const struct schema_lines diff_lines;

#endif
