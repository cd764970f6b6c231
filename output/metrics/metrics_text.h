/*
 * Figures in the text format of Prometheus (exposition format 0.0.4): families of samples, each
 * with its help and its type. Everything here is a gauge: it says how things stand after a run, and
 * may go down.
 */
#ifndef MXGRADE_OUTPUT_METRICS_TEXT_H
#define MXGRADE_OUTPUT_METRICS_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "output/record/record_enum.h"

/* The family has one sample, without labels. Names and help are our own plain ASCII. */
void metrics_count(FILE *stream, const char *name, const char *help, uint64_t value);
void metrics_flag(FILE *stream, const char *name, const char *help, bool value);
/* Seconds, to the millisecond. */
void metrics_seconds(FILE *stream, const char *name, const char *help, double seconds);

/* Begins a family of samples with labels. */
void metrics_family(FILE *stream, const char *name, const char *help);
/* A sample of it; the value of the label is any text. */
void metrics_sample(FILE *stream, const char *name, const char *label, const char *value,
                    uint64_t count);

/* A family with a sample for each value of a closed set; `counts` has one for each. */
void metrics_counts(FILE *stream, const char *name, const char *help, const char *label,
                    const struct record_enum *values, const uint64_t *counts);

#endif
