/* docs/records.md, from the tables by which records are written and read. */
#ifndef MXGRADE_OUTPUT_RECORD_MARKDOWN_H
#define MXGRADE_OUTPUT_RECORD_MARKDOWN_H

#include <stdio.h>

/* Errors are the stream's to tell: ferror(). */
void record_markdown(FILE *stream);

#endif
