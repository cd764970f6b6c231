/*
 * Which certification authorities may issue for a mail host: CAA, RFC 8659. For information only;
 * no grade rests on it.
 */
#ifndef MXGRADE_SCANNER_HOST_CAA_H
#define MXGRADE_SCANNER_HOST_CAA_H

#include "io/base/hostname.h"
#include "io/dns/dns.h"
#include "scanner/grading/host_result.h"

/* Writes a CAA record's data (RFC 8659 section 4.1) as text, other than visible ASCII as \DDD.
 * False if it is malformed. */
bool host_caa_format(const uint8_t *data, size_t len, char out_text[CAA_TEXT_MAX]);

/* `caa` is the caller's to free(); NULL: no records, no answer, or no memory. */
typedef void (*host_caa_callback)(void *user, struct host_caa *caa);

/* Climbs from the host to its parents until one has records: RFC 8659 section 3. */
void host_caa_ask(struct dns *dns, const struct hostname *host, host_caa_callback callback,
                  void *user);

#endif
