/* Writes the lines of a result file that is judged again. */
#ifndef MXGRADE_SCANNER_REGRADE_OUTPUT_H
#define MXGRADE_SCANNER_REGRADE_OUTPUT_H

#include "output/file/sink.h"
#include "scanner/grading/policy.h"

struct regrade_output {
    const struct policy *policy; /* borrowed; the records name it */
    struct tally *tally;         /* counts what has been written */
    struct sink *sink;
    const char *accept_file;           /* borrowed; NULL: nothing is accepted */
    bool is_part;                      /* the run is of a part of a list */
    struct acceptance_counts accepted; /* once the summary is written */
};

/* `path`: NULL is standard output. On failure it returns false with a sentence in out_error. */
bool regrade_output_open(struct regrade_output *output, const char *path,
                         const struct policy *policy, const char *accept_file, char *out_error,
                         size_t error_size);

/* Writes the rest. NULL, or a sentence that says what failed, valid until regrade_output_fini(). */
const char *regrade_output_finish(struct regrade_output *output);
void regrade_output_fini(struct regrade_output *output);

/* These write a record as it is, except that the policy, and the counts of a summary, are new. */
void regrade_output_run(struct regrade_output *output, const struct run_record *record);
void regrade_output_endpoint(struct regrade_output *output, const struct endpoint_record *record);
void regrade_output_domain(struct regrade_output *output, const struct domain_record *record);
void regrade_output_summary(struct regrade_output *output, const struct summary_record *record);

/* Writes a line of an unknown kind as it is; `len` is without the line's end. */
void regrade_output_line(struct regrade_output *output, const char *line, size_t len);

#endif
