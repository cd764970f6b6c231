#include "scanner/regrade/restore_published.h"

#include <stdio.h>
#include <string.h>

#include "scanner/enforcement/mta_sts_problem.h"

/* mta_sts_judge() gives these two statuses for no other reason than the TXT record. */
static enum mta_sts_txt_status txt_status_of(enum mta_sts_status status, uint64_t problems)
{
    switch (status) {
    case MTA_STS_NONE:
        return MTA_STS_TXT_ABSENT;
    case MTA_STS_INVALID_RECORD:
        return MTA_STS_TXT_INVALID;
    default:
        break;
    }
    bool is_known = (problems & MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_TXT_LOOKUP_FAILED)) == 0;
    return is_known ? MTA_STS_TXT_VALID : MTA_STS_TXT_UNKNOWN;
}

static enum mta_sts_mode mode_of(const char *name)
{
    unsigned mode = MTA_STS_MODE_ENFORCE;
    while (mode != MTA_STS_MODE_UNKNOWN &&
           (name == NULL || strcmp(name, mta_sts_mode_name((enum mta_sts_mode)mode)) != 0)) {
        mode--;
    }
    return (enum mta_sts_mode)mode;
}

void restore_published(const struct domain_record *record, struct domain_published *out_published)
{
    const struct mta_sts_record *mta_sts = &record->mta_sts;
    const uint64_t problems = mta_sts_problems_of(mta_sts->problems, mta_sts->num_problems);
    const uint64_t of_fetch = problems & MTA_STS_PROBLEMS_OF_FETCH;
    const uint64_t of_type = MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_FETCH_CONTENT_TYPE);
    *out_published = (struct domain_published){
        .txt = {.status = txt_status_of(mta_sts->status, problems),
                .problems = problems & MTA_STS_PROBLEMS_OF_TXT},
        .tls_rpt = record->tls_rpt,
        .spf = record->spf,
        .dmarc = record->dmarc,
    };
    struct domain_published *out = out_published;
    (void)snprintf(out->txt.id, sizeof(out->txt.id), "%s", mta_sts->id != NULL ? mta_sts->id : "");
    /* A policy that was not fetched has a fetch problem that says so, and is judged by it. */
    out->is_fetched = out->txt.status == MTA_STS_TXT_VALID;
    out->fetch = (struct mta_sts_fetch){of_fetch, mta_sts->may_be_the_network};
    out->has_policy = out->is_fetched && (of_fetch & ~of_type) == 0;
    out->policy = (struct mta_sts_policy){
        .is_valid = mta_sts->status != MTA_STS_SYNTAX_ERROR,
        .mode = mode_of(mta_sts->mode),
        .max_age = mta_sts->max_age,
        .mx = mta_sts->mx,
        .num_mx = mta_sts->num_mx,
        .problems = problems & MTA_STS_PROBLEMS_OF_POLICY,
    };
}
