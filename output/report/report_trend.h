/* The runs of a history as the page draws them. */
#ifndef MXGRADE_OUTPUT_REPORT_TREND_H
#define MXGRADE_OUTPUT_REPORT_TREND_H

#include "output/history/history_runs.h"
#include "output/record/json_writer.h"

#define REPORT_TREND_RUNS_MAX 1100 /* three years of nights; the latest ones */

/* Writes one value: an array of runs by time, or null where `runs` is NULL. */
void report_trend(struct json_writer *out, const struct history_runs *runs);

#endif
