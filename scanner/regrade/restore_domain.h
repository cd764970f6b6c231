/*
 * A domain's record that was read from a result file, and the endpoints of the same file judged
 * again, made into what the judge of domains reads.
 */
#ifndef MXGRADE_SCANNER_RESTORE_DOMAIN_H
#define MXGRADE_SCANNER_RESTORE_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "scanner/domain/domain_published.h"
#include "scanner/grading/target_evidence.h"
#include "scanner/regrade/endpoint_index.h"

enum restored {
    RESTORED,
    RESTORED_GIVEN_UP, /* the record has no verdict: the run was stopped, or lacked something */
    RESTORED_ENDPOINT_MISSING, /* the file has no record of an endpoint that the domain names */
    RESTORED_NO_MEMORY
};

struct restored_domain {
    struct domain_record record;       /* as the judge wants it: without a verdict */
    struct target_evidence evidence;   /* to be released */
    struct domain_published published; /* texts of which the evidence borrows */
    struct target_mx *mx;              /* as in the evidence */
    struct target_service *services;
    struct endpoint_key missing; /* where one is; texts in the arena or the record's */
};

/*
 * `record` stays as it is and is borrowed, as is the index; `line` is the number of its line.
 * `grades_by_mx`: the run asked for mail between servers. Where that is not RESTORED nothing is to
 * be released.
 */
enum restored restore_domain(const struct domain_record *record, uint64_t line, bool grades_by_mx,
                             const struct endpoint_index *index, struct arena *arena,
                             struct restored_domain *out_domain);

void restored_domain_release(struct restored_domain *domain);

#endif
