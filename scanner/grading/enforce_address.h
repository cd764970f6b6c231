/*
 * What a sender that demands TLS meets at one address of an MX host. Senders are taken as their
 * packages set them up. Postfix goes on with what is old as long as OpenSSL 3 has it; of others
 * that is not known, so that they are given servers of these days alone.
 */
#ifndef MXGRADE_SCANNER_ENFORCE_ADDRESS_H
#define MXGRADE_SCANNER_ENFORCE_ADDRESS_H

#include <stdint.h>

#include "io/base/hostname.h"
#include "output/record/record.h"

/* What a level asks of an address. */
enum enforce_demand {
    DEMAND_TLS,        /* a handshake that Postfix can finish, each time */
    DEMAND_LEVEL_1,    /* ... also when it authenticates servers */
    DEMAND_MODERN,     /* ... and that senders can finish which refuse what is old */
    DEMAND_TRUST,      /* certificates that a trusted CA vouches for, in their dates */
    DEMAND_STRONG,     /* ... without a weak key or signature */
    DEMAND_HOST_NAME,  /* ... which name the MX host */
    DEMAND_DOMAIN_NAME /* ... which name the domain, or a name below it */
};

struct enforce_address {
    const struct endpoint_record *record;
    const struct hostname *domain;
    int64_t now; /* certificates that have ended since the scan count no more */
};

/* The part that an address has in the answers. */
enum enforce_part {
    PART_SEEN,   /* it was asked, and what it said counts */
    PART_SILENT, /* nobody took the connection: no mail goes there, whatever is demanded */
    PART_NOT_ASKED
};

/* `record` NULL: the file has none, only the outcome. */
enum enforce_part enforce_part_of(enum outcome outcome, const struct endpoint_record *record);

/* Does the address meet the demand? Unless that is yes, *out_because is why, in a few words of
 * ours. */
enum tri enforce_address_meets(const struct enforce_address *address, enum enforce_demand demand,
                               const char **out_because);

#endif
