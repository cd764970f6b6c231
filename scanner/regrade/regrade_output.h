/* The lines of a file that is judged again, on their way out. */
#ifndef MXGRADE_SCANNER_REGRADE_OUTPUT_H
#define MXGRADE_SCANNER_REGRADE_OUTPUT_H

#include "output/file/sink.h"
#include "scanner/grading/policy.h"

struct regrade_output {
    const struct policy *policy; /* borrowed: what records then say that they were judged by */
    struct tally *tally;         /* of what has been written */
    struct sink *sink;
};

/* `path`: NULL is standard output. On failure false and a sentence in out_error. */
bool regrade_output_open(struct regrade_output *output, const char *path,
                         const struct policy *policy, char *out_error, size_t error_size);

/* What has failed of all writing, as a sentence, or NULL; valid until regrade_output_fini(). */
const char *regrade_output_finish(struct regrade_output *output);
void regrade_output_fini(struct regrade_output *output);

/* Records as they are, but for the policy and, in the summary, for what is counted of verdicts. */
void regrade_output_run(struct regrade_output *output, const struct run_record *record);
void regrade_output_endpoint(struct regrade_output *output, const struct endpoint_record *record);
void regrade_output_domain(struct regrade_output *output, const struct domain_record *record);
void regrade_output_summary(struct regrade_output *output, const struct summary_record *record);

/* A line of another kind, without its end. */
void regrade_output_line(struct regrade_output *output, const char *line, size_t len);

#endif
