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

/* Is something in this record unknown for a reason of ours? Of a domain, that is apart from what
 * the records of its endpoints say. */
bool retry_reason_in_endpoint(const struct endpoint_record *record);
bool retry_reason_in_domain(const struct domain_record *record);

#endif
