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

/* Takes each line, borrowed; false: it could not be written. */
typedef bool diff_emit(void *user, const json_t *line);

/* A sentence in out_error on failure; "" where `emit` failed. */
bool diff_run(const struct result_file *before, const struct result_file *after,
              const struct diff_options *options, diff_emit *emit, void *user,
              struct diff_totals *out_totals, char *out_error, size_t error_size);

#endif
