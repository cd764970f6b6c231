/* What a DNS look-up's end means as an outcome in a record. */
#ifndef MXGRADE_SCANNER_LOOKUP_H
#define MXGRADE_SCANNER_LOOKUP_H

#include "io/dns/dns.h"
#include "output/record/outcome.h"

enum outcome outcome_of_lookup(enum dns_outcome outcome);

/* Has the look-up failed in a way that may pass? Signatures that fail to validate do not. */
bool lookup_may_pass(enum dns_outcome outcome, bool bogus);

#endif
