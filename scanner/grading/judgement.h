/* Findings while they are collected, and what they cost by the policy's table. */
#ifndef MXGRADE_SCANNER_JUDGEMENT_H
#define MXGRADE_SCANNER_JUDGEMENT_H

#include "io/base/arena.h"
#include "scanner/grading/policy.h"

#define JUDGE_FINDINGS_MAX FINDING_COUNT

/* Findings while they are collected; the texts live in the arena. */
struct judgement {
    const struct policy *policy; /* borrowed */
    struct arena *arena;
    struct finding findings[JUDGE_FINDINGS_MAX];
    size_t num_findings;
    struct finding_set set;
    struct finding_set accepted;           /* of these */
    uint8_t num_named[JUDGE_FINDINGS_MAX]; /* places that the finding's detail names */
    enum grade cap;                        /* the worst cap so far, GRADE_U: none */
    unsigned deductions;
};

#define JUDGE_NAMED_MAX  8  /* in a detail: a domain may have hundreds of addresses */
#define JUDGE_PLACES_MAX 32 /* in the list beside it, as many as --max-addresses asks by itself */

void judgement_init(struct judgement *judgement, const struct policy *policy, struct arena *arena);

/* Adds a finding once; `format` is the evidence, NULL where the code says all. */
void judgement_add(struct judgement *judgement, enum finding_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Likewise; a finding that is there already is seen in one more place: "mx1 (...); mx2 (...)". The
 * place goes into the finding's list, too, and its texts are borrowed until the record is rendered;
 * NULL: it is no host.
 */
void judgement_add_place(struct judgement *judgement, enum finding_code code,
                         const struct finding_place *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the place to the list of a finding that is there, and leaves its detail as it is. */
void judgement_list_place(struct judgement *judgement, enum finding_code code,
                          const struct finding_place *place);

/* Marks a finding of the judgement as accepted. */
void judgement_accept(struct judgement *judgement, enum finding_code code,
                      const struct accepted *accepted);

/*
 * Says what letter is left of `grade` without what is accepted: `left` is what the other findings
 * leave by the caller's reckoning. The result is A at best, since A+ is for what was seen to be
 * good, and never worse than `grade`. It holds until the first of the acceptances that it rests on
 * ends.
 */
struct accepted_grade judgement_grade_left(const struct judgement *judgement, enum grade grade,
                                           enum grade left);

#endif
