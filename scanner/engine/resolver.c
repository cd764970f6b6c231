#include "scanner/engine/resolver.h"

#include <stdio.h>
#include <string.h>

#include "io/base/address.h"
#include "io/dns/dns_resolver.h"

#define RESOLV_CONF "/etc/resolv.conf"

static bool is_loopback(const char *text, size_t len)
{
    char copy[ADDRESS_TEXT_MAX + 16];
    struct address address;
    if (len == 0 || len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (!address_parse(copy, &address)) {
        char *colon = strrchr(copy, ':'); /* address:port */
        if (colon == NULL) {
            return false;
        }
        *colon = '\0';
        if (!address_parse(copy, &address)) {
            return false;
        }
    }
    const char *class = address_not_public(&address);
    return class != NULL && strcmp(class, "loopback") == 0;
}

static bool all_listed_are_local(const char *servers)
{
    while (*servers != '\0') {
        size_t len = strcspn(servers, ",");
        if (!is_loopback(servers, len)) {
            return false;
        }
        servers += len + (servers[len] == ',' ? 1 : 0);
    }
    return true;
}

static bool system_is_local(void)
{
    char line[512];
    unsigned num = 0;
    bool local = true;
    FILE *file = fopen(RESOLV_CONF, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "nameserver", 10) == 0) {
            char *address = line + 10 + strspn(line + 10, " \t");
            local = local && is_loopback(address, strcspn(address, " \t\r\n"));
            num++;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return local && num > 0;
}

const char *resolver_name(const struct config *config)
{
    return config->has_own_resolver   ? "the resolver of this run"
           : config->resolver != NULL ? config->resolver
                                      : "the system's resolver";
}

bool resolver_is_valid(const char *servers)
{
    struct dns_server list[DNS_RESOLVERS_MAX];
    return servers == NULL || dns_server_list(servers, list) > 0;
}

bool resolver_is_local(const char *servers)
{
    return servers != NULL ? all_listed_are_local(servers) : system_is_local();
}
