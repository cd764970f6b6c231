/* What stands in the page once: about the run, its summary, and the words for what records name. */
#ifndef MXGRADE_OUTPUT_REPORT_FACTS_H
#define MXGRADE_OUTPUT_REPORT_FACTS_H

#include "output/record/record.h"
#include "output/report/report.h"
#include "output/report/report_rows.h"

/* Each writes one value. `run` and `summary` are NULL where the file has none. */

/* A path of the scanner's machine is not the page's matter: of the list its name alone. */
void report_facts_run(struct json_writer *out, const struct run_record *run);
void report_facts_summary(struct json_writer *out, const struct summary_record *summary);

void report_facts_outcomes(struct json_writer *out);
void report_facts_grades(struct json_writer *out);

/* What each question asks. */
void report_facts_questions(struct json_writer *out);

/* The findings that occur: the severity as recorded; the words, and the best letter that each
 * leaves, by the policy's table. */
void report_facts_findings(struct json_writer *out, const struct report_rows *rows,
                           const struct report_words *words);

/* The order of the fields in the evidence. */
void report_facts_fields(struct json_writer *out);

#endif
