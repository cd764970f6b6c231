/* The resolvers that are asked, and whether their word on DNSSEC can be taken. */
#ifndef MXGRADE_SCANNER_RESOLVER_H
#define MXGRADE_SCANNER_RESOLVER_H

#include <stdbool.h>

#include "scanner/base/config.h"

/*
 * Are all resolvers on this machine? Then nobody can forge the AD bit between them and us (RFC 6698
 * appendix A.3, RFC 7672 section 2.2.3: the path to the validating resolver must be secure).
 * `servers` is the value of --resolver, or NULL for the system's resolv.conf.
 */
bool resolver_is_local(const char *servers);

/* What a message calls them: the value of --resolver, or that they are the system's. */
const char *resolver_name(const struct config *config);

/* What is said where no word of theirs on DNSSEC can be taken. */
#define RESOLVER_NOT_LOCAL                                                                         \
    "the resolver is not on this machine, so that anybody on the way could forge what it says of " \
    "DNSSEC: DANE stays unknown for every domain"
#define RESOLVER_NOT_LOCAL_REMEDY                                                                  \
    "give --resolver own, which starts one for the run, or vouch for the way with --trust-ad"
#define RESOLVER_REMEDY "give --resolver own, which starts unbound for the run"

/* Can they be asked: addresses, each with a port or without, with commas between? NULL can. */
bool resolver_is_valid(const char *servers);

#endif
