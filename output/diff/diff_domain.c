#include "output/diff/diff_domain.h"

#include <string.h>

#include "output/diff/diff_hosts.h"
#include "output/record/record_enum.h"

/* A comparison under way. */
struct comparison {
    const struct diff_pair *pair;
    struct arena *arena;
    struct diff_side before, after;
    struct diff_change *change;
};

/* ---- Values ---- */

static struct diff_cell cell_of_name(const struct record_enum *values, unsigned number)
{
    return (struct diff_cell){DIFF_CELL_NAME, record_enum_name(values, number), 0};
}

static struct diff_cell cell_of_score(const struct domain_record *domain)
{
    if (domain->grade == GRADE_U || domain->grade == GRADE_N) {
        return (struct diff_cell){DIFF_CELL_NULL, NULL, 0};
    }
    return (struct diff_cell){DIFF_CELL_NUMBER, NULL, domain->score};
}

static struct diff_cell cell_of_flag(bool flag)
{
    return (struct diff_cell){DIFF_CELL_BOOLEAN, NULL, flag};
}

static enum diff_direction put_move(struct comparison *comparison, enum diff_moved moved,
                                    struct diff_cell before, struct diff_cell after,
                                    enum diff_direction direction)
{
    comparison->change->moves[moved] = (struct diff_move){direction, before, after};
    return direction;
}

/* ---- Coverage ---- */

static bool has_findings(const struct comparison *comparison, enum diff_finding_state state)
{
    return diff_findings_have(&comparison->change->findings, state);
}

/*
 * Of a record without evidence, as older programs wrote, nobody knows what was open. A question is
 * also left out where its answer could not lower the letter: beside findings that came or went,
 * that says nothing of what was observed.
 */
static void compare_open(struct comparison *comparison)
{
    const struct domain_record *before = comparison->before.domain;
    const struct domain_record *after = comparison->after.domain;
    struct diff_open *open = &comparison->change->open;
    *open = (struct diff_open){DIFF_SAME, before->open, after->open};
    if (before->open == after->open || !before->has_evidence || !after->has_evidence) {
        return;
    }
    if (has_findings(comparison, DIFF_OPENED) || has_findings(comparison, DIFF_CLOSED)) {
        open->direction = DIFF_CHANGED;
    } else if ((after->open & ~before->open) != 0) {
        open->direction = DIFF_NOT_OBSERVED;
    } else {
        open->direction = DIFF_OBSERVED_AGAIN;
    }
}

/* ---- Grade and score ---- */

static int rank(enum grade grade)
{
    return grade == GRADE_U || grade == GRADE_N ? 0 : (int)grade; /* A+ is the least */
}

/* The worst letter at which the findings in that state cap; 0: at none. */
static int worst_cap(const struct comparison *comparison, enum diff_finding_state state)
{
    const struct diff_findings *findings = &comparison->change->findings;
    int worst = 0;
    for (size_t i = 0; i < findings->num_items; i++) {
        const struct finding_rule *rule =
            comparison->pair->options->find_rule(findings->items[i].finding->code);
        if (findings->items[i].state == state && rule != NULL && rank(rule->cap) > worst) {
            worst = rank(rule->cap);
        }
    }
    return worst;
}

/* Is it the policy alone that has changed? */
static bool is_by_policy(const struct comparison *comparison)
{
    return !comparison->pair->same_policy && comparison->change->findings.num_items == 0;
}

/* Is it only what was asked and answered that has changed? */
static bool is_by_coverage(const struct comparison *comparison)
{
    enum diff_direction open = comparison->change->open.direction;
    return open == DIFF_NOT_OBSERVED || open == DIFF_OBSERVED_AGAIN;
}

/* Which way the letters went that are left where accepted findings do not count. */
static enum diff_direction direction_left(const struct comparison *comparison)
{
    const struct domain_record *before = comparison->before.domain;
    const struct domain_record *after = comparison->after.domain;
    return diff_value_direction(DIFF_GRADE,
                                record_grade_left(before->grade, &before->accepted_grade),
                                record_grade_left(after->grade, &after->accepted_grade));
}

/* Did the letter move, and the one that is left did not follow? */
static bool is_by_acceptance(const struct comparison *comparison, enum diff_direction direction)
{
    return (direction == DIFF_BETTER || direction == DIFF_WORSE) &&
           direction_left(comparison) != direction;
}

/*
 * A letter that rose only because what had kept it down could not be observed has not risen, and
 * one that fell for what the earlier run could not observe has not fallen. Without a finding that
 * came or went it is the policy that has changed, or the questions that have an answer.
 */
static enum diff_direction weigh_grade(const struct comparison *comparison,
                                       enum diff_direction direction, enum grade before,
                                       enum grade after)
{
    if (is_by_policy(comparison) && (direction == DIFF_BETTER || direction == DIFF_WORSE)) {
        return DIFF_CHANGED;
    }
    if (is_by_coverage(comparison) && (direction == DIFF_BETTER || direction == DIFF_WORSE)) {
        return comparison->change->open.direction;
    }
    if (is_by_acceptance(comparison, direction)) {
        return DIFF_ACCEPTED;
    }
    if (direction == DIFF_BETTER &&
        worst_cap(comparison, DIFF_FINDING_NOT_OBSERVED) >= rank(before)) {
        return DIFF_NOT_OBSERVED;
    }
    if (direction == DIFF_WORSE &&
        worst_cap(comparison, DIFF_FINDING_OBSERVED_AGAIN) >= rank(after) &&
        worst_cap(comparison, DIFF_OPENED) <= rank(before)) {
        return DIFF_OBSERVED_AGAIN;
    }
    return direction;
}

/* Within a letter the score goes with the findings; from letter to letter it goes with these. */
static enum diff_direction weigh_score(const struct comparison *comparison,
                                       enum diff_direction grade, int64_t before, int64_t after)
{
    if (grade != DIFF_SAME) {
        return grade;
    }
    if (is_by_policy(comparison)) {
        return DIFF_CHANGED;
    }
    if (diff_findings_are_accepted(&comparison->change->findings,
                                   after > before ? DIFF_CLOSED : DIFF_OPENED)) {
        return DIFF_ACCEPTED;
    }
    if (after > before) {
        return has_findings(comparison, DIFF_FINDING_NOT_OBSERVED) &&
                       !has_findings(comparison, DIFF_CLOSED)
                   ? DIFF_NOT_OBSERVED
                   : DIFF_BETTER;
    }
    return has_findings(comparison, DIFF_FINDING_OBSERVED_AGAIN) &&
                   !has_findings(comparison, DIFF_OPENED)
               ? DIFF_OBSERVED_AGAIN
               : DIFF_WORSE;
}

static struct diff_cell cell_of_accepted(const struct accepted_grade *accepted)
{
    return accepted->until != NULL ? cell_of_name(&record_grade, accepted->grade)
                                   : (struct diff_cell){DIFF_CELL_NULL, NULL, 0};
}

/* That something is accepted is nobody's gain. It is a loss where it no longer is, or does not
 * cover what was opened, unless the letter itself tells that. */
static void compare_accepted_grade(struct comparison *comparison, enum diff_direction grade)
{
    const struct diff_findings *findings = &comparison->change->findings;
    struct diff_cell before = cell_of_accepted(&comparison->before.domain->accepted_grade);
    struct diff_cell after = cell_of_accepted(&comparison->after.domain->accepted_grade);
    bool is_loss = grade != DIFF_WORSE && direction_left(comparison) == DIFF_WORSE &&
                   (diff_findings_have_open(findings, DIFF_OPENED) ||
                    diff_findings_have(findings, DIFF_ACCEPTANCE_ENDED));
    if (before.kind != after.kind || !diff_same_string(before.name, after.name)) {
        put_move(comparison, DIFF_MOVED_ACCEPTED_GRADE, before, after,
                 is_loss ? DIFF_WORSE : DIFF_ACCEPTED);
    }
}

static void compare_grade(struct comparison *comparison)
{
    const struct domain_record *before = comparison->before.domain;
    const struct domain_record *after = comparison->after.domain;
    enum diff_direction direction =
        weigh_grade(comparison, diff_value_direction(DIFF_GRADE, before->grade, after->grade),
                    before->grade, after->grade);
    put_move(comparison, DIFF_MOVED_GRADE, cell_of_name(&record_grade, before->grade),
             cell_of_name(&record_grade, after->grade), direction);
    compare_accepted_grade(comparison, direction);
    struct diff_cell old_score = cell_of_score(before), new_score = cell_of_score(after);
    if (old_score.kind != new_score.kind || old_score.number != new_score.number) {
        put_move(comparison, DIFF_MOVED_SCORE, old_score, new_score,
                 weigh_score(comparison, direction, old_score.number, new_score.number));
    }
}

/* ---- The answers ---- */

/* If what stands behind an answer could not be seen, no move of the answer was seen either. */
static enum diff_direction weigh(const struct comparison *comparison, enum diff_direction direction,
                                 enum record_answer answer)
{
    const struct diff_findings *findings = &comparison->change->findings;
    const struct finding_sight *sight = comparison->pair->options->sight;
    if (direction == DIFF_BETTER &&
        diff_findings_behind(findings, sight, DIFF_FINDING_NOT_OBSERVED, answer) &&
        !diff_findings_behind(findings, sight, DIFF_CLOSED, answer)) {
        return DIFF_NOT_OBSERVED;
    }
    if (direction == DIFF_WORSE &&
        diff_findings_behind(findings, sight, DIFF_FINDING_OBSERVED_AGAIN, answer) &&
        !diff_findings_behind(findings, sight, DIFF_OPENED, answer)) {
        return DIFF_OBSERVED_AGAIN;
    }
    if ((direction == DIFF_WORSE &&
         diff_findings_behind_are_accepted(findings, sight, DIFF_OPENED, answer)) ||
        (direction == DIFF_BETTER &&
         diff_findings_behind_are_accepted(findings, sight, DIFF_CLOSED, answer))) {
        return DIFF_ACCEPTED;
    }
    return direction;
}

static void compare_mail(struct comparison *comparison)
{
    enum mail_kind before = comparison->before.domain->mail, after = comparison->after.domain->mail;
    put_move(comparison, DIFF_MOVED_MAIL, cell_of_name(&record_mail_kind, before),
             cell_of_name(&record_mail_kind, after),
             diff_value_direction(DIFF_MAIL, before, after));
}

static void compare_opportunistic(struct comparison *comparison)
{
    enum opportunistic_tls before = comparison->before.domain->opportunistic;
    enum opportunistic_tls after = comparison->after.domain->opportunistic;
    enum diff_direction direction = diff_value_direction(DIFF_OPPORTUNISTIC, before, after);
    put_move(comparison, DIFF_MOVED_OPPORTUNISTIC, cell_of_name(&record_opportunistic_tls, before),
             cell_of_name(&record_opportunistic_tls, after),
             weigh(comparison, direction, ANSWER_OPPORTUNISTIC));
}

static enum diff_direction compare_dane(struct comparison *comparison)
{
    enum dane_status before = comparison->before.domain->dane;
    enum dane_status after = comparison->after.domain->dane;
    enum diff_direction direction = diff_value_direction(DIFF_DANE, before, after);
    return put_move(comparison, DIFF_MOVED_DANE, cell_of_name(&record_dane_status, before),
                    cell_of_name(&record_dane_status, after),
                    weigh(comparison, direction, ANSWER_DANE));
}

static enum diff_direction compare_mta_sts(struct comparison *comparison)
{
    const struct finding_sight *sight = comparison->pair->options->sight;
    const struct domain_record *before = comparison->before.domain;
    const struct domain_record *after = comparison->after.domain;
    enum diff_direction direction =
        diff_value_direction(DIFF_MTA_STS, before->mta_sts.status, after->mta_sts.status);
    if (direction != DIFF_SAME && !sight->knows_mta_sts(after)) {
        direction = DIFF_NOT_OBSERVED;
    } else if (direction != DIFF_SAME && !sight->knows_mta_sts(before)) {
        direction = DIFF_OBSERVED_AGAIN;
    }
    return put_move(comparison, DIFF_MOVED_MTA_STS,
                    cell_of_name(&record_mta_sts_status, before->mta_sts.status),
                    cell_of_name(&record_mta_sts_status, after->mta_sts.status),
                    weigh(comparison, direction, ANSWER_MTA_STS));
}

/* What is enforced follows from the two ways to enforce it: without a loss or gain of one of them
 * it has neither lost nor gained. */
static void compare_enforced(struct comparison *comparison, enum diff_direction dane,
                             enum diff_direction mta_sts)
{
    enum enforced_tls before = comparison->before.domain->enforced;
    enum enforced_tls after = comparison->after.domain->enforced;
    enum diff_direction direction = diff_value_direction(DIFF_ENFORCED, before, after);
    if ((direction == DIFF_BETTER || direction == DIFF_WORSE) && dane != direction &&
        mta_sts != direction) {
        if (dane == DIFF_ACCEPTED || mta_sts == DIFF_ACCEPTED) {
            direction = DIFF_ACCEPTED;
        } else if (dane == DIFF_NOT_OBSERVED || mta_sts == DIFF_NOT_OBSERVED) {
            direction = DIFF_NOT_OBSERVED;
        } else if (dane == DIFF_OBSERVED_AGAIN || mta_sts == DIFF_OBSERVED_AGAIN) {
            direction = DIFF_OBSERVED_AGAIN;
        }
    }
    put_move(comparison, DIFF_MOVED_ENFORCED, cell_of_name(&record_enforced_tls, before),
             cell_of_name(&record_enforced_tls, after), direction);
}

static void compare_tls_rpt(struct comparison *comparison)
{
    enum tri before = comparison->before.domain->tls_rpt.status.value;
    enum tri after = comparison->after.domain->tls_rpt.status.value;
    put_move(comparison, DIFF_MOVED_TLS_RPT, cell_of_name(&record_verdict, before),
             cell_of_name(&record_verdict, after),
             diff_value_direction(DIFF_TLS_RPT, before, after));
}

/* Whether all addresses were observed. */
static void compare_partial(struct comparison *comparison)
{
    bool before = comparison->before.domain->partial, after = comparison->after.domain->partial;
    if (before != after) {
        put_move(comparison, DIFF_MOVED_PARTIAL, cell_of_flag(before), cell_of_flag(after),
                 after ? DIFF_NOT_OBSERVED : DIFF_OBSERVED_AGAIN);
    }
}

static void compare_answers(struct comparison *comparison)
{
    compare_mail(comparison);
    compare_opportunistic(comparison);
    enum diff_direction dane = compare_dane(comparison);
    compare_enforced(comparison, dane, compare_mta_sts(comparison));
    compare_tls_rpt(comparison);
    compare_partial(comparison);
}

/* ---- Hosts ---- */

static bool compare_hosts(struct comparison *comparison)
{
    struct diff_change *change = comparison->change;
    struct diff_mx *mx = &change->mx;
    if (!diff_mx(comparison->arena, &comparison->before, &comparison->after, mx)) {
        return false;
    }
    if (mx->num_added + mx->num_removed + mx->num_preferences > 0 &&
        !diff_providers(comparison->arena, &comparison->before, &comparison->after,
                        &change->providers)) {
        return false;
    }
    return diff_certificates(comparison->arena, &comparison->before, &comparison->after,
                             &comparison->pair->options->expiring, &change->certificates);
}

/* ---- The verdict ---- */

static enum diff_direction direction_of_finding(const struct diff_finding *item)
{
    bool is_above_info = item->finding->severity != SEVERITY_INFO;
    bool is_accepted = item->finding->accepted.until != NULL;
    switch (item->state) {
    case DIFF_OPENED:
        return is_accepted ? DIFF_ACCEPTED : is_above_info ? DIFF_WORSE : DIFF_CHANGED;
    case DIFF_CLOSED:
        return is_accepted ? DIFF_ACCEPTED : is_above_info ? DIFF_BETTER : DIFF_CHANGED;
    case DIFF_FINDING_ACCEPTED:
        return DIFF_ACCEPTED;
    case DIFF_ACCEPTANCE_ENDED:
        return is_above_info ? DIFF_WORSE : DIFF_CHANGED;
    case DIFF_FINDING_NOT_OBSERVED:
        return DIFF_NOT_OBSERVED;
    default:
        return DIFF_OBSERVED_AGAIN;
    }
}

/* Which directions its parts went. */
static void look_at_parts(const struct diff_change *change, bool seen[DIFF_DIRECTION_COUNT])
{
    const struct diff_mx *mx = &change->mx;
    for (size_t i = 0; i < DIFF_MOVED_COUNT; i++) {
        seen[change->moves[i].direction] = true;
    }
    for (size_t i = 0; i < change->findings.num_items; i++) {
        seen[direction_of_finding(&change->findings.items[i])] = true;
    }
    for (const struct diff_certificate *item = STAILQ_FIRST(&change->certificates); item != NULL;
         item = STAILQ_NEXT(item, next)) {
        seen[DIFF_CHANGED] |= item->change == DIFF_REPLACED;
    }
    seen[change->open.direction] = true;
    seen[DIFF_CHANGED] |= mx->num_added + mx->num_removed + mx->num_preferences > 0;
}

static enum diff_verdict verdict_of(const struct diff_change *change)
{
    bool seen[DIFF_DIRECTION_COUNT] = {false};
    look_at_parts(change, seen);
    if (seen[DIFF_WORSE]) {
        return seen[DIFF_BETTER] ? DIFF_VERDICT_MIXED : DIFF_VERDICT_REGRESSION;
    }
    if (seen[DIFF_BETTER]) {
        return DIFF_VERDICT_IMPROVEMENT;
    }
    if (seen[DIFF_NOT_OBSERVED]) {
        return DIFF_VERDICT_NOT_OBSERVED;
    }
    if (seen[DIFF_OBSERVED_AGAIN]) {
        return DIFF_VERDICT_OBSERVED_AGAIN;
    }
    if (seen[DIFF_CHANGED]) {
        return DIFF_VERDICT_CHANGED;
    }
    return seen[DIFF_ACCEPTED] ? DIFF_VERDICT_ACCEPTED : DIFF_VERDICT_EXPIRING;
}

bool diff_domain(const struct diff_pair *pair, const struct domain_record *before,
                 const struct domain_record *after, struct arena *arena,
                 struct diff_change *out_change)
{
    struct comparison *comparison = arena_alloc(arena, sizeof(*comparison));
    if (comparison == NULL) {
        return false;
    }
    comparison->pair = pair;
    comparison->arena = arena;
    comparison->change = out_change;
    diff_side_init(&comparison->before, pair->before, before, arena);
    diff_side_init(&comparison->after, pair->after, after, arena);
    memset(out_change, 0, sizeof(*out_change));
    STAILQ_INIT(&out_change->certificates);
    out_change->domain = after;
    diff_findings_compare(&out_change->findings, pair->options->sight, &comparison->before,
                          &comparison->after);
    compare_open(comparison);
    compare_grade(comparison);
    compare_answers(comparison);
    if (!compare_hosts(comparison)) {
        return false;
    }
    out_change->verdict = verdict_of(out_change);
    return true;
}
