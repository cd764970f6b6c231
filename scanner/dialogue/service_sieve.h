#ifndef MXGRADE_SCANNER_SERVICE_SIEVE_H
#define MXGRADE_SCANNER_SERVICE_SIEVE_H

#include "scanner/dialogue/service.h"

/* ManageSieve, RFC 5804: port 4190 with STARTTLS. */
extern const struct service service_sieve;

#endif
