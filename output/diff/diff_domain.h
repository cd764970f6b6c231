/* Two runs' records of one domain compared. */
#ifndef MXGRADE_OUTPUT_DIFF_DOMAIN_H
#define MXGRADE_OUTPUT_DIFF_DOMAIN_H

#include "io/base/arena.h"
#include "output/diff/diff_change.h"
#include "output/file/result_file.h"

/* What the policy knows of findings is handed down. */
struct diff_options {
    struct diff_thresholds expiring;
    const struct finding_rule *(*find_rule)(const char *code); /* NULL where there is no such */
    const struct finding_sight *sight;
};

/* Two runs, and what of them bears on every domain. */
struct diff_pair {
    const struct result_file *before;
    const struct result_file *after;
    const struct diff_options *options;
    bool same_policy;
};

/*
 * Fills what changed for a domain that both runs have; the records and the arena have to last as
 * long as it. False: no memory.
 */
bool diff_domain(const struct diff_pair *pair, const struct domain_record *before,
                 const struct domain_record *after, struct arena *arena,
                 struct diff_change *out_change);

#endif
