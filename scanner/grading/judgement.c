#include "scanner/grading/judgement.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_MAX 512

void judgement_init(struct judgement *judgement, const struct policy *policy, struct arena *arena)
{
    memset(judgement, 0, sizeof(*judgement));
    judgement->policy = policy;
    judgement->arena = arena;
    judgement->cap = GRADE_U;
}

static struct finding *find_finding(struct judgement *judgement, enum finding_code code)
{
    const struct finding_rule *rule = &judgement->policy->rules[code];
    size_t i = 0;
    while (i < judgement->num_findings && judgement->findings[i].code != rule->code) {
        i++;
    }
    return &judgement->findings[i];
}

static const char *write_detail(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static const char *write_detail(struct arena *arena, const char *format, va_list arguments)
{
    char detail[DETAIL_MAX];
    vsnprintf(detail, sizeof(detail), format, arguments);
    return arena_copy(arena, detail, strlen(detail));
}

static struct finding *start_finding(struct judgement *judgement, enum finding_code code)
{
    const struct finding_rule *rule = &judgement->policy->rules[code];
    struct finding *finding = &judgement->findings[judgement->num_findings++];
    *finding = (struct finding){.code = rule->code, .severity = rule->severity};
    finding_set_add(&judgement->set, code);
    judgement->cap = policy_worse(judgement->cap, rule->cap);
    judgement->deductions += rule->deduction;
    return finding;
}

void judgement_add(struct judgement *judgement, enum finding_code code, const char *format, ...)
{
    if (finding_set_has(&judgement->set, code)) {
        return;
    }
    struct finding *finding = start_finding(judgement, code);
    if (format != NULL) {
        va_list arguments;
        va_start(arguments, format);
        finding->detail = write_detail(judgement->arena, format, arguments);
        va_end(arguments);
    }
}

#define PLACES_FIRST 2 /* room in a list that is begun; it doubles */

/* Room for one more; NULL: there is none, in the list or in memory. */
static struct finding_place *grow_places(struct judgement *judgement, struct finding *finding)
{
    size_t num = finding->num_places;
    struct finding_place *places = (struct finding_place *)finding->places;
    bool is_full = num == 0 || (num >= PLACES_FIRST && (num & (num - 1)) == 0);
    if (num == JUDGE_PLACES_MAX) {
        return NULL;
    }
    if (is_full) {
        size_t room = num < PLACES_FIRST ? PLACES_FIRST : num * 2;
        struct finding_place *larger = arena_alloc(judgement->arena, room * sizeof(*larger));
        if (larger == NULL) {
            return NULL;
        }
        if (num > 0) {
            memcpy(larger, places, num * sizeof(*larger));
        }
        finding->places = places = larger;
    }
    finding->num_places++;
    return &places[num];
}

void judgement_list_place(struct judgement *judgement, enum finding_code code,
                          const struct finding_place *place)
{
    if (finding_set_has(&judgement->set, code)) {
        struct finding_place *listed = grow_places(judgement, find_finding(judgement, code));
        if (listed != NULL) {
            *listed = *place;
        }
    }
}

void judgement_add_place(struct judgement *judgement, enum finding_code code,
                         const struct finding_place *place, const char *format, ...)
{
    bool is_first = !finding_set_has(&judgement->set, code);
    struct finding *finding =
        is_first ? start_finding(judgement, code) : find_finding(judgement, code);
    uint8_t *num_named = &judgement->num_named[finding - judgement->findings];
    if (place != NULL) {
        judgement_list_place(judgement, code, place);
    }
    if (*num_named > JUDGE_NAMED_MAX) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *text = write_detail(judgement->arena, format, arguments);
    va_end(arguments);
    if (*num_named == JUDGE_NAMED_MAX) {
        text = "and others";
    }
    if (!is_first && finding->detail != NULL && text != NULL) {
        text = arena_format(judgement->arena, "%s; %s", finding->detail, text);
    }
    finding->detail = text != NULL ? text : finding->detail;
    (*num_named)++;
}

void judgement_accept(struct judgement *judgement, enum finding_code code,
                      const struct accepted *accepted)
{
    finding_set_add(&judgement->accepted, code);
    find_finding(judgement, code)->accepted = *accepted;
}

struct accepted_grade judgement_grade_left(const struct judgement *judgement, enum grade grade,
                                           enum grade left)
{
    struct accepted_grade accepted = {.grade = policy_worse(left, GRADE_A)};
    if (grade == GRADE_U || grade == GRADE_N || accepted.grade >= grade) {
        return (struct accepted_grade){.grade = grade};
    }
    for (size_t i = 0; i < judgement->num_findings; i++) {
        const struct finding *finding = &judgement->findings[i];
        const char *until = finding->accepted.until;
        enum finding_code code = policy_find(finding->code);
        /* Days in this form are in the order of their texts. */
        if (until != NULL && judgement->policy->rules[code].cap > accepted.grade &&
            (accepted.until == NULL || strcmp(until, accepted.until) < 0)) {
            accepted.until = until;
        }
    }
    return accepted;
}
