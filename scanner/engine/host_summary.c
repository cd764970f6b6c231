#include "scanner/engine/host_summary.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/enforcement/dane_domain.h"
#include "scanner/enforcement/leaf_names.h"
#include "scanner/engine/host_dane.h"

struct host_result *host_summary_new(size_t num_endpoints)
{
    struct host_result *result =
        calloc(1, sizeof(*result) + num_endpoints * sizeof(result->endpoints[0]));
    if (result != NULL) {
        atomic_init(&result->references, 1);
        result->num_endpoints = num_endpoints;
    }
    return result;
}

struct host_result *host_summary_hold(struct host_result *result)
{
    atomic_fetch_add_explicit(&result->references, 1, memory_order_relaxed);
    return result;
}

void host_summary_release(struct host_result *result)
{
    if (result != NULL &&
        atomic_fetch_sub_explicit(&result->references, 1, memory_order_acq_rel) == 1) {
        for (size_t i = 0; i < result->num_endpoints; i++) {
            leaf_names_release(result->endpoints[i].leaf_names);
        }
        free(result->caa);
        free((char *)result->bogus);
        free(result);
    }
}

/* If the host has TLSA records, its status follows from how the endpoints match them. */
static enum dane_status dane_of(const struct host_lookup *lookup, const struct host_result *result)
{
    enum dane_status statuses[HOST_ADDRESSES_MAX] = {0};
    if (lookup->dane == NULL || lookup->dane->set == NULL) {
        return lookup->dane != NULL ? lookup->dane->status : DANE_UNKNOWN;
    }
    for (size_t i = 0; i < result->num_endpoints; i++) {
        statuses[i] = result->endpoints[i].dane;
    }
    return dane_host_status(statuses, result->num_endpoints);
}

bool host_summary_fill(struct host_result *result, const struct host_lookup *lookup)
{
    result->aliased = lookup->aliased;
    result->dnssec = lookup->dnssec;
    result->dane = dane_of(lookup, result);
    result->outcome = host_outcome(lookup->outcome, result->endpoints, result->num_endpoints);
    result->lookup = lookup->outcome;
    const char *bogus = lookup->dane != NULL ? lookup->dane->bogus : NULL;
    result->bogus = bogus != NULL ? strdup(bogus) : NULL;
    return result->bogus != NULL || bogus == NULL;
}
