#include "output/diff/diff_domain.h"

#include <stdlib.h>
#include <string.h>

#include "output/diff/diff_findings.h"
#include "output/diff/diff_hosts.h"
#include "output/diff/diff_json.h"
#include "output/diff/diff_side.h"
#include "output/diff/diff_value.h"

/* A comparison under way. */
struct comparison {
    const struct diff_pair *pair;
    struct diff_side before, after;
    struct diff_findings findings;
    json_t *line;
    bool seen[DIFF_DIRECTION_COUNT]; /* what the parts came to */
    struct diff_outcome *outcome;
    bool *failed;
};

const char *diff_verdict_name(enum diff_verdict verdict)
{
    static const char *const names[DIFF_VERDICT_COUNT] = {
        [DIFF_VERDICT_REGRESSION] = "regression",
        [DIFF_VERDICT_MIXED] = "mixed",
        [DIFF_VERDICT_IMPROVEMENT] = "improvement",
        [DIFF_VERDICT_NEW] = "new",
        [DIFF_VERDICT_VANISHED] = "vanished",
        [DIFF_VERDICT_CHANGED] = "changed",
        [DIFF_VERDICT_NOT_OBSERVED] = "not_observed",
        [DIFF_VERDICT_OBSERVED_AGAIN] = "observed_again",
        [DIFF_VERDICT_EXPIRING] = "expiring",
    };
    return names[verdict];
}

/* ---- Lines ---- */

/* Who it is about. The verdict's place is kept and filled in at the end. */
static json_t *start_line(const json_t *domain, bool *failed)
{
    json_t *line = json_object();
    diff_put_text(failed, line, "type", "change");
    diff_put_text(failed, line, "domain", diff_string(domain, "domain"));
    diff_put_field(failed, line, "input", domain);
    diff_put_field(failed, line, "line", domain);
    diff_put_text(failed, line, "verdict", "");
    return line;
}

static json_t *finish_line(json_t *line, bool *failed)
{
    if (*failed) {
        json_decref(line);
        return NULL;
    }
    return line;
}

/* {"old": ..., "new": ..., "direction": "worse"} */
static void put_move(struct comparison *comparison, const char *key, const json_t *old_value,
                     const json_t *new_value, enum diff_direction direction)
{
    if (direction == DIFF_SAME) {
        return;
    }
    json_t *move = json_object();
    diff_put(comparison->failed, move, "old", json_deep_copy(old_value));
    diff_put(comparison->failed, move, "new", json_deep_copy(new_value));
    diff_put_text(comparison->failed, move, "direction", diff_direction_name(direction));
    diff_put(comparison->failed, comparison->line, key, move);
    comparison->seen[direction] = true;
}

/* ---- Findings ---- */

static const struct finding_rule *rule_of(const struct comparison *comparison, const char *code)
{
    return comparison->pair->options->find_rule(code);
}

static bool is_above_info(const struct diff_finding *item)
{
    const char *severity = diff_string(item->finding, "severity");
    return severity == NULL || strcmp(severity, severity_name(SEVERITY_INFO)) != 0;
}

static enum diff_direction direction_of_finding(const struct diff_finding *item)
{
    switch (item->state) {
    case DIFF_OPENED:
        return is_above_info(item) ? DIFF_WORSE : DIFF_CHANGED;
    case DIFF_CLOSED:
        return is_above_info(item) ? DIFF_BETTER : DIFF_CHANGED;
    case DIFF_FINDING_NOT_OBSERVED:
        return DIFF_NOT_OBSERVED;
    default:
        return DIFF_OBSERVED_AGAIN;
    }
}

static void put_findings(struct comparison *comparison)
{
    if (comparison->findings.num_items == 0) {
        return;
    }
    json_t *lists = json_object();
    for (int state = 0; state < DIFF_FINDING_STATE_COUNT; state++) {
        json_t *list = json_array();
        for (size_t i = 0; i < comparison->findings.num_items; i++) {
            const struct diff_finding *item = &comparison->findings.items[i];
            if ((int)item->state == state) {
                diff_append(comparison->failed, list, json_deep_copy(item->finding));
                comparison->seen[direction_of_finding(item)] = true;
            }
        }
        diff_put(comparison->failed, lists, diff_finding_state_name((enum diff_finding_state)state),
                 list);
    }
    diff_put(comparison->failed, comparison->line, "findings", lists);
}

/* ---- Grade and score ---- */

static int rank(enum grade grade)
{
    return grade == GRADE_U || grade == GRADE_N ? 0 : (int)grade; /* A+ is the least */
}

/* The worst letter at which the findings in that state cap; 0: at none. */
static int worst_cap(const struct comparison *comparison, enum diff_finding_state state)
{
    int worst = 0;
    for (size_t i = 0; i < comparison->findings.num_items; i++) {
        const struct diff_finding *item = &comparison->findings.items[i];
        const struct finding_rule *rule = rule_of(comparison, item->code);
        if (item->state == state && rule != NULL && rank(rule->cap) > worst) {
            worst = rank(rule->cap);
        }
    }
    return worst;
}

static bool has_findings(const struct comparison *comparison, enum diff_finding_state state)
{
    for (size_t i = 0; i < comparison->findings.num_items; i++) {
        if (comparison->findings.items[i].state == state) {
            return true;
        }
    }
    return false;
}

static int rank_of_name(const char *name)
{
    enum grade grade;
    return name != NULL && grade_from_name(name, &grade) ? rank(grade) : 0;
}

/*
 * A letter that rose only because what had kept it down could not be observed has not risen, and
 * one that fell for what the earlier run could not observe has not fallen. Without a finding that
 * came or went it is the policy that has changed.
 */
static enum diff_direction weigh_grade(const struct comparison *comparison,
                                       enum diff_direction direction, const char *old_grade,
                                       const char *new_grade)
{
    int before = rank_of_name(old_grade), after = rank_of_name(new_grade);
    if (!comparison->pair->same_policy && comparison->findings.num_items == 0 &&
        (direction == DIFF_BETTER || direction == DIFF_WORSE)) {
        return DIFF_CHANGED;
    }
    if (direction == DIFF_BETTER && worst_cap(comparison, DIFF_FINDING_NOT_OBSERVED) >= before) {
        return DIFF_NOT_OBSERVED;
    }
    if (direction == DIFF_WORSE && worst_cap(comparison, DIFF_FINDING_OBSERVED_AGAIN) >= after &&
        worst_cap(comparison, DIFF_OPENED) <= before) {
        return DIFF_OBSERVED_AGAIN;
    }
    return direction;
}

/* Within a letter the score goes with the findings; from letter to letter it goes with these. */
static enum diff_direction weigh_score(const struct comparison *comparison,
                                       enum diff_direction grade, const json_t *old_score,
                                       const json_t *new_score)
{
    if (grade != DIFF_SAME) {
        return grade;
    }
    if (!comparison->pair->same_policy && comparison->findings.num_items == 0) {
        return DIFF_CHANGED;
    }
    if (json_integer_value(new_score) > json_integer_value(old_score)) {
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

static void compare_grade(struct comparison *comparison)
{
    const json_t *before = comparison->before.domain, *after = comparison->after.domain;
    const char *old_grade = diff_string(before, "grade"), *new_grade = diff_string(after, "grade");
    enum diff_direction direction = weigh_grade(
        comparison, diff_value_direction(DIFF_GRADE, old_grade, new_grade), old_grade, new_grade);
    put_move(comparison, "grade", json_object_get(before, "grade"), json_object_get(after, "grade"),
             direction);
    const json_t *old_score = json_object_get(before, "score");
    const json_t *new_score = json_object_get(after, "score");
    if (old_score != NULL && new_score != NULL && json_equal(old_score, new_score) != 1) {
        put_move(comparison, "score", old_score, new_score,
                 weigh_score(comparison, direction, old_score, new_score));
    }
}

/* ---- The answers ---- */

/* Findings that stand behind a value: if what was one of these could not be seen, no move of the
 * value was seen either. */
static enum diff_direction weigh(const struct comparison *comparison, enum diff_direction direction,
                                 const char *const *codes)
{
    const struct diff_findings *findings = &comparison->findings;
    if (direction == DIFF_BETTER && diff_findings_any(findings, DIFF_FINDING_NOT_OBSERVED, codes) &&
        !diff_findings_any(findings, DIFF_CLOSED, codes)) {
        return DIFF_NOT_OBSERVED;
    }
    if (direction == DIFF_WORSE &&
        diff_findings_any(findings, DIFF_FINDING_OBSERVED_AGAIN, codes) &&
        !diff_findings_any(findings, DIFF_OPENED, codes)) {
        return DIFF_OBSERVED_AGAIN;
    }
    return direction;
}

static enum diff_direction compare_value(struct comparison *comparison, enum diff_value value,
                                         const char *key, const char *path,
                                         const char *const *codes)
{
    const json_t *old_value = diff_at(comparison->before.domain, path);
    const json_t *new_value = diff_at(comparison->after.domain, path);
    enum diff_direction direction =
        diff_value_direction(value, json_string_value(old_value), json_string_value(new_value));
    direction = weigh(comparison, direction, codes);
    put_move(comparison, key, old_value, new_value, direction);
    return direction;
}

static enum diff_direction compare_mta_sts(struct comparison *comparison)
{
    static const char *const codes[] = {"mta_sts_broken", "mta_sts_would_break", NULL};
    const json_t *old_value = diff_at(comparison->before.domain, "mta_sts.status");
    const json_t *new_value = diff_at(comparison->after.domain, "mta_sts.status");
    enum diff_direction direction = diff_value_direction(DIFF_MTA_STS, json_string_value(old_value),
                                                         json_string_value(new_value));
    if (direction != DIFF_SAME && !diff_side_knows_mta_sts(&comparison->after)) {
        direction = DIFF_NOT_OBSERVED;
    } else if (direction != DIFF_SAME && !diff_side_knows_mta_sts(&comparison->before)) {
        direction = DIFF_OBSERVED_AGAIN;
    }
    direction = weigh(comparison, direction, codes);
    put_move(comparison, "mta_sts", old_value, new_value, direction);
    return direction;
}

/* What is enforced follows from the two ways to enforce it: without a loss or gain of one of them
 * it has neither lost nor gained. */
static void compare_enforced(struct comparison *comparison, enum diff_direction dane,
                             enum diff_direction mta_sts)
{
    const json_t *old_value = diff_at(comparison->before.domain, "enforced_tls");
    const json_t *new_value = diff_at(comparison->after.domain, "enforced_tls");
    enum diff_direction direction = diff_value_direction(
        DIFF_ENFORCED, json_string_value(old_value), json_string_value(new_value));
    if ((direction == DIFF_BETTER || direction == DIFF_WORSE) && dane != direction &&
        mta_sts != direction) {
        if (dane == DIFF_NOT_OBSERVED || mta_sts == DIFF_NOT_OBSERVED) {
            direction = DIFF_NOT_OBSERVED;
        } else if (dane == DIFF_OBSERVED_AGAIN || mta_sts == DIFF_OBSERVED_AGAIN) {
            direction = DIFF_OBSERVED_AGAIN;
        }
    }
    put_move(comparison, "enforced_tls", old_value, new_value, direction);
    comparison->outcome->num_enforcement_lost += direction == DIFF_WORSE;
    comparison->outcome->num_enforcement_gained += direction == DIFF_BETTER;
}

/* Whether all addresses were observed. */
static void compare_partial(struct comparison *comparison)
{
    const json_t *old_value = json_object_get(comparison->before.domain, "partial");
    const json_t *new_value = json_object_get(comparison->after.domain, "partial");
    if (old_value != NULL && new_value != NULL && json_equal(old_value, new_value) != 1) {
        put_move(comparison, "partial", old_value, new_value,
                 json_is_true(new_value) ? DIFF_NOT_OBSERVED : DIFF_OBSERVED_AGAIN);
    }
}

static void compare_answers(struct comparison *comparison)
{
    static const char *const none[] = {NULL};
    static const char *const of_tls[] = {"no_starttls",       "starttls_refused",
                                         "handshake_refused", "client_certificate_required",
                                         "starttls_on_some",  NULL};
    static const char *const of_dane[] = {"dane_mismatch", "dane_bogus", "dane_partial",
                                          "dane_unusable", NULL};
    compare_value(comparison, DIFF_MAIL, "mail", "mail", none);
    compare_value(comparison, DIFF_OPPORTUNISTIC, "opportunistic_tls", "opportunistic_tls", of_tls);
    enum diff_direction dane = compare_value(comparison, DIFF_DANE, "dane", "dane.status", of_dane);
    compare_enforced(comparison, dane, compare_mta_sts(comparison));
    compare_value(comparison, DIFF_TLS_RPT, "tls_rpt", "tls_rpt.status", none);
}

/* ---- Hosts ---- */

static bool is_replaced(const json_t *change)
{
    const char *what = diff_string(change, "change");
    return what != NULL && strcmp(what, "replaced") == 0;
}

static void compare_hosts(struct comparison *comparison)
{
    bool *failed = comparison->failed;
    json_t *mx = diff_mx(failed, &comparison->before, &comparison->after);
    if (mx != NULL) {
        diff_put(failed, comparison->line, "mx", mx);
        comparison->seen[DIFF_CHANGED] = true;
        json_t *providers = diff_providers(failed, &comparison->before, &comparison->after);
        if (providers != NULL) {
            diff_put(failed, comparison->line, "providers", providers);
            comparison->outcome->num_moved = 1;
        }
    }
    json_t *certificates = diff_certificates(failed, &comparison->before, &comparison->after,
                                             comparison->pair->options->expiring_days);
    if (certificates == NULL) {
        return;
    }
    size_t i;
    json_t *change;
    json_array_foreach(certificates, i, change)
    {
        if (is_replaced(change)) {
            comparison->outcome->num_replaced++;
            comparison->seen[DIFF_CHANGED] = true;
        } else {
            comparison->outcome->num_expiring++;
        }
    }
    diff_put(failed, comparison->line, "certificates", certificates);
}

/* ---- All of it ---- */

static enum diff_verdict verdict_of(const struct comparison *comparison)
{
    const bool *seen = comparison->seen;
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
    return seen[DIFF_CHANGED] ? DIFF_VERDICT_CHANGED : DIFF_VERDICT_EXPIRING;
}

json_t *diff_domain(const struct diff_pair *pair, const json_t *before, const json_t *after,
                    struct diff_outcome *out_outcome, bool *failed)
{
    struct comparison *comparison = calloc(1, sizeof(*comparison));
    if (comparison == NULL) {
        *failed = true;
        return NULL;
    }
    comparison->pair = pair;
    comparison->outcome = out_outcome;
    comparison->failed = failed;
    *out_outcome = (struct diff_outcome){0};
    diff_side_init(&comparison->before, pair->before, before);
    diff_side_init(&comparison->after, pair->after, after);
    diff_findings_compare(&comparison->findings, &comparison->before, &comparison->after);
    json_t *line = comparison->line = start_line(after, failed);
    size_t num_fields = json_object_size(line);
    compare_grade(comparison);
    compare_answers(comparison);
    compare_partial(comparison);
    put_findings(comparison);
    compare_hosts(comparison);
    out_outcome->verdict = verdict_of(comparison);
    diff_put_text(failed, line, "verdict", diff_verdict_name(out_outcome->verdict));
    if (json_object_size(line) == num_fields && line != NULL) {
        json_decref(line);
        line = NULL;
    }
    diff_side_fini(&comparison->before);
    diff_side_fini(&comparison->after);
    free(comparison);
    return finish_line(line, failed);
}

json_t *diff_lone_domain(const json_t *domain, enum diff_verdict verdict, bool is_certain,
                         bool *failed)
{
    static const char *const fields[] = {"grade", "score", "opportunistic_tls", "enforced_tls",
                                         "mail"};
    json_t *line = start_line(domain, failed);
    json_t *state = json_object();
    diff_put_text(failed, line, "verdict", diff_verdict_name(verdict));
    diff_put(failed, line, "certain", json_boolean(is_certain));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        diff_put_field(failed, state, fields[i], domain);
    }
    diff_put(failed, line, verdict == DIFF_VERDICT_NEW ? "new" : "old", state);
    return finish_line(line, failed);
}
