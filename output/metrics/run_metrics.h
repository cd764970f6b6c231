/* What a run came to, as figures for a monitoring system: the counts of its summary. */
#ifndef MXGRADE_OUTPUT_RUN_METRICS_H
#define MXGRADE_OUTPUT_RUN_METRICS_H

#include <stdio.h>

#include "output/record/record.h"

/* `version` of the program, `started` in seconds since 1970. */
void run_metrics_write(FILE *stream, const char *version, double started,
                       const struct summary_record *summary);

#endif
