/*
 * Which way a value went between two runs. What one of the runs could not observe went nowhere: it
 * is not observed now, or observed again, and never a loss or a gain.
 */
#ifndef MXGRADE_OUTPUT_DIFF_VALUE_H
#define MXGRADE_OUTPUT_DIFF_VALUE_H

#include "output/record/record_enum.h"

enum diff_direction {
    DIFF_SAME,
    DIFF_BETTER,
    DIFF_WORSE,
    DIFF_CHANGED, /* neither better nor worse */
    DIFF_NOT_OBSERVED,
    DIFF_OBSERVED_AGAIN,
    DIFF_ACCEPTED /* it moved by what is accepted alone: nobody needs to be told */
};
#define DIFF_DIRECTION_COUNT (DIFF_ACCEPTED + 1)

/* What a line says of a value that moved. */
extern const struct record_enum diff_directions;

const char *diff_direction_name(enum diff_direction direction); /* "better", ...; NULL: the same */

/* The values that are compared, each with the enumeration of record.h that its numbers are of. */
enum diff_value {
    DIFF_GRADE,         /* enum grade */
    DIFF_OPPORTUNISTIC, /* enum opportunistic_tls */
    DIFF_ENFORCED,      /* enum enforced_tls */
    DIFF_MTA_STS,       /* enum mta_sts_status */
    DIFF_DANE,          /* enum dane_status */
    DIFF_TLS_RPT,       /* enum tri */
    DIFF_MAIL           /* enum mail_kind */
};
#define DIFF_VALUE_COUNT (DIFF_MAIL + 1)

enum diff_direction diff_value_direction(enum diff_value value, unsigned before, unsigned after);

#endif
