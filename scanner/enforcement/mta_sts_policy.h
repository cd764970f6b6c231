/*
 * The body of an MTA-STS policy: RFC 8461 section 3.2, with errata 6253 (a bare LF ends a line as
 * well) and 7282 (max_age). Read as the grammar has it, since that is what decides whether senders
 * enforce it; only blank lines and spaces at a line's end are let pass.
 */
#ifndef MXGRADE_SCANNER_MTA_STS_POLICY_H
#define MXGRADE_SCANNER_MTA_STS_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "io/base/hostname.h"

#define MTA_STS_POLICY_MAX  65536    /* bytes; RFC 8461 section 3.3 suggests it */
#define MTA_STS_MX_MAX      512      /* patterns; more is nobody's policy */
#define MTA_STS_MAX_AGE_MAX 31557600 /* a year, RFC 8461 section 3.2 */
#define MTA_STS_MAX_AGE_LOW 86400    /* less than a day protects hardly anyone */

enum mta_sts_mode {
    MTA_STS_MODE_UNKNOWN,
    MTA_STS_MODE_NONE,
    MTA_STS_MODE_TESTING,
    MTA_STS_MODE_ENFORCE
};

/* As the policy spells it; NULL for UNKNOWN. */
const char *mta_sts_mode_name(enum mta_sts_mode mode);

struct mta_sts_policy {
    bool is_valid; /* senders can use it */
    enum mta_sts_mode mode;
    int64_t max_age;       /* seconds as written; -1: not known */
    const char *const *mx; /* patterns, lower case, in the arena; also those that cannot match */
    size_t num_mx;
    uint64_t problems; /* MTA_STS_PROBLEM_BIT()s */
};

/* False on lack of memory. What could be read of an invalid policy is in it all the same. */
bool mta_sts_policy_parse(struct arena *arena, const uint8_t *body, size_t len,
                          struct mta_sts_policy *out_policy);

/*
 * RFC 8461 section 4.1: the same name, or "*." and the name without its first label. Case and a
 * final dot of the pattern do not matter.
 */
bool mta_sts_mx_matches(const char *pattern, const struct hostname *host);

bool mta_sts_policy_allows(const struct mta_sts_policy *policy, const struct hostname *host);

#endif
