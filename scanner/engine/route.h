/* Finds out whether this machine has a route to public IPv4 and IPv6 addresses. */
#ifndef MXGRADE_SCANNER_ROUTE_H
#define MXGRADE_SCANNER_ROUTE_H

#include "io/base/address.h"

/* Finds the source address of packets to public addresses of the family (4 or 6). False if there is
 * no route to them. Sends nothing. */
bool route_source(uint8_t family, struct address *out_source);

/*
 * The family (4 or 6) that this machine has no route to, if it has one to the other family. Else 0:
 * without any route the network itself is at fault, and the outcomes of connections say so.
 */
uint8_t route_missing(void);

#endif
