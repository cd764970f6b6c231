/*
 * From endpoints to a host, from hosts to a domain: what DANE amounts to. RFC 7672 section 2.2. A
 * domain is protected when its MX records are authentic and every host that could be observed
 * matches its records; a host that has records but could not be observed does not lower it.
 */
#ifndef MXGRADE_SCANNER_DANE_DOMAIN_H
#define MXGRADE_SCANNER_DANE_DOMAIN_H

#include <stddef.h>

#include "output/record/record.h"
#include "scanner/enforcement/dane_plan.h"

/*
 * A host whose records were found, from its endpoints' results: every address counts, and the
 * worst of them is the host's. UNKNOWN where none was observed.
 */
enum dane_status dane_host_status(const enum dane_status *endpoints, size_t num_endpoints);

/*
 * The status of a domain, from the answer to its MX question and the statuses of its hosts. It is
 * PARTIAL if some hosts match and others do not or have no usable records, or if all match but the
 * MX answer is not signed (RFC 7672 section 2.2.1). It is NONE if the domain has no hosts.
 */
enum dane_status dane_domain_status(const struct dane_lookup *mx, bool trusts_resolver,
                                    const enum dane_status *hosts, size_t num_hosts);

#endif
