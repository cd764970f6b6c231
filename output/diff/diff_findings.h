/*
 * Findings of a domain that came or went between two runs. A finding that is gone has been closed
 * only if the later run saw what it is about; one that is new has been opened only if the earlier
 * run had seen that it was not so. One that both have is told of where only one accepts it.
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
    DIFF_FINDING_ACCEPTED,       /* both have it, and it is accepted now */
    DIFF_ACCEPTANCE_ENDED,       /* both have it, and it is accepted no more */
    DIFF_FINDING_STATE_COUNT
};

const char *diff_finding_state_name(enum diff_finding_state state);

struct diff_finding {
    /* Borrowed from the record that has it, of DIFF_ACCEPTANCE_ENDED from the earlier one, which
     * says who accepted it; it has a code. */
    const struct finding *finding;
    enum diff_finding_state state;
};

struct diff_findings {
    size_t num_items;
    struct diff_finding items[DIFF_FINDINGS_MAX];
};

void diff_findings_compare(struct diff_findings *out, const struct finding_sight *sight,
                           struct diff_side *before, struct diff_side *after);

bool diff_findings_have(const struct diff_findings *findings, enum diff_finding_state state);

/* Is there one in that state that is not accepted? */
bool diff_findings_have_open(const struct diff_findings *findings, enum diff_finding_state state);

/* Have findings come (DIFF_OPENED) or gone (DIFF_CLOSED), and are all of them accepted? */
bool diff_findings_are_accepted(const struct diff_findings *findings,
                                enum diff_finding_state state);

/* The same of those that stand behind the answer. */
bool diff_findings_behind_are_accepted(const struct diff_findings *findings,
                                       const struct finding_sight *sight,
                                       enum diff_finding_state state, enum record_answer answer);

/* Is there one in that state that stands behind the answer? */
bool diff_findings_behind(const struct diff_findings *findings, const struct finding_sight *sight,
                          enum diff_finding_state state, enum record_answer answer);

#endif
