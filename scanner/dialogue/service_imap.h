#ifndef MXGRADE_SCANNER_SERVICE_IMAP_H
#define MXGRADE_SCANNER_SERVICE_IMAP_H

#include "scanner/dialogue/service.h"

/* IMAP, RFC 3501 and RFC 9051: port 143 with STARTTLS, and 993 with TLS from the first byte. */
extern const struct service service_imap;
extern const struct service service_imaps;

#endif
