/*
 * Findings of a domain that came or went between two runs. A finding that is gone has been closed
 * only if the later run saw what it is about; one that is new has been opened only if the earlier
 * run had seen that it was not so.
 */
#ifndef MXGRADE_OUTPUT_DIFF_FINDINGS_H
#define MXGRADE_OUTPUT_DIFF_FINDINGS_H

#include "output/diff/diff_side.h"
#include "output/record/record.h"

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
    const json_t *finding; /* borrowed from the record that has it */
    const char *code;
    enum diff_finding_state state;
};

struct diff_findings {
    size_t num_items;
    struct diff_finding items[DIFF_FINDINGS_MAX];
};

void diff_findings_compare(struct diff_findings *out, struct diff_side *before,
                           struct diff_side *after);

/* Is one of the codes there in that state? `codes` ends in NULL. */
bool diff_findings_any(const struct diff_findings *findings, enum diff_finding_state state,
                       const char *const *codes);

/* Does the finding say no more than that something could not be observed? */
bool diff_finding_is_marker(const char *code);

/* Where an endpoint shows what the finding is about, or NULL; for tests of the table. */
struct diff_basis {
    const char *code;
    const char *endpoint; /* a path in the endpoint's record; "weak:NAME", a class of suites */
    const char *domain;   /* a path in the domain's; "whole", every address was observed */
};
extern const struct diff_basis diff_bases[];
extern const size_t diff_num_bases;

#endif
