/* How the last night went, and what the last good one came to, as figures. */
#ifndef MXGRADE_OUTPUT_NIGHT_METRICS_H
#define MXGRADE_OUTPUT_NIGHT_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "output/record/record.h"

struct night_metrics {
    unsigned status;             /* the exit status of the last night */
    double started, ended;       /* when it was, in seconds since 1970 */
    const uint64_t *changes;     /* domains by diff_verdict; NULL: there was no comparison */
    const char *const *verdicts; /* their names */
    size_t num_verdicts;
    uint64_t num_expiring;        /* certificates that neared their end */
    const struct run_record *run; /* of the last good night; NULL: there was none */
    const struct summary_record *summary;
};

void night_metrics_write(FILE *stream, const struct night_metrics *metrics);

#define NIGHT_METRICS_ANY_STATUS (-1)

/* Copies figures that were written so, with `status` in place of the one that they have, if that is
 * `instead_of`. False: they could not be read to their end, errno. */
bool night_metrics_copy(FILE *from, FILE *to, int instead_of, unsigned status);

#endif
