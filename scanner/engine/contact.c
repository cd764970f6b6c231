#include "scanner/engine/contact.h"

#include "scanner/engine/exclude.h"

static bool is_allowed(const struct config *config, const struct address *address)
{
    for (size_t i = 0; i < config->allowed.num_items; i++) {
        if (prefix_contains(&config->allowed.items[i], address)) {
            return true;
        }
    }
    return false;
}

static bool is_wanted(const struct config *config, const struct address *address)
{
    return address->family == 4 ? config->ipv4 : config->ipv6;
}

enum outcome contact_check(const struct config *config, const struct address *address)
{
    if (exclude_has_address(config->exclude, address)) {
        return OUTCOME_EXCLUDED;
    }
    bool is_public = address_not_public(address) == NULL;
    if (!is_public && !is_allowed(config, address)) {
        return OUTCOME_ADDRESS_NOT_PUBLIC;
    }
    /* Addresses that are not public may be reachable without a route to the public ones. */
    bool is_unrouted = is_public && address->family == config->unrouted;
    return is_wanted(config, address) && !is_unrouted ? OUTCOME_OK : OUTCOME_FAMILY_NOT_ASKED;
}

const char *contact_detail(const struct config *config, const struct address *address,
                           enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_ADDRESS_NOT_PUBLIC:
        return address_not_public(address);
    case OUTCOME_FAMILY_NOT_ASKED:
        if (!is_wanted(config, address)) {
            return address->family == 4 ? "-6" : "-4";
        }
        return "no route";
    default:
        return NULL;
    }
}
