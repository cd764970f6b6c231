/*
 * What a domain's MTA-STS amounts to: RFC 8461, from the TXT record, the fetch, the policy and what
 * was seen of the MX hosts. Pure; see mta_sts_txt.h and mta_sts_policy.h for the reading.
 *
 * - none: no record announces a policy
 * - invalid_record: one does, in a way that makes senders ignore it
 * - fetch_failed: the policy cannot be had: HTTPS, certificate, status, redirect, size, time, type
 * - syntax_error: what was had is no policy
 * - off: mode none
 * - mx_mismatch: an MX host is not in the policy
 * - broken: an MX host is, but has no TLS or no valid certificate
 * - testing, enforce: the policy's mode, and all is well
 * - unknown: the DNS failed, or no MX host could be observed, or this program could not ask
 *
 * mx_mismatch and broken hold for both modes: the mode says whether mail is lost or only reported.
 * Hosts that could not be observed are left out (some MX are only there to trap spammers) and
 * named by the problem mx_unobserved.
 */
#ifndef MXGRADE_SCANNER_MTA_STS_H
#define MXGRADE_SCANNER_MTA_STS_H

#include "io/base/arena.h"
#include "io/net/https_get.h"
#include "output/record/record.h"
#include "scanner/enforcement/mta_sts_policy.h"
#include "scanner/enforcement/mta_sts_txt.h"

#define MTA_STS_PATH       "/.well-known/mta-sts.txt" /* RFC 8461 section 3.3 */
#define MTA_STS_HOST_LABEL "mta-sts"
#define MTA_STS_TXT_PREFIX "_mta-sts."

/* An MX host and whether a sender that enforces the policy could use it. */
struct mta_sts_mx {
    const struct hostname *host;
    enum tri starttls;             /* a handshake after STARTTLS was completed */
    enum tri certificate_is_valid; /* trusted, in its dates, for this host: RFC 8461 section 4.2 */
};

/* How the fetch of a policy ended. */
struct mta_sts_fetch {
    uint64_t problems;       /* MTA_STS_PROBLEM_BIT()s of the fetch; 0: it has none */
    bool may_be_the_network; /* the failure may lie in the network, not in the domain */
};

struct mta_sts_input {
    const struct mta_sts_txt *txt;
    const struct mta_sts_fetch *fetch;   /* NULL: not fetched */
    const struct mta_sts_policy *policy; /* NULL: the fetch gave none */
    const struct mta_sts_mx *mx;
    size_t num_mx;
};

/* RFC 8461 section 3.2: text/plain, whatever its parameters. */
bool mta_sts_is_text_plain(const char *content_type);

/* Whether the response holds something to parse as a policy. */
bool mta_sts_has_body(const struct https_response *response);

struct mta_sts_fetch mta_sts_fetch_of(const struct https_response *response);

/* Every MTA_STS_PROBLEM_BIT() of all parts is in *out_problems. */
enum mta_sts_status mta_sts_judge(const struct mta_sts_input *input, uint64_t *out_problems);

/* What the policy, if one is to be kept to, makes of a host. */
enum mta_sts_host mta_sts_judge_host(const struct mta_sts_input *input,
                                     const struct mta_sts_mx *mx);

/* Judges and fills the record; what it points to is in the arena, the id and the mx list are those
 * of the input. False on lack of memory. */
bool mta_sts_fill(struct arena *arena, const struct mta_sts_input *input,
                  struct mta_sts_record *out_record);

#endif
