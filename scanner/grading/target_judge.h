/*
 * What a domain's hosts amount to: its letter, its findings and the two answers. Pure but for the
 * arena that takes the texts.
 */
#ifndef MXGRADE_SCANNER_TARGET_JUDGE_H
#define MXGRADE_SCANNER_TARGET_JUDGE_H

#include "scanner/enforcement/dane_plan.h"
#include "scanner/engine/domain_policy.h"
#include "scanner/engine/host.h"
#include "scanner/grading/judge.h"

struct target;

/* An MX of a domain, or a host of another service, while it is being looked into. */
struct target_mx {
    int32_t preference; /* -1: implicit */
    const char *name;   /* as the MX names it */
    const char *host;   /* its A-label form; NULL where it cannot be a host */
    bool is_null;       /* "." */
    bool is_address;    /* an IP address where a name belongs */
    const struct service *service;
    uint16_t port;
    struct target *target;      /* back to whose it is */
    struct host_result *result; /* a reference; NULL where there is no host */
};

/* A service of a domain other than mail between servers. */
struct target_service {
    struct target *target;
    const struct service *service;
    bool is_known;
    enum outcome outcome; /* of the SRV look-up */
    enum tri offered;     /* by an SRV record; no: by one that names the root */
    struct target_mx *hosts;
    size_t num_hosts;
    size_t hosts_max; /* for how many there is room */
};

/* All that is known of a domain. */
struct target_evidence {
    const struct target_mx *mx;
    size_t num_mx;
    const struct dane_lookup *mx_lookup;
    bool trusts_resolver;               /* its AD bit means something */
    const struct domain_policy *policy; /* NULL: not asked for */
    const struct target_service *services;
    size_t num_services;
    bool grades_by_mx;   /* else by the services: mail between servers was not asked for */
    const char *problem; /* why the input line is no domain; NULL */
};

/*
 * Do the certificates of a host match its TLSA records under the name of this mail domain, though
 * not under the host's own? RFC 7672 section 3.2.2 takes either. In target_enforced.c.
 */
bool target_is_named(const struct target_mx *mx, const char *domain);

/* Would a sender that keeps to the domain's MTA-STS policy deliver to it? In target_enforced.c. */
enum mta_sts_host target_mta_sts(const struct target_evidence *evidence,
                                 const struct target_mx *mx);

/* Of a domain that has no address to look at: what the two answers say in place of counts. */
const char *target_why_no_hosts(const struct domain_record *record);

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
