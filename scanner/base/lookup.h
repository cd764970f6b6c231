/* What a DNS look-up's end means as an outcome in a record. */
#ifndef MXGRADE_SCANNER_LOOKUP_H
#define MXGRADE_SCANNER_LOOKUP_H

#include "io/dns/dns.h"
#include "output/record/outcome.h"

enum outcome outcome_of_lookup(enum dns_outcome outcome);

/*
 * Did the look-up fail in a way that may be gone when it is tried again? A failed DNSSEC validation
 * (`bogus`) is none of these.
 */
bool lookup_may_pass(enum dns_outcome outcome, bool bogus);

#endif
