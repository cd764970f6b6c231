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
 * `caa` is the caller's to free(); NULL: there are no records, or nobody could say. `outcome` is
 * DNS_SHORTAGE (of memory, too) or DNS_CANCELLED where this machine is why nothing is known, else
 * what the DNS said last.
 */
typedef void (*host_caa_callback)(void *user, struct host_caa *caa, enum dns_outcome outcome);

/* Climbs from the host to its parents until one has records: RFC 8659 section 3. */
void host_caa_ask(struct dns *dns, const struct hostname *host, host_caa_callback callback,
                  void *user);

#endif
