#include "output/diff/diff_change.h"

static const char *const verdict_names[DIFF_VERDICT_COUNT] = {
    [DIFF_VERDICT_REGRESSION] = "regression",     [DIFF_VERDICT_MIXED] = "mixed",
    [DIFF_VERDICT_IMPROVEMENT] = "improvement",   [DIFF_VERDICT_NEW] = "new",
    [DIFF_VERDICT_VANISHED] = "vanished",         [DIFF_VERDICT_CHANGED] = "changed",
    [DIFF_VERDICT_NOT_OBSERVED] = "not_observed", [DIFF_VERDICT_OBSERVED_AGAIN] = "observed_again",
    [DIFF_VERDICT_ACCEPTED] = "accepted",         [DIFF_VERDICT_EXPIRING] = "expiring",
};
const struct record_enum diff_verdicts = {
    .name = "diff_verdict", .values = verdict_names, .num_values = DIFF_VERDICT_COUNT};

const char *diff_verdict_name(enum diff_verdict verdict)
{
    return record_enum_name(&diff_verdicts, verdict);
}

const char *diff_moved_name(enum diff_moved moved)
{
    static const char *const names[DIFF_MOVED_COUNT] = {
        [DIFF_MOVED_GRADE] = "grade",
        [DIFF_MOVED_ACCEPTED_GRADE] = "accepted_grade",
        [DIFF_MOVED_SCORE] = "score",
        [DIFF_MOVED_MAIL] = "mail",
        [DIFF_MOVED_OPPORTUNISTIC] = "opportunistic_tls",
        [DIFF_MOVED_DANE] = "dane",
        [DIFF_MOVED_MTA_STS] = "mta_sts",
        [DIFF_MOVED_ENFORCED] = "enforced_tls",
        [DIFF_MOVED_TLS_RPT] = "tls_rpt",
        [DIFF_MOVED_PARTIAL] = "partial",
    };
    return names[moved];
}

static const char *const certificate_change_names[] = {
    [DIFF_REPLACED] = "replaced", [DIFF_EXPIRING] = "expiring", [DIFF_EXPIRED] = "expired"};
const struct record_enum diff_certificate_changes = {.name = "diff_certificate_fate",
                                                     .values = certificate_change_names,
                                                     .num_values = DIFF_EXPIRED + 1};

const char *diff_certificate_change_name(enum diff_certificate_change change)
{
    return record_enum_name(&diff_certificate_changes, change);
}

bool diff_change_is_empty(const struct diff_change *change)
{
    for (size_t i = 0; i < DIFF_MOVED_COUNT; i++) {
        if (change->moves[i].direction != DIFF_SAME) {
            return false;
        }
    }
    const struct diff_mx *mx = &change->mx;
    return change->findings.num_items == 0 && change->open.direction == DIFF_SAME &&
           STAILQ_EMPTY(&change->certificates) &&
           mx->num_added + mx->num_removed + mx->num_preferences == 0;
}
