#include "scanner/engine/contact.h"

#include "scanner/engine/exclude.h"

enum outcome contact_check(const struct config *config, const struct address *address)
{
    if (exclude_has_address(config->exclude, address)) {
        return OUTCOME_EXCLUDED;
    }
    if (address_not_public(address) == NULL) {
        return OUTCOME_OK;
    }
    for (size_t i = 0; i < config->allowed.num_items; i++) {
        if (prefix_contains(&config->allowed.items[i], address)) {
            return OUTCOME_OK;
        }
    }
    return OUTCOME_ADDRESS_NOT_PUBLIC;
}
