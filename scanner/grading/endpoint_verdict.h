/* Gives the whole verdict on an endpoint, from the record of what was seen of it. */
#ifndef MXGRADE_SCANNER_ENDPOINT_VERDICT_H
#define MXGRADE_SCANNER_ENDPOINT_VERDICT_H

#include "scanner/grading/host_result.h"
#include "scanner/grading/judgement.h"

/*
 * Fills in the findings, the grade and the profiles of the record, which has none of these yet, and
 * the *summary that domains are judged by; see endpoint_summarise() for what stays as it is. The
 * judgement must be fresh. It owns the findings, and the texts are in its arena. Both `mxgrade
 * scan` and `mxgrade judge` complete an endpoint's record here.
 */
void endpoint_verdict(struct judgement *judgement, struct endpoint_record *record,
                      struct endpoint_summary *summary);

/*
 * The same for a record that is bogus by DANE, as it is if the resolver is blamed: sets the `doubt`
 * of the summary and completes *record, a copy of the one that has been completed already.
 */
void endpoint_verdict_in_doubt(struct judgement *judgement, struct endpoint_record *record,
                               struct endpoint_summary *summary);

#endif
