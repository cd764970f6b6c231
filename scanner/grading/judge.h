/*
 * From what was observed to findings, a letter and a score, by the policy's table. Pure.
 */
#ifndef MXGRADE_SCANNER_JUDGE_H
#define MXGRADE_SCANNER_JUDGE_H

#include "scanner/grading/judgement.h"

/*
 * Judges an endpoint: fills grade, score, findings of the record (findings stay in the judgement).
 * What could not be seen is never graded: an outcome that says nothing about TLS gives U.
 */
void judge_endpoint(struct judgement *judgement, struct endpoint_record *record);

#endif
