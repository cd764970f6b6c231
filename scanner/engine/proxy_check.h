/* Whether the proxy of a run is there and takes us, before anything else is begun. */
#ifndef MXGRADE_SCANNER_PROXY_CHECK_H
#define MXGRADE_SCANNER_PROXY_CHECK_H

#include "scanner/base/config.h"

/*
 * Finds its address, connects, and logs in where the protocol does that first (SOCKS5): nobody else
 * is called. Takes --connect-timeout at most, and the system's time for a look-up. True without a
 * proxy. False: it has said why the run cannot begin.
 */
bool proxy_check(struct config *config);

#endif
