#include "scanner/grading/target_enforced.h"

#include <string.h>

#define HOSTS_NAMED_MAX 4 /* in the words of a finding; the record has them all */

/* ---- DANE: RFC 7672 ---- */

/* A domain with neither MX nor address takes no mail, and its signatures keep none away. */
static bool has_host(const struct domain_record *record)
{
    return record->mail == MAIL_MX || (record->num_mx > 0 && record->mx[0].num_endpoints > 0);
}

static void judge_dane(struct domain_record *record, const struct target_enforcement *enforcement,
                       struct judgement *judgement)
{
    record->dane = enforcement->dane;
    if (record->mx_bogus != NULL && has_host(record)) {
        judgement_add_place(judgement,
                            record->dane == DANE_BOGUS ? FINDING_DANE_BOGUS : FINDING_DANE_DOUBTED,
                            NULL, "%s", record->mx_bogus);
    }
    if (record->dane == DANE_PARTIAL) {
        judgement_add(judgement, FINDING_DANE_PARTIAL, "%s",
                      enforcement->mx_is_signed ? "not every MX host has matching records"
                                                : "the MX records are not signed");
    }
}

/* ---- MTA-STS: RFC 8461 ---- */

static const char *list_problems(const struct mta_sts_record *record, struct arena *arena)
{
    const char *list = "";
    for (size_t i = 0; list != NULL && i < record->num_problems; i++) {
        list =
            i == 0 ? record->problems[i] : arena_format(arena, "%s, %s", list, record->problems[i]);
    }
    return list != NULL ? list : "";
}

static bool is_failing(const struct mx_record *mx)
{
    return mx->mta_sts != MTA_STS_HOST_NOT_ASKED && mx->mta_sts != MTA_STS_HOST_PASSES &&
           mx->mta_sts != MTA_STS_HOST_UNOBSERVED;
}

/* Which hosts do not pass, and why: what whoever has to mend it asks first. */
static const char *list_failing(const struct domain_record *record, struct arena *arena)
{
    const char *list = NULL;
    unsigned num = 0;
    for (size_t i = 0; i < record->num_mx; i++) {
        const struct mx_record *mx = &record->mx[i];
        if (!is_failing(mx)) {
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

static void judge_mta_sts(struct domain_record *record,
                          const struct target_enforcement *enforcement, struct judgement *judgement)
{
    record->mta_sts = enforcement->mta_sts;
    enum finding_code code = finding_of(&record->mta_sts);
    if (code == FINDING_COUNT) {
        return;
    }
    const char *detail = list_failing(record, judgement->arena);
    if (detail == NULL && record->mta_sts.num_problems > 0) {
        detail = list_problems(&record->mta_sts, judgement->arena);
    }
    judgement_add(judgement, code, detail != NULL ? "%s" : NULL, detail);
    for (size_t i = 0; i < record->num_mx; i++) {
        if (is_failing(&record->mx[i])) {
            judgement_list_place(judgement, code,
                                 &(struct finding_place){.host = record->mx[i].host.bytes});
        }
    }
}

/* ---- TLS reporting: RFC 8460 ---- */

static void judge_tls_rpt(struct domain_record *record,
                          const struct target_enforcement *enforcement, struct judgement *judgement)
{
    record->tls_rpt = enforcement->tls_rpt;
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

void target_enforced_judge(struct domain_record *record,
                           const struct target_enforcement *enforcement,
                           struct judgement *judgement)
{
    judge_dane(record, enforcement, judgement);
    judge_mta_sts(record, enforcement, judgement);
    judge_tls_rpt(record, enforcement, judgement);
    record->spf = enforcement->spf;
    record->dmarc = enforcement->dmarc;
    record->enforced = enforced_by(record);
    record->enforced_reason =
        arena_format(judgement->arena, "DANE: %s; MTA-STS: %s", dane_status_name(record->dane),
                     mta_sts_status_name(record->mta_sts.status));
}
