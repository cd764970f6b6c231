/* Is TLS towards a domain enforced, and does the enforcement work? */
#include "scanner/grading/target_judge.h"

#include <string.h>

#include "scanner/enforcement/dane_domain.h"
#include "scanner/engine/target.h"

#define HOSTS_NAMED_MAX 4 /* in the words of a finding; the record has them all */

/* ---- DANE: RFC 7672 ---- */

/* What cannot be a host, or does not exist, has no place in the verdict: no mail goes there. */
static bool takes_part(const struct target_mx *mx)
{
    return mx->result != NULL && mx->result->outcome != OUTCOME_DNS_NXDOMAIN &&
           mx->result->outcome != OUTCOME_DNS_NODATA;
}

bool target_is_named(const struct target_mx *mx, const char *domain)
{
    const struct host_result *result = mx->result;
    if (result == NULL || domain == NULL || result->dane != DANE_MISMATCH) {
        return false;
    }
    for (size_t i = 0; i < result->num_endpoints; i++) {
        const struct endpoint_summary *endpoint = &result->endpoints[i];
        if (endpoint->dane == DANE_MISMATCH && !leaf_names_have(endpoint->leaf_names, domain)) {
            return false;
        }
    }
    return true;
}

static void judge_dane(struct domain_record *record, const struct target_evidence *evidence,
                       struct judgement *judgement)
{
    enum dane_status statuses[TARGET_MX_MAX];
    size_t num = 0;
    for (size_t i = 0; i < evidence->num_mx && num < TARGET_MX_MAX; i++) {
        if (takes_part(&evidence->mx[i])) {
            bool is_named = target_is_named(&evidence->mx[i], record->domain);
            statuses[num++] = is_named ? DANE_VALID : evidence->mx[i].result->dane;
        }
    }
    record->dane =
        dane_domain_status(evidence->mx_lookup, evidence->trusts_resolver, statuses, num);
    if (record->dane == DANE_PARTIAL) {
        judgement_add(judgement, FINDING_DANE_PARTIAL, "%s",
                      evidence->mx_lookup->authentic ? "not every MX host has matching records"
                                                     : "the MX records are not signed");
    }
}

/* ---- MTA-STS: RFC 8461 ---- */

/* What a sender that enforces the policy would meet: any address may be the one it picks. */
static struct mta_sts_mx mta_sts_mx_of(const struct target_mx *mx)
{
    struct mta_sts_mx out = {.host = mx->host};
    for (size_t i = 0; mx->result != NULL && i < mx->result->num_endpoints; i++) {
        const struct endpoint_summary *endpoint = &mx->result->endpoints[i];
        if (endpoint->starttls == TRI_NO || out.starttls == TRI_UNKNOWN) {
            out.starttls = endpoint->starttls;
        }
        if (endpoint->starttls == TRI_YES && !endpoint->certificate_valid) {
            out.certificate_is_valid = TRI_NO;
        } else if (endpoint->starttls == TRI_YES && out.certificate_is_valid == TRI_UNKNOWN) {
            out.certificate_is_valid = TRI_YES;
        }
    }
    return out;
}

static struct mta_sts_input mta_sts_input_of(const struct domain_policy *policy)
{
    return (struct mta_sts_input){
        .txt = &policy->txt,
        .response = policy->is_fetched ? &policy->response : NULL,
        .policy = policy->has_policy ? &policy->policy : NULL,
    };
}

enum mta_sts_host target_mta_sts(const struct target_evidence *evidence, const struct target_mx *mx)
{
    if (evidence->policy == NULL || mx->host == NULL) {
        return MTA_STS_HOST_NOT_ASKED;
    }
    const struct mta_sts_input input = mta_sts_input_of(evidence->policy);
    const struct mta_sts_mx host = mta_sts_mx_of(mx);
    return mta_sts_judge_host(&input, &host);
}

static bool fill_mta_sts(struct domain_record *record, const struct target_evidence *evidence,
                         struct arena *arena)
{
    struct mta_sts_mx *mx = arena_alloc(arena, (evidence->num_mx + 1) * sizeof(*mx));
    size_t num_mx = 0;
    if (mx == NULL) {
        return false;
    }
    for (size_t i = 0; i < evidence->num_mx; i++) {
        if (evidence->mx[i].host != NULL) {
            mx[num_mx++] = mta_sts_mx_of(&evidence->mx[i]);
        }
    }
    struct mta_sts_input input = mta_sts_input_of(evidence->policy);
    input.mx = mx;
    input.num_mx = num_mx;
    return mta_sts_fill(arena, &input, &record->mta_sts);
}

static const char *list_problems(const struct mta_sts_record *record, struct arena *arena)
{
    const char *list = "";
    for (size_t i = 0; list != NULL && i < record->num_problems; i++) {
        list =
            i == 0 ? record->problems[i] : arena_format(arena, "%s, %s", list, record->problems[i]);
    }
    return list != NULL ? list : "";
}

/* Which hosts do not pass, and why: what whoever has to mend it asks first. */
static const char *list_failing(const struct domain_record *record, struct arena *arena)
{
    const char *list = NULL;
    unsigned num = 0;
    for (size_t i = 0; i < record->num_mx; i++) {
        const struct mx_record *mx = &record->mx[i];
        if (mx->mta_sts == MTA_STS_HOST_NOT_ASKED || mx->mta_sts == MTA_STS_HOST_PASSES ||
            mx->mta_sts == MTA_STS_HOST_UNOBSERVED) {
            continue;
        }
        if (++num > HOSTS_NAMED_MAX) {
            const char *more = arena_format(arena, "%s, ...", list);
            return more != NULL ? more : list;
        }
        const char *why = mta_sts_host_name(mx->mta_sts);
        int len = (int)mx->host.len;
        const char *longer =
            list == NULL ? arena_format(arena, "%.*s: %s", len, mx->host.bytes, why)
                         : arena_format(arena, "%s, %.*s: %s", list, len, mx->host.bytes, why);
        list = longer != NULL ? longer : list;
    }
    return list;
}

static enum finding_code finding_of(const struct mta_sts_record *record)
{
    bool is_enforced = record->mode != NULL && strcmp(record->mode, "enforce") == 0;
    switch (record->status) {
    case MTA_STS_NONE:
        return FINDING_NO_MTA_STS;
    case MTA_STS_TESTING:
        return FINDING_MTA_STS_TESTING;
    case MTA_STS_OFF:
        return FINDING_MTA_STS_OFF;
    case MTA_STS_MX_MISMATCH:
    case MTA_STS_BROKEN:
        return is_enforced ? FINDING_MTA_STS_BROKEN : FINDING_MTA_STS_WOULD_BREAK;
    case MTA_STS_INVALID_RECORD:
    case MTA_STS_FETCH_FAILED:
    case MTA_STS_SYNTAX_ERROR:
        return FINDING_MTA_STS_INVALID;
    case MTA_STS_ENFORCE:
    case MTA_STS_UNKNOWN:
        break;
    }
    return FINDING_COUNT;
}

static void judge_mta_sts(struct domain_record *record, const struct target_evidence *evidence,
                          struct judgement *judgement)
{
    if (!fill_mta_sts(record, evidence, judgement->arena)) {
        return; /* unknown */
    }
    enum finding_code code = finding_of(&record->mta_sts);
    if (code == FINDING_COUNT) {
        return;
    }
    const char *detail = list_failing(record, judgement->arena);
    if (detail == NULL && record->mta_sts.num_problems > 0) {
        detail = list_problems(&record->mta_sts, judgement->arena);
    }
    judgement_add(judgement, code, detail != NULL ? "%s" : NULL, detail);
}

/* ---- TLS reporting: RFC 8460 ---- */

static void judge_tls_rpt(struct domain_record *record, const struct domain_policy *policy,
                          struct judgement *judgement)
{
    record->tls_rpt = policy->tls_rpt;
    if (record->tls_rpt.status.value != TRI_NO) {
        return;
    }
    if (record->tls_rpt.num_problems > 0) {
        judgement_add(judgement, FINDING_TLS_RPT_INVALID, "%s", record->tls_rpt.problems[0]);
    } else {
        judgement_add(judgement, FINDING_NO_TLS_RPT, NULL);
    }
}

/* ---- The answer ---- */

static enum enforced_tls enforced_by(const struct domain_record *record)
{
    bool by_dane = record->dane == DANE_VALID;
    bool by_mta_sts = record->mta_sts.status == MTA_STS_ENFORCE;
    if (by_dane || by_mta_sts) {
        return by_dane && by_mta_sts ? ENFORCED_BOTH : by_dane ? ENFORCED_DANE : ENFORCED_MTA_STS;
    }
    bool is_open = record->dane == DANE_UNKNOWN || record->dane == DANE_TEMPERROR ||
                   record->mta_sts.status == MTA_STS_UNKNOWN || record->mta_sts.may_be_the_network;
    return is_open ? ENFORCED_UNKNOWN : ENFORCED_NONE;
}

/*
 * There are no hosts to look at. MX records that cannot be had are DANE's matter all the same:
 * senders put the mail off (RFC 7672 section 2.1.2).
 */
static void judge_without_hosts(struct domain_record *record,
                                const struct target_evidence *evidence)
{
    record->enforced_reason = target_why_no_hosts(record);
    if (record->mail == MAIL_UNKNOWN && evidence->trusts_resolver) {
        record->dane = dane_domain_status(evidence->mx_lookup, true, NULL, 0);
    }
}

void target_judge_enforcement(struct domain_record *record, const struct target_evidence *evidence,
                              struct judgement *judgement)
{
    if (evidence->policy == NULL || (record->mail != MAIL_MX && record->mail != MAIL_IMPLICIT)) {
        judge_without_hosts(record, evidence);
        return;
    }
    judge_dane(record, evidence, judgement);
    judge_mta_sts(record, evidence, judgement);
    judge_tls_rpt(record, evidence->policy, judgement);
    record->enforced = enforced_by(record);
    record->enforced_reason =
        arena_format(judgement->arena, "DANE: %s; MTA-STS: %s", dane_status_name(record->dane),
                     mta_sts_status_name(record->mta_sts.status));
}
