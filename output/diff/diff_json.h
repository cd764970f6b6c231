/* The lines of a comparison (diff.h) as JSON; docs/diff.md describes them. */
#ifndef MXGRADE_OUTPUT_DIFF_JSON_H
#define MXGRADE_OUTPUT_DIFF_JSON_H

#include "output/diff/diff.h"
#include "output/record/json_writer.h"

/* Writes one whole object into an empty writer. */
void diff_json_line(struct json_writer *writer, const struct diff_line *line);

#endif
