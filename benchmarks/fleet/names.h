/*
 * The names of the fleet. By default all live in one zone: dI.fleet.test, mxI.fleet.test,
 * mxIb.fleet.test for a domain's second host, mx1.p0.fleet.test for a provider's first,
 * mxI.c0.fleet.test for the name of domain I at a pool. With --own-zones every domain and provider
 * is a registrable name, as in the world: dI.test, mxI.dI.test, mx1.p0.test, mxI.c0.test.
 * scanner.fleet.test is 127.0.0.1 in both.
 */
#ifndef MXGRADE_FLEET_NAMES_H
#define MXGRADE_FLEET_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "benchmarks/fleet/world.h"

#define NAME_MAX_LEN 256 /* longer than any name of RFC 1035 in text, with its NUL */
#define NAME_SCANNER "scanner.fleet.test"

void names_domain(const struct options *options, uint32_t domain, char out_name[NAME_MAX_LEN]);

/* The host's name; of an implicit MX that is the domain's. */
void names_host(const struct options *options, const struct host *host,
                char out_name[NAME_MAX_LEN]);

/* Dotted decimal of an address in host byte order. */
void names_address(uint32_t address, char out_text[NAME_MAX_LEN]);

enum name_kind {
    NAME_FOREIGN, /* not in a zone of the fleet */
    NAME_UNKNOWN, /* in its zone, but no such name */
    NAME_EMPTY,   /* a name that only has others below it */
    NAME_DOMAIN,
    NAME_HOST,
    NAME_THE_SCANNER,
    NAME_REVERSE, /* under 127.in-addr.arpa, .address */
};

struct parsed_name {
    enum name_kind kind;
    bool service; /* below "_labels" such as _25._tcp, which have been cut */
    uint32_t domain;
    struct host host;
    uint32_t address;
};

/* Reads a lower-case name without trailing dot. */
struct parsed_name names_parse(const struct options *options, const char *name);

#endif
