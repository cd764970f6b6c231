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

void judgement_add_place(struct judgement *judgement, enum finding_code code, const char *format,
                         ...)
{
    bool is_first = !finding_set_has(&judgement->set, code);
    struct finding *finding =
        is_first ? start_finding(judgement, code) : find_finding(judgement, code);
    uint8_t *num_places = &judgement->num_places[finding - judgement->findings];
    if (*num_places > JUDGE_PLACES_MAX) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    const char *place = write_detail(judgement->arena, format, arguments);
    va_end(arguments);
    if (*num_places == JUDGE_PLACES_MAX) {
        place = "and others";
    }
    if (!is_first && finding->detail != NULL && place != NULL) {
        place = arena_format(judgement->arena, "%s; %s", finding->detail, place);
    }
    finding->detail = place != NULL ? place : finding->detail;
    (*num_places)++;
}
