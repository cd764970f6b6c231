/*
 * Which way a value went between two runs. What one of the runs could not observe went nowhere: it
 * is not observed now, or observed again, and never a loss or a gain.
 */
#ifndef MXGRADE_OUTPUT_DIFF_VALUE_H
#define MXGRADE_OUTPUT_DIFF_VALUE_H

enum diff_direction {
    DIFF_SAME,
    DIFF_BETTER,
    DIFF_WORSE,
    DIFF_CHANGED, /* neither better nor worse */
    DIFF_NOT_OBSERVED,
    DIFF_OBSERVED_AGAIN
};
#define DIFF_DIRECTION_COUNT (DIFF_OBSERVED_AGAIN + 1)

const char *diff_direction_name(enum diff_direction direction); /* "same", "better", ... */

/* The values that are compared. */
enum diff_value {
    DIFF_GRADE,
    DIFF_OPPORTUNISTIC,
    DIFF_ENFORCED,
    DIFF_MTA_STS,
    DIFF_DANE,
    DIFF_TLS_RPT,
    DIFF_MAIL
};
#define DIFF_VALUE_COUNT (DIFF_MAIL + 1)

/* NULL, a field that an older file lacks, is compared with nothing. */
enum diff_direction diff_value_direction(enum diff_value value, const char *old_text,
                                         const char *new_text);

#endif
