/*
 * What a domain's hosts amount to: its letter, its findings and the two answers. Pure but for the
 * arena that takes the texts.
 */
#ifndef MXGRADE_SCANNER_TARGET_JUDGE_H
#define MXGRADE_SCANNER_TARGET_JUDGE_H

#include "scanner/dane_plan.h"
#include "scanner/domain_policy.h"
#include "scanner/host.h"
#include "scanner/judge.h"

/* An MX of a domain while it is being looked into. */
struct target_mx {
    int32_t preference;         /* -1: implicit */
    const char *name;           /* as the MX names it */
    const char *host;           /* its A-label form; NULL where it cannot be a host */
    bool is_null;               /* "." */
    bool is_address;            /* an IP address where a name belongs */
    struct host_result *result; /* a reference; NULL where there is no host */
};

/* All that is known of a domain. */
struct target_evidence {
    const struct target_mx *mx;
    size_t num_mx;
    const struct dane_lookup *mx_lookup;
    bool trusts_resolver;               /* its AD bit means something */
    const struct domain_policy *policy; /* NULL: not asked for */
    const char *problem;                /* why the input line is no domain; NULL */
};

/* Completes a domain's record. */
void target_judge(struct domain_record *record, const struct target_evidence *evidence,
                  struct judgement *judgement);

/*
 * The second answer, in target_enforced.c: DANE, MTA-STS, TLS reporting, and whether TLS is
 * enforced. Fills their parts of the record and adds their findings.
 */
void target_judge_enforcement(struct domain_record *record, const struct target_evidence *evidence,
                              struct judgement *judgement);

#endif
