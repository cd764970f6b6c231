/* The second answer about a domain: is TLS towards it enforced, and does the enforcement work? */
#ifndef MXGRADE_SCANNER_TARGET_ENFORCED_H
#define MXGRADE_SCANNER_TARGET_ENFORCED_H

#include "scanner/grading/judgement.h"
#include "scanner/grading/target_evidence.h"

/*
 * For a domain that takes mail and whose policies were asked for: fills the parts of DANE, MTA-STS
 * and TLS reporting in the record, the answer and its reason, and adds their findings.
 */
void target_enforced_judge(struct domain_record *record,
                           const struct target_enforcement *enforcement,
                           struct judgement *judgement);

#endif
