/*
 * Country, AS number and organisation of an address, from MaxMind DB files (libmaxminddb).
 *
 * Each field is taken from the first database that has it. Understood are the layouts of GeoLite2
 * and GeoIP2 (Country, City, Enterprise, ASN, ISP) and their DB-IP equivalents, the flat
 * "country_code" ones of ip-location-db, and IPinfo's ("asn" as text). Immutable once loaded: any
 * number of threads may look up at once. The files are mapped: replace one by renaming a new one
 * over it, as update tools do, never by writing into it.
 */
#ifndef MXGRADE_IO_GEO_H
#define MXGRADE_IO_GEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"

struct geo;

struct geo_record {
    char country[4]; /* ISO 3166-1 alpha-2 in capitals; "" if not known */
    uint32_t asn;    /* 0 if not known */
    const char
        *as_org; /* NULL if not known; not NUL-terminated, any bytes; lives as long as the geo */
    size_t as_org_len;
};

/*
 * Opens every file and checks its search tree. NULL if one cannot be used, or on lack of memory;
 * the message in out_error then names the file and says why. `num` may be 0: nothing is known then.
 */
struct geo *geo_new(const char *const *paths, size_t num, char *out_error, size_t error_size);
void geo_free(struct geo *geo);

/* False, and an empty record, if nothing is known of the address. */
bool geo_look_up(const struct geo *geo, const struct address *address,
                 struct geo_record *out_record);

#endif
