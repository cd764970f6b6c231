/*
 * What a domain's hosts amount to: its letter, its findings and the two answers. Pure but for the
 * arena that takes the texts.
 */
#ifndef MXGRADE_SCANNER_TARGET_JUDGE_H
#define MXGRADE_SCANNER_TARGET_JUDGE_H

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

/*
 * Completes a domain's record from what is known of its hosts. `problem` is why the input line is
 * no domain, or NULL.
 */
void target_judge(struct domain_record *record, const struct target_mx *mx, size_t num_mx,
                  const char *problem, struct judgement *judgement);

#endif
