/* A run of a history as a result file, with the fields that a history keeps. */
#ifndef MXGRADE_OUTPUT_HISTORY_RESULTS_H
#define MXGRADE_OUTPUT_HISTORY_RESULTS_H

#include "output/file/result_file.h"
#include "output/history/history_runs.h"

/*
 * Made as a temporary file (in $TMPDIR) that has no name any more. NULL with a sentence in
 * out_error. Closed by result_file_close().
 */
struct result_file *history_results(struct history *history, const struct history_run *run,
                                    char *out_error, size_t error_size);

#endif
