/* The resolvers that are asked, and whether their word on DNSSEC can be taken. */
#ifndef MXGRADE_SCANNER_RESOLVER_H
#define MXGRADE_SCANNER_RESOLVER_H

#include <stdbool.h>

/*
 * Are all resolvers on this machine? Then nobody can forge the AD bit between them and us (RFC 6698
 * appendix A.3, RFC 7672 section 2.2.3: the path to the validating resolver must be secure).
 * `servers` is the value of --resolver, or NULL for the system's resolv.conf.
 */
bool resolver_is_local(const char *servers);

/* Can they be asked: addresses, each with a port or without, with commas between? NULL can. */
bool resolver_is_valid(const char *servers);

#endif
