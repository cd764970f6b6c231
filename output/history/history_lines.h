/* The lines of `mxgrade history --json`, by tables (output/record/record_field.h). */
#ifndef MXGRADE_OUTPUT_HISTORY_LINES_H
#define MXGRADE_OUTPUT_HISTORY_LINES_H

#include "output/history/history_past.h"
#include "output/record/record_field.h"
#include "output/record/schema.h"

/* Of a run: struct history_run. */
extern const struct record_object history_line_of_run;
/* Of a domain: struct history_past, _change, _finding, _certificate. */
extern const struct record_object history_line_of_past, history_line_of_change,
    history_line_of_finding, history_line_of_certificate;

/* All of them. */
extern const struct schema_lines history_lines;

#endif
