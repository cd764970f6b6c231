/*
 * The name we greet with: RFC 5321 section 4.1.1.1 wants the client's own, and servers check it.
 */
#ifndef MXGRADE_SCANNER_EHLO_H
#define MXGRADE_SCANNER_EHLO_H

#include "scanner/base/config.h"

#define EHLO_MAX 256

/*
 * Finds our name where --ehlo gave none: the PTR of the address that this machine would connect
 * from, else its own host name, else an address literal. Asks the resolver; takes a few seconds at
 * most.
 */
void ehlo_find(const struct config *config, char out_name[EHLO_MAX]);

/* Why servers may frown at a name, or NULL: it looks like a public FQDN. */
const char *ehlo_problem(const char *name);

#endif
