/*
 * What --retry-unknown asks again: what stayed unknown for a reason that may lie with us, that is
 * with this machine, its resolver, its network, or with what a server thinks of this scanner. One
 * table of outcomes, and the conditions of a record that have no outcome. Pure.
 */
#ifndef MXGRADE_SCANNER_RETRY_REASON_H
#define MXGRADE_SCANNER_RETRY_REASON_H

#include <stdbool.h>

#include "output/record/record.h"

/* Why something that is unknown for this reason is asked again; NULL: the server is the reason. */
const char *retry_reason(enum outcome outcome);

/* What is asked again, as bits: what is unknown for a reason of ours, or may be the work of an
 * outage at the end of the run. */
#define RETRY_OURS   1U
#define RETRY_OUTAGE 2U

/* Is something in this record unknown for one of these reasons? Of a domain, that is apart from
 * what the records of its endpoints say. */
bool retry_reason_in_endpoint(unsigned what, const struct endpoint_record *record);
bool retry_reason_in_domain(unsigned what, const struct domain_record *record);

#endif
