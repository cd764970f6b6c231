#include "scanner/enforcement/dane_domain.h"

/* The first of these that any part has is the whole's. */
static enum dane_status first_of(const enum dane_status *order, size_t num_order,
                                 const enum dane_status *parts, size_t num_parts)
{
    for (size_t i = 0; i < num_order; i++) {
        for (size_t k = 0; k < num_parts; k++) {
            if (parts[k] == order[i]) {
                return order[i];
            }
        }
    }
    return DANE_UNKNOWN;
}

static size_t count(const enum dane_status *parts, size_t num_parts, enum dane_status status)
{
    size_t num = 0;
    for (size_t i = 0; i < num_parts; i++) {
        num += parts[i] == status ? 1 : 0;
    }
    return num;
}

enum dane_status dane_host_status(const enum dane_status *endpoints, size_t num_endpoints)
{
    static const enum dane_status order[] = {DANE_MISMATCH, DANE_BOGUS, DANE_TEMPERROR,
                                             DANE_UNUSABLE, DANE_VALID, DANE_INSECURE,
                                             DANE_NONE};
    return first_of(order, sizeof(order) / sizeof(order[0]), endpoints, num_endpoints);
}

/* At least one host matches its records. The domain is VALID if all others match or are unknown and
 * the MX answer is signed (RFC 7672 section 2.2.1), else PARTIAL. */
static enum dane_status status_of_valid(const struct dane_lookup *mx, const enum dane_status *hosts,
                                        size_t num_hosts)
{
    size_t num_fine = count(hosts, num_hosts, DANE_VALID) + count(hosts, num_hosts, DANE_UNKNOWN);
    return num_fine == num_hosts && mx->authentic ? DANE_VALID : DANE_PARTIAL;
}

/* The MX answer itself could not be had: senders put the mail off. DANE_NONE: it was had. */
static enum dane_status status_of_mx(const struct dane_lookup *mx)
{
    switch (mx->outcome) {
    case DNS_OK:
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        return DANE_NONE;
    case DNS_SERVFAIL:
        return mx->bogus ? DANE_BOGUS : DANE_TEMPERROR;
    case DNS_SHORTAGE:
    case DNS_CANCELLED:
        return DANE_UNKNOWN;
    default:
        return DANE_TEMPERROR;
    }
}

enum dane_status dane_domain_status(const struct dane_lookup *mx, bool trusts_resolver,
                                    const enum dane_status *hosts, size_t num_hosts)
{
    static const enum dane_status order[] = {DANE_MISMATCH, DANE_BOGUS,    DANE_TEMPERROR,
                                             DANE_UNUSABLE, DANE_INSECURE, DANE_UNKNOWN,
                                             DANE_NONE};
    if (!mx->is_answered) {
        return DANE_UNKNOWN;
    }
    enum dane_status failure = status_of_mx(mx);
    if (failure != DANE_NONE) {
        return failure;
    }
    if (num_hosts == 0) {
        return DANE_NONE;
    }
    enum dane_status worst = first_of(order, sizeof(order) / sizeof(order[0]), hosts, num_hosts);
    if (!trusts_resolver) {
        return worst == DANE_NONE ? DANE_NONE : DANE_UNKNOWN;
    }
    bool is_broken = worst == DANE_BOGUS || worst == DANE_TEMPERROR;
    if (count(hosts, num_hosts, DANE_VALID) > 0 && !is_broken) {
        return status_of_valid(mx, hosts, num_hosts);
    }
    return worst;
}
