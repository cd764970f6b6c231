/*
 * Two result files compared: a line about the two runs, a line for each domain for which something
 * is to be said, in the order of the later list and then that of the earlier for those that
 * vanished, and a line of counts. docs/diff.md describes them.
 *
 * Of a domain that a list has more than once the first line is compared.
 */
#ifndef MXGRADE_OUTPUT_DIFF_H
#define MXGRADE_OUTPUT_DIFF_H

#include "output/diff/diff_domain.h"

struct diff_totals {
    uint64_t verdicts[DIFF_VERDICT_COUNT];
    uint64_t num_compared;
    uint64_t num_unchanged;
    uint64_t num_repeated; /* lines of the later list whose domain it has already */
    uint64_t certificates_replaced, certificates_expiring;
    uint64_t moved_provider, enforcement_lost, enforcement_gained;
};

/* Is something worse than it was? */
bool diff_totals_has_regression(const struct diff_totals *totals);

struct diff_pair diff_pair_of(const struct result_file *before, const struct result_file *after,
                              const struct diff_options *options);

/* Options that shape results and are not the same: the runs did not ask the same questions. */
struct diff_other_option {
    const char *name;
    const char *before; /* NULL: the earlier run had no such option */
    const char *after;
};

/* The next one from *inout_index on, which starts at 0; false: there is none. */
bool diff_next_other_option(const struct diff_pair *pair, size_t *inout_index,
                            struct diff_other_option *out_option);

struct diff_line {
    enum { DIFF_LINE_RUNS, DIFF_LINE_CHANGE, DIFF_LINE_SUMMARY } kind;
    const struct diff_pair *pair;
    const struct diff_change *change; /* of DIFF_LINE_CHANGE */
    const struct diff_totals *totals; /* of DIFF_LINE_SUMMARY */
};

/* Takes each line, borrowed; false: it could not be written. */
typedef bool diff_emit(void *user, const struct diff_line *line);

extern const struct record_enum diff_endings;

const char *diff_ending_name(enum result_ending ending);

/* A sentence in out_error on failure; "" where `emit` failed. */
bool diff_run(const struct diff_pair *pair, diff_emit *emit, void *user,
              struct diff_totals *out_totals, char *out_error, size_t error_size);

#endif
