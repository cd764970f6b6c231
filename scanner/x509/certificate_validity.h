/*
 * How long a certificate is valid, and how long the public CAs allow themselves to let it be: the
 * Baseline Requirements of the CA/Browser Forum, section 6.3.2. They bind public CAs alone.
 */
#ifndef MXGRADE_SCANNER_CERTIFICATE_VALIDITY_H
#define MXGRADE_SCANNER_CERTIFICATE_VALIDITY_H

#include <stdint.h>

/* Whole days, each begun one counted, both ends included, as the section says; 0 if none. */
unsigned certificate_validity_days(int64_t not_before, int64_t not_after);

/* The most days for a server's certificate issued then; 0: no rule yet. */
unsigned certificate_validity_limit(int64_t not_before);

#endif
