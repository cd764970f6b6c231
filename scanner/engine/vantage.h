/*
 * Where this machine calls from, decided before a run begins: source addresses, families that have
 * a route, the name for EHLO, and whether the way to the resolver can be trusted.
 */
#ifndef MXGRADE_SCANNER_VANTAGE_H
#define MXGRADE_SCANNER_VANTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/base/config.h"

/* Can this machine call anybody from where it was told to? Says why not. */
bool vantage_has_sources(const struct config *config);

/* Of two families that are wanted, the one that cannot be called: 4 or 6, or 0. */
uint8_t vantage_unrouted(const struct config *config);

/* Sets trust_ad where the resolver is on this machine (RFC 6840, section 5.7: AD is worth what the
 * way to the resolver is); says so where DNSSEC stays unknown. */
void vantage_decide_trust(struct config *config);

/* Chooses the name for EHLO, or one for each source address, and says what is wrong with it. False:
 * out of memory. */
bool vantage_choose_ehlo(struct config *config);

#endif
