/*
 * Finding the name to greet with where nobody gave one: RFC 5321 section 4.1.1.1 wants the client's
 * own, and servers check it.
 */
#ifndef MXGRADE_SCANNER_EHLO_H
#define MXGRADE_SCANNER_EHLO_H

#include "io/dns/dns.h"
#include "scanner/base/config.h"

/*
 * The PTR of the address that this machine would connect from, else its own host name, else an
 * address literal. Asks the resolver; takes a few seconds at most.
 */
struct ehlo_name ehlo_find(const struct config *config);

/* The first name of a PTR answer that is a host name; all zero: it has none. */
struct ehlo_name ehlo_of_ptr(const struct dns_answer *answer);

#endif
