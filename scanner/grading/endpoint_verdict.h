/* The whole verdict on an endpoint, by the record of what was seen of it. */
#ifndef MXGRADE_SCANNER_ENDPOINT_VERDICT_H
#define MXGRADE_SCANNER_ENDPOINT_VERDICT_H

#include "scanner/grading/host_result.h"
#include "scanner/grading/judgement.h"

/*
 * Judges the record, which has no findings, grade or profiles yet, and fills these. The findings
 * stay in the judgement, which is fresh, and texts in its arena. What domains need to know of the
 * endpoint is in *summary, but for what endpoint_summarise() leaves alone. Both `mxgrade scan` and
 * `mxgrade judge` end an endpoint's record here.
 */
void endpoint_verdict(struct judgement *judgement, struct endpoint_record *record,
                      struct endpoint_summary *summary);

#endif
