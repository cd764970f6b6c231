#include "scanner/engine/vantage.h"

#include "io/net/source_addresses.h"
#include "scanner/base/log.h"
#include "scanner/engine/ehlo.h"
#include "scanner/engine/resolver.h"
#include "scanner/engine/route.h"

bool vantage_has_sources(const struct config *config)
{
    char error[256];
    if (!source_addresses_can_bind(config->sources, error, sizeof(error))) {
        log_message("--source %s", error);
        return false;
    }
    if ((!config->ipv4 || !source_addresses_has(config->sources, 4)) &&
        (!config->ipv6 || !source_addresses_has(config->sources, 6))) {
        log_message("no --source is of the family that -%c asks for", config->ipv4 ? '4' : '6');
        return false;
    }
    return true;
}

uint8_t vantage_unrouted(const struct config *config)
{
    /* A proxy has routes of its own. */
    if (!config->ipv4 || !config->ipv6 || config->proxy != NULL) {
        return 0;
    }
    if (!source_addresses_has(config->sources, 4)) {
        return 4;
    }
    return source_addresses_has(config->sources, 6) ? route_missing() : 6;
}

void vantage_decide_trust(struct config *config)
{
    config->trust_ad = config->trust_ad || resolver_is_local(config->resolver);
    if (!config->trust_ad) {
        log_message("the resolver is not on this machine: DNSSEC stays unknown (--resolver own "
                    "starts one for the run; --trust-ad vouches for the way to yours)");
    }
}

static void check_ehlo(const struct ehlo_name *name)
{
    const char *problem = ehlo_name_problem(name);
    if (problem != NULL) {
        log_message(EHLO_NAME_PROBLEM "; " EHLO_NAME_REMEDY, name->text, problem);
    }
}

bool vantage_choose_ehlo(struct config *config)
{
    if (config->proxy != NULL && config->ehlo.text[0] == '\0') {
        log_message(
            "servers see the address of the proxy: give the name that leads back to it with "
            "--ehlo");
    }
    if (!ehlo_find(config)) {
        return false;
    }
    size_t num = config->source_ehlo != NULL ? config->sources->num_items : 0;
    for (size_t i = 0; i < num; i++) {
        check_ehlo(&config->source_ehlo[i]);
    }
    if (num == 0) {
        check_ehlo(&config->ehlo);
    }
    return true;
}
