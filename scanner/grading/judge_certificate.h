/*
 * The share of the judgement that certificates have: trust, name and dates where nothing but public
 * roots authenticates the host, keys and signatures, what was stapled, how the chain was sent.
 */
#ifndef MXGRADE_SCANNER_JUDGE_CERTIFICATE_H
#define MXGRADE_SCANNER_JUDGE_CERTIFICATE_H

#include "scanner/grading/judgement.h"

/* `certificate` is one of the record's. */
void judge_certificate(struct judgement *judgement, const struct endpoint_record *record,
                       const struct certificate_record *certificate);

/* A finding about what only matters to who trusts public roots: a host that DANE authenticates has
 * none of these. */
bool judge_is_of_public_chain(enum finding_code code);

#endif
