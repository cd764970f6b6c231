#ifndef MXGRADE_SCANNER_SERVICE_POP3_H
#define MXGRADE_SCANNER_SERVICE_POP3_H

#include "scanner/dialogue/service.h"

/* POP3, RFC 1939 with RFC 2449 and RFC 2595: port 110 with STLS, and 995 with TLS from the first
 * byte. */
extern const struct service service_pop3;
extern const struct service service_pop3s;

#endif
