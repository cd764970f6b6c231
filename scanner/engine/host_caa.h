/*
 * Which certification authorities may issue for a mail host: CAA, RFC 8659. For information only;
 * no grade rests on it.
 */
#ifndef MXGRADE_SCANNER_HOST_CAA_H
#define MXGRADE_SCANNER_HOST_CAA_H

#include "io/base/hostname.h"
#include "io/dns/dns.h"
#include "scanner/grading/host_result.h"

/*
 * The callee owns `caa` and releases it with free(). It is NULL if there are no records or the
 * look-up failed. `outcome` is that of the last DNS question; DNS_SHORTAGE also stands for lack of
 * memory.
 */
typedef void (*host_caa_callback)(void *user, struct host_caa *caa, enum dns_outcome outcome);

/* Climbs from the host to its parents until one has records: RFC 8659 section 3. */
void host_caa_ask(struct dns *dns, const struct hostname *host, host_caa_callback callback,
                  void *user);

#endif
