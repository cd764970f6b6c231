/*
 * What a domain's hosts amount to: its letter, its findings and the two answers. Pure but for the
 * arena that takes the texts.
 */
#ifndef MXGRADE_SCANNER_TARGET_JUDGE_H
#define MXGRADE_SCANNER_TARGET_JUDGE_H

#include "scanner/grading/judgement.h"
#include "scanner/grading/target_evidence.h"

/* Completes a domain's record. */
void target_judge(struct domain_record *record, const struct target_evidence *evidence,
                  struct judgement *judgement);

#endif
