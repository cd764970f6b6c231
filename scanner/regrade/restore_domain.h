/*
 * Makes the evidence that domains are judged by from a domain's record in a result file and from
 * the new verdicts on the endpoints of the same file.
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
    RESTORED_GIVEN_UP,         /* the scan gave the domain up, so the record has no verdict */
    RESTORED_ENDPOINT_MISSING, /* the file has no record of an endpoint that the domain names */
    RESTORED_NO_MEMORY
};

struct restored_domain {
    struct domain_record record;       /* without a verdict, for the judge to fill */
    struct target_evidence evidence;   /* owns its hosts until restored_domain_release() */
    struct domain_published published; /* the evidence borrows its texts */
    struct target_mx *mx;              /* the evidence's, not const */
    struct target_service *services;
    /* With RESTORED_ENDPOINT_MISSING. Texts are in the arena or borrowed from the record. */
    struct endpoint_key missing;
};

/*
 * `record` stands on line number `line`; it and `index` are borrowed. `grades_by_mx` says that the
 * run asked for mail between servers. The caller releases *out_domain by restored_domain_release()
 * if RESTORED is returned; otherwise nothing is left to release.
 */
enum restored restore_domain(const struct domain_record *record, uint64_t line, bool grades_by_mx,
                             const struct endpoint_index *index, struct arena *arena,
                             struct restored_domain *out_domain);

void restored_domain_release(struct restored_domain *domain);

#endif
