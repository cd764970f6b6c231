#ifndef MXGRADE_SCANNER_SERVICE_SMTP_H
#define MXGRADE_SCANNER_SERVICE_SMTP_H

#include "scanner/service.h"

/* SMTP between servers, port 25: RFC 5321 with STARTTLS by RFC 3207. */
extern const struct service service_smtp;

#endif
