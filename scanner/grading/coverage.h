/*
 * What a letter does not rest on: the questions that were not asked or not answered, and of whose
 * possible answers one would lower it. They never lower a letter, but A+ says that all was seen.
 * Questions that only inform are not among them, nor those that only a deep scan asks: SSLv2 beside
 * TLS 1.3, NULL suites of TLS 1.3. Pure.
 */
#ifndef MXGRADE_SCANNER_COVERAGE_H
#define MXGRADE_SCANNER_COVERAGE_H

#include "scanner/grading/policy.h"
#include "scanner/grading/target_evidence.h"

/* The QUESTION_BIT()s that are open of an endpoint, whose letter is in the record already. */
uint32_t coverage_of_endpoint(const struct policy *policy, const struct endpoint_record *record);

/* Those of a host's endpoints, and the addresses that were not asked or not observed. */
uint32_t coverage_of_host(const struct host_result *result);

/*
 * Those of a domain. `hosts` is what its hosts leave open together; the domain's letter and its
 * enforcement are in the record already.
 */
uint32_t coverage_of_domain(const struct policy *policy, const struct domain_record *record,
                            uint32_t hosts);

#endif
