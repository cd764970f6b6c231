#include "benchmarks/fleet/shape.h"

#include <string.h>

#define HOST(preference, count)                                                                    \
    {                                                                                              \
        TARGET_ADDRESSES, (preference), (count)                                                    \
    }
#define DEAD(preference, target)                                                                   \
    {                                                                                              \
        (target), (preference), 0                                                                  \
    }

static const struct shape table[] = {
    /* clang-format off */
    {.name = "single", .weight = 6000, .hosts = {HOST(10, 1)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "provider", .weight = 2000, .mx = MX_PROVIDER, .mail = "mx", .dns_outcome = "ok"},
    {.name = "two_mx", .weight = 700, .hosts = {HOST(10, 1), HOST(20, 1)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "equal_mx", .weight = 200, .hosts = {HOST(10, 1), HOST(10, 1), HOST(10, 1)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "two_addresses", .weight = 200, .hosts = {HOST(10, 2)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "four_addresses", .weight = 50, .hosts = {HOST(5, 4)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "implicit", .weight = 150, .mx = MX_IMPLICIT, .hosts = {HOST(PREFERENCE_UNLISTED, 1)}, .mail = "implicit", .dns_outcome = "dns_nodata"},
    {.name = "null_mx", .weight = 150, .mx = MX_NULL, .mail = "null_mx", .dns_outcome = "ok"},
    {.name = "no_mail", .weight = 100, .mx = MX_NODATA, .mail = "none", .dns_outcome = "dns_nodata"},
    {.name = "nxdomain", .weight = 150, .mx = MX_NXDOMAIN, .mail = "none", .dns_outcome = "dns_nxdomain"},
    {.name = "servfail", .weight = 40, .mx = MX_SERVFAIL, .mail = "unknown", .dns_outcome = "dns_servfail"},
    {.name = "refused", .weight = 20, .mx = MX_REFUSED, .mail = "unknown", .dns_outcome = "dns_refused"},
    {.name = "dns_timeout", .weight = 10, .mx = MX_TIMEOUT, .mail = "unknown", .dns_outcome = "dns_timeout"},
    {.name = "truncated", .weight = 20, .mx = MX_TRUNCATED, .hosts = {HOST(10, 1)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "mx_cname", .weight = 40, .hosts = {DEAD(10, TARGET_ALIAS), HOST(PREFERENCE_UNLISTED, 1)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "mx_literal", .weight = 10, .mx = MX_LITERAL, .mail = "mx", .dns_outcome = "ok"},
    {.name = "mx_nxdomain", .weight = 40, .hosts = {DEAD(10, TARGET_DANGLING)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "mx_nodata", .weight = 20, .hosts = {DEAD(10, TARGET_NODATA)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "mx_servfail", .weight = 20, .hosts = {DEAD(10, TARGET_SERVFAIL)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "mx_timeout", .weight = 10, .hosts = {DEAD(10, TARGET_TIMEOUT)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "mx_private", .weight = 20, .hosts = {DEAD(10, TARGET_PRIVATE)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "mx_metadata", .weight = 10, .hosts = {DEAD(10, TARGET_METADATA)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "ipv6_dead", .weight = 20, .hosts = {DEAD(10, TARGET_IPV6_LOOPBACK)}, .mail = "mx", .dns_outcome = "ok"},
    /* The first MX is dead by intention, the second works. */
    {.name = "nolisting", .weight = 20, .hosts = {DEAD(10, TARGET_IPV6_LOOPBACK), HOST(20, 1)}, .mail = "mx", .dns_outcome = "ok"},
    /* What the skewed world is made of; not in the default mix. */
    {.name = "customer", .mx = MX_CUSTOMER, .mail = "mx", .dns_outcome = "ok"},
    {.name = "hoster", .mx = MX_HOSTER, .mail = "mx", .dns_outcome = "ok"},
    {.name = "pairs", .hosts = {HOST(10, 2), HOST(20, 2), HOST(30, 2)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "five_mx", .hosts = {HOST(10, 4), HOST(20, 1), HOST(20, 1), HOST(30, 1), HOST(40, 1)}, .mail = "mx", .dns_outcome = "ok"},
    {.name = "half_dangling", .weight = 20, .hosts = {HOST(10, 1), DEAD(20, TARGET_DANGLING)}, .mail = "mx", .dns_outcome = "ok"},
    /* clang-format on */
};

size_t shape_count(void)
{
    return sizeof table / sizeof table[0];
}

const struct shape *shape_at(size_t index)
{
    return &table[index];
}

bool shape_find(const char *name, size_t *out_index)
{
    for (size_t i = 0; i < shape_count(); i++) {
        if (strcmp(table[i].name, name) == 0) {
            *out_index = i;
            return true;
        }
    }
    return false;
}

const char *target_outcome(enum target_kind target)
{
    switch (target) {
    case TARGET_ADDRESSES:
    case TARGET_ALIAS:
        return NULL;
    case TARGET_NONE:
    case TARGET_DANGLING:
        return "dns_nxdomain";
    case TARGET_NODATA:
        return "dns_nodata";
    case TARGET_SERVFAIL:
        return "dns_servfail";
    case TARGET_TIMEOUT:
        return "dns_timeout";
    case TARGET_PRIVATE:
    case TARGET_METADATA:
        return "address_not_public";
    case TARGET_IPV6_LOOPBACK:
        return "connect_refused";
    }
    return NULL;
}
