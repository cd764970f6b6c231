/*
 * Findings of a domain that came or went between two runs. A finding that is gone has been closed
 * only if the later run saw what it is about; one that is new has been opened only if the earlier
 * run had seen that it was not so.
 */
#ifndef MXGRADE_OUTPUT_DIFF_FINDINGS_H
#define MXGRADE_OUTPUT_DIFF_FINDINGS_H

#include "output/diff/diff_side.h"
#include "output/record/finding_sight.h"

#define DIFF_FINDINGS_MAX 256 /* of one domain */

enum diff_finding_state {
    DIFF_OPENED,
    DIFF_CLOSED,
    DIFF_FINDING_NOT_OBSERVED,   /* the later run could not see whether it still holds */
    DIFF_FINDING_OBSERVED_AGAIN, /* the earlier run could not see whether it held */
    DIFF_FINDING_STATE_COUNT
};

const char *diff_finding_state_name(enum diff_finding_state state);

struct diff_finding {
    const struct finding *finding; /* borrowed from the record that has it; it has a code */
    enum diff_finding_state state;
};

struct diff_findings {
    size_t num_items;
    struct diff_finding items[DIFF_FINDINGS_MAX];
};

void diff_findings_compare(struct diff_findings *out, const struct finding_sight *sight,
                           struct diff_side *before, struct diff_side *after);

bool diff_findings_have(const struct diff_findings *findings, enum diff_finding_state state);

/* Is there one in that state that stands behind the answer? */
bool diff_findings_behind(const struct diff_findings *findings, const struct finding_sight *sight,
                          enum diff_finding_state state, enum record_answer answer);

#endif
