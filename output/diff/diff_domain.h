/*
 * What changed for one domain between two runs, as one JSON object; docs/diff.md describes it.
 */
#ifndef MXGRADE_OUTPUT_DIFF_DOMAIN_H
#define MXGRADE_OUTPUT_DIFF_DOMAIN_H

#include <jansson.h>
#include <stdbool.h>

#include "output/record/record.h"
#include "output/file/result_file.h"

/* What a change comes to, most telling first. */
enum diff_verdict {
    DIFF_VERDICT_REGRESSION,
    DIFF_VERDICT_MIXED, /* something is worse and something better */
    DIFF_VERDICT_IMPROVEMENT,
    DIFF_VERDICT_NEW,
    DIFF_VERDICT_VANISHED,
    DIFF_VERDICT_CHANGED, /* neither better nor worse */
    DIFF_VERDICT_NOT_OBSERVED,
    DIFF_VERDICT_OBSERVED_AGAIN,
    DIFF_VERDICT_EXPIRING, /* nothing but a certificate that is about to expire */
    DIFF_VERDICT_COUNT
};

const char *diff_verdict_name(enum diff_verdict verdict);

struct diff_options {
    int expiring_days;
    const struct finding_rule *(*find_rule)(const char *code); /* NULL where there is no such */
};

/* Two runs, and what of them bears on every domain. */
struct diff_pair {
    const struct result_file *before;
    const struct result_file *after;
    const struct diff_options *options;
    bool same_policy;
};

/* What a line adds to the counts. */
struct diff_outcome {
    enum diff_verdict verdict;
    unsigned num_replaced; /* certificates */
    unsigned num_expiring;
    unsigned num_moved; /* to another provider: 0 or 1 */
    unsigned num_enforcement_lost;
    unsigned num_enforcement_gained;
};

/*
 * The line for a domain that both runs have; a new reference. NULL with *failed unset: nothing
 * changed.
 */
json_t *diff_domain(const struct diff_pair *pair, const json_t *before, const json_t *after,
                    struct diff_outcome *out_outcome, bool *failed);

/* The line for a domain that only the later (DIFF_VERDICT_NEW) or earlier run has. Where the other
 * file was cut, that is not certain. */
json_t *diff_lone_domain(const json_t *domain, enum diff_verdict verdict, bool is_certain,
                         bool *failed);

#endif
