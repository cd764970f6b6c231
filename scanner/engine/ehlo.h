/*
 * Finding the name to greet with where nobody gave one: RFC 5321 section 4.1.1.1 wants the client's
 * own, and servers check it.
 */
#ifndef MXGRADE_SCANNER_EHLO_H
#define MXGRADE_SCANNER_EHLO_H

#include "io/dns/dns.h"
#include "scanner/base/config.h"

/*
 * Fills config->ehlo, unless --ehlo has filled it: with the PTR name of the address that this
 * machine would connect from, else with its host name, else with an address literal. Each of
 * several --source addresses has a name of its own. Asks the resolver; takes a few seconds at most.
 * False on lack of memory.
 */
bool ehlo_find(struct config *config);

/* The name of the address that this machine would connect from where no --source is given. */
struct ehlo_name ehlo_of_route(const struct config *config);

#define EHLO_REVERSE_SIZE                                                                          \
    sizeof("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa")

/* The name whose PTR records name the address: RFC 1035 section 3.5, RFC 3596 section 2.5. */
void ehlo_reverse_name(const struct address *address, char out_name[EHLO_REVERSE_SIZE]);

/* The first name of a PTR answer that is a host name; all zero: it has none. */
struct ehlo_name ehlo_of_ptr(const struct dns_answer *answer);

#endif
