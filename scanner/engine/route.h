/* Whether this machine can send to a family of addresses at all. */
#ifndef MXGRADE_SCANNER_ROUTE_H
#define MXGRADE_SCANNER_ROUTE_H

#include "io/base/address.h"

/* The address that packets to public addresses of the family (4 or 6) have as their source; false:
 * there is no route for them. Sends nothing. */
bool route_source(uint8_t family, struct address *out_source);

/*
 * The family that this machine has no route for; 0: it has one for both, or for neither, as then
 * its network is at fault and connections tell more.
 */
uint8_t route_missing(void);

#endif
