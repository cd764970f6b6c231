#include "scanner/enforcement/mta_sts.h"

#include <string.h>
#include <strings.h>

#include "scanner/enforcement/mta_sts_problem.h"
#include "scanner/enforcement/txt_fields.h"

#define BIT(problem) MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_##problem)

/* ---- The fetch ---- */

bool mta_sts_is_text_plain(const char *content_type)
{
    static const char wanted[] = "text/plain";
    struct text type = txt_trim((struct text){content_type, strcspn(content_type, ";")});
    return type.len == sizeof(wanted) - 1 && strncasecmp(type.bytes, wanted, type.len) == 0;
}

bool mta_sts_has_body(const struct https_response *response)
{
    return response->outcome == HTTPS_OK;
}

static bool may_be_the_network(const struct https_response *response)
{
    switch (response->outcome) {
    case HTTPS_DNS:
        return response->dns != DNS_NODATA && response->dns != DNS_NXDOMAIN;
    case HTTPS_TLS:
        return response->tls_failure == TLS_FAILURE_CLOSED ||
               response->tls_failure == TLS_FAILURE_RESET;
    case HTTPS_CONNECT:
    case HTTPS_TIMEOUT:
    case HTTPS_CLOSED:
        return true;
    default:
        return false;
    }
}

static uint64_t fetch_problem(const struct https_response *response)
{
    switch (response->outcome) {
    case HTTPS_OK:
        return mta_sts_is_text_plain(response->content_type) ? 0 : BIT(FETCH_CONTENT_TYPE);
    case HTTPS_DNS:
        return BIT(FETCH_DNS);
    case HTTPS_NOT_ALLOWED:
        return BIT(FETCH_ADDRESS_NOT_PUBLIC);
    case HTTPS_CONNECT:
        return BIT(FETCH_CONNECT);
    case HTTPS_TLS:
        return BIT(FETCH_TLS);
    case HTTPS_CERTIFICATE:
        return BIT(FETCH_CERTIFICATE);
    case HTTPS_STATUS:
        return BIT(FETCH_HTTP);
    case HTTPS_REDIRECT:
        return BIT(FETCH_REDIRECT);
    case HTTPS_TOO_BIG:
        return BIT(FETCH_TOO_BIG);
    case HTTPS_TIMEOUT:
        return BIT(FETCH_TIMEOUT);
    case HTTPS_CLOSED:
        return BIT(FETCH_CLOSED);
    case HTTPS_MALFORMED:
        return BIT(FETCH_MALFORMED);
    case HTTPS_LOCAL:
        break;
    }
    return BIT(FETCH_NOT_DONE);
}

struct mta_sts_fetch mta_sts_fetch_of(const struct https_response *response)
{
    return (struct mta_sts_fetch){fetch_problem(response), may_be_the_network(response)};
}

/* ---- The hosts ---- */

static bool is_observed(const struct mta_sts_mx *mx)
{
    return mx->starttls == TRI_NO ||
           (mx->starttls == TRI_YES && mx->certificate_is_valid != TRI_UNKNOWN);
}

static enum mta_sts_host judge_host(const struct mta_sts_policy *policy,
                                    const struct mta_sts_mx *mx)
{
    if (!is_observed(mx)) {
        return MTA_STS_HOST_UNOBSERVED;
    }
    if (!mta_sts_policy_allows(policy, mx->host)) {
        return MTA_STS_HOST_MISMATCH;
    }
    if (mx->starttls == TRI_NO) {
        return MTA_STS_HOST_NO_STARTTLS;
    }
    return mx->certificate_is_valid == TRI_NO ? MTA_STS_HOST_CERTIFICATE_INVALID
                                              : MTA_STS_HOST_PASSES;
}

static uint64_t host_problem(const struct mta_sts_policy *policy, const struct mta_sts_mx *mx)
{
    static const uint64_t problems[] = {
        [MTA_STS_HOST_UNOBSERVED] = BIT(MX_UNOBSERVED),
        [MTA_STS_HOST_PASSES] = 0,
        [MTA_STS_HOST_MISMATCH] = BIT(MX_MISMATCH),
        [MTA_STS_HOST_NO_STARTTLS] = BIT(MX_NO_STARTTLS),
        [MTA_STS_HOST_CERTIFICATE_INVALID] = BIT(MX_CERTIFICATE_INVALID),
    };
    return problems[judge_host(policy, mx)];
}

static bool is_used(const char *pattern, const struct mta_sts_mx *mx, size_t num_mx)
{
    for (size_t i = 0; i < num_mx; i++) {
        if (mta_sts_mx_matches(pattern, mx[i].host)) {
            return true;
        }
    }
    return false;
}

static uint64_t unused_problem(const struct mta_sts_input *input)
{
    for (size_t i = 0; i < input->policy->num_mx; i++) {
        if (!is_used(input->policy->mx[i], input->mx, input->num_mx)) {
            return BIT(MX_PATTERN_UNUSED);
        }
    }
    return 0;
}

static enum mta_sts_status judge_hosts(const struct mta_sts_input *input, uint64_t *problems)
{
    size_t num_observed = 0;
    uint64_t found = 0;
    for (size_t i = 0; i < input->num_mx; i++) {
        num_observed += is_observed(&input->mx[i]) ? 1 : 0;
        found |= host_problem(input->policy, &input->mx[i]);
    }
    *problems |= found | unused_problem(input);
    if ((found & BIT(MX_MISMATCH)) != 0) {
        return MTA_STS_MX_MISMATCH;
    }
    if ((found & (BIT(MX_NO_STARTTLS) | BIT(MX_CERTIFICATE_INVALID))) != 0) {
        return MTA_STS_BROKEN;
    }
    if (num_observed == 0) {
        return MTA_STS_UNKNOWN;
    }
    return input->policy->mode == MTA_STS_MODE_ENFORCE ? MTA_STS_ENFORCE : MTA_STS_TESTING;
}

/* ---- All together ---- */

static enum mta_sts_status judge_policy(const struct mta_sts_input *input, uint64_t *problems)
{
    if (input->fetch == NULL) {
        *problems |= BIT(FETCH_NOT_DONE);
        return MTA_STS_UNKNOWN;
    }
    uint64_t fetch = input->fetch->problems;
    *problems |= fetch;
    if (input->policy != NULL) {
        *problems |= input->policy->problems;
    }
    if (fetch != 0) {
        return fetch == BIT(FETCH_NOT_DONE) ? MTA_STS_UNKNOWN : MTA_STS_FETCH_FAILED;
    }
    if (input->policy == NULL) { /* no memory to parse it */
        return MTA_STS_UNKNOWN;
    }
    if (!input->policy->is_valid) {
        return MTA_STS_SYNTAX_ERROR;
    }
    return input->policy->mode == MTA_STS_MODE_NONE ? MTA_STS_OFF : judge_hosts(input, problems);
}

enum mta_sts_status mta_sts_judge(const struct mta_sts_input *input, uint64_t *out_problems)
{
    *out_problems = input->txt->problems;
    switch (input->txt->status) {
    case MTA_STS_TXT_UNKNOWN:
        break;
    case MTA_STS_TXT_ABSENT:
        return MTA_STS_NONE;
    case MTA_STS_TXT_INVALID:
        return MTA_STS_INVALID_RECORD;
    case MTA_STS_TXT_VALID:
        return judge_policy(input, out_problems);
    }
    return MTA_STS_UNKNOWN;
}

enum mta_sts_host mta_sts_judge_host(const struct mta_sts_input *input, const struct mta_sts_mx *mx)
{
    const struct mta_sts_policy *policy = input->policy;
    bool is_in_force = input->txt->status == MTA_STS_TXT_VALID && input->fetch != NULL &&
                       input->fetch->problems == 0 && policy != NULL && policy->is_valid &&
                       policy->mode != MTA_STS_MODE_NONE;
    return is_in_force ? judge_host(policy, mx) : MTA_STS_HOST_NOT_ASKED;
}

bool mta_sts_fill(struct arena *arena, const struct mta_sts_input *input,
                  struct mta_sts_record *out_record)
{
    uint64_t problems;
    *out_record = (struct mta_sts_record){.max_age = -1};
    out_record->status = mta_sts_judge(input, &problems);
    out_record->id = input->txt->id[0] != '\0' ? input->txt->id : NULL;
    out_record->may_be_the_network =
        out_record->status == MTA_STS_FETCH_FAILED && input->fetch->may_be_the_network;
    if (input->policy != NULL) {
        out_record->mode = mta_sts_mode_name(input->policy->mode);
        out_record->max_age = input->policy->max_age;
        out_record->mx = input->policy->mx;
        out_record->num_mx = input->policy->num_mx;
    }
    return mta_sts_problem_names(arena, problems, &out_record->problems, &out_record->num_problems);
}
