/*
 * Which findings of a domain are accepted: those that are accepted of the domain itself, and those
 * that are accepted of each host that has them. A finding of the domain as such, which no address
 * has, is accepted of the domain alone.
 */
#ifndef MXGRADE_SCANNER_TARGET_ACCEPT_H
#define MXGRADE_SCANNER_TARGET_ACCEPT_H

#include "scanner/grading/judgement.h"
#include "scanner/grading/target_evidence.h"

struct target_accept {
    struct acceptances *acceptances;                /* borrowed; NULL: nothing is accepted */
    const char *domain;                             /* NULL: the line is none */
    struct finding_set not_by_hosts;                /* an address has it of whose host it is not */
    const struct accepted *by_hosts[FINDING_COUNT]; /* the one that ends first */
};

void target_accept_init(struct target_accept *accept, const struct policy *policy,
                        const char *domain);

/* Takes the findings that an address of the host brings into the domain's letter. Returns those
 * that are accepted there, of the host or of the domain. */
struct finding_set target_accept_address(struct target_accept *accept, const struct target_mx *host,
                                         const struct finding_set *findings);

/* Marks what is accepted in the judgement, which has all findings of the domain. `own`: those that
 * it has by itself. */
void target_accept_mark(const struct target_accept *accept, struct judgement *judgement,
                        const struct finding_set *own);

#endif
