#ifndef MXGRADE_SCANNER_SERVICE_SMTP_H
#define MXGRADE_SCANNER_SERVICE_SMTP_H

#include "scanner/dialogue/service.h"

/* SMTP between servers, port 25: RFC 5321 with STARTTLS by RFC 3207. */
extern const struct service service_smtp;

/* Submission by people's mail programs: RFC 6409, port 587, and with TLS from the first byte: RFC
 * 8314 section 3.3, port 465. */
extern const struct service service_submission;
extern const struct service service_submissions;

#endif
