/*
 * Holds what was seen of a domain's hosts against what the domain publishes, by the rules of
 * scanner/enforcement: DANE, MTA-STS, TLS reporting. The verdict on the outcome is grading's.
 */
#ifndef MXGRADE_SCANNER_TARGET_ENFORCEMENT_H
#define MXGRADE_SCANNER_TARGET_ENFORCEMENT_H

#include "scanner/enforcement/dane_plan.h"
#include "scanner/domain/domain_published.h"
#include "scanner/grading/target_evidence.h"

struct target_enforcement_input {
    const struct hostname *domain; /* NULL: the line is no domain */
    const struct dane_lookup *mx_lookup;
    bool trusts_resolver;                  /* its AD bit means something */
    const struct domain_published *policy; /* NULL: not asked for */
};

/* Says of each host whether its certificates match under the domain's name. */
void target_enforcement_name_hosts(const struct hostname *domain, struct target_mx *hosts,
                                   size_t num_hosts);

/*
 * Judges the MTA-STS policy that the domain publishes and sets `mta_sts` of each host. Texts of the
 * record are in the arena or in `published`. The status is MTA_STS_UNKNOWN on lack of memory.
 */
struct mta_sts_record target_enforcement_mta_sts(const struct domain_published *published,
                                                 struct target_mx *mx, size_t num_mx,
                                                 struct arena *arena);

/*
 * The same for the MX hosts, and how each fares under the MTA-STS policy; then what all of them
 * amount to. Texts are in the arena or the policy's. What cannot be told for lack of memory is
 * unknown.
 */
struct target_enforcement target_enforcement_of(const struct target_enforcement_input *input,
                                                struct target_mx *mx, size_t num_mx,
                                                struct arena *arena);

#endif
