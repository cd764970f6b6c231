/* docs/policy.md, made from the tables, so that it cannot drift from them. */
#ifndef MXGRADE_SCANNER_EXPLAIN_MARKDOWN_H
#define MXGRADE_SCANNER_EXPLAIN_MARKDOWN_H

#include <stdio.h>

void explain_markdown(FILE *stream);

#endif
