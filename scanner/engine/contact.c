#include "scanner/engine/contact.h"

#include "io/net/source_addresses.h"
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

/* Why the run leaves out the family of the address; NULL: it does not. */
static const char *why_not_asked(const struct config *config, const struct address *address)
{
    if (!is_wanted(config, address)) {
        return address->family == 4 ? "-6" : "-4";
    }
    if (!source_addresses_has(config->sources, address->family)) {
        return "no --source";
    }
    /* Addresses that are not public may be reachable without a route to the public ones. */
    bool is_public = address_not_public(address) == NULL;
    return is_public && address->family == config->unrouted ? "no route" : NULL;
}

enum outcome contact_check(const struct config *config, const struct address *address)
{
    if (exclude_has_address(config->exclude, address)) {
        return OUTCOME_EXCLUDED;
    }
    if (address_not_public(address) != NULL && !is_allowed(config, address)) {
        return OUTCOME_ADDRESS_NOT_PUBLIC;
    }
    return why_not_asked(config, address) == NULL ? OUTCOME_OK : OUTCOME_FAMILY_NOT_ASKED;
}

const char *contact_detail(const struct config *config, const struct address *address,
                           enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_ADDRESS_NOT_PUBLIC:
        return address_not_public(address);
    case OUTCOME_FAMILY_NOT_ASKED:
        return why_not_asked(config, address);
    default:
        return NULL;
    }
}
