#include "scanner/engine/ehlo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/loop.h"
#include "io/net/source_addresses.h"
#include "scanner/engine/route.h"

#define OWN_NAME_SIZE 256

void ehlo_reverse_name(const struct address *address, char out_name[EHLO_REVERSE_SIZE])
{
    size_t len = 0;
    if (address->family == 4) {
        snprintf(out_name, EHLO_REVERSE_SIZE, "%u.%u.%u.%u.in-addr.arpa", address->bytes[3],
                 address->bytes[2], address->bytes[1], address->bytes[0]);
        return;
    }
    for (int i = 15; i >= 0; i--) {
        len += (size_t)snprintf(out_name + len, EHLO_REVERSE_SIZE - len, "%x.%x.",
                                address->bytes[i] & 15, address->bytes[i] >> 4);
    }
    snprintf(out_name + len, EHLO_REVERSE_SIZE - len, "ip6.arpa");
}

struct lookups {
    struct ev_loop *loop;
    size_t num_open;
};

/* Of one address. */
struct lookup {
    struct dns_waiter waiter;
    struct lookups *all;
    struct ehlo_name *out_name;
};

struct ehlo_name ehlo_of_ptr(const struct dns_answer *answer)
{
    struct ehlo_name name = {""};
    for (size_t i = 0; i < answer->num_records && name.text[0] == '\0'; i++) {
        const struct hostname *host;
        const char *text = answer->records[i].host;
        if (hostname_parse_any(text, strlen(text), &host) == HOSTNAME_OK) {
            name = ehlo_name_of_host(host);
            hostname_release(host);
        }
    }
    return name;
}

static void on_ptr(void *user, const struct dns_answer *answer)
{
    struct lookup *lookup = user;
    *lookup->out_name = ehlo_of_ptr(answer);
    if (--lookup->all->num_open == 0 && answer->outcome != DNS_CANCELLED) {
        ev_break(lookup->all->loop, EVBREAK_ALL);
    }
}

/* Asks for all of them at once. Without an answer a name stays empty. */
static void ask_for(struct dns *dns, struct lookups *all, struct lookup *lookups,
                    const struct address *addresses, size_t num_addresses,
                    struct ehlo_name *out_names)
{
    char question[EHLO_REVERSE_SIZE];
    all->num_open = num_addresses;
    for (size_t i = 0; i < num_addresses; i++) {
        lookups[i].all = all;
        lookups[i].out_name = &out_names[i];
        ehlo_reverse_name(&addresses[i], question);
        dns_ask(dns, &lookups[i].waiter, question, DNS_PTR, on_ptr, &lookups[i]);
    }
    ev_run(all->loop, 0);
}

static void look_up(const struct config *config, const struct address *addresses,
                    size_t num_addresses, struct ehlo_name *out_names)
{
    struct lookups all = {.loop = loop_new()};
    struct lookup *lookups = calloc(num_addresses, sizeof(*lookups));
    const struct dns_options options = {
        .servers = config->resolver, .timeout_ms = 1000, .tries = 2};
    struct dns *dns = all.loop != NULL ? dns_new(all.loop, &options) : NULL;
    if (dns != NULL && lookups != NULL) {
        ask_for(dns, &all, lookups, addresses, num_addresses, out_names);
    }
    dns_free(dns);
    loop_free(all.loop);
    free(lookups);
}

/* This machine's own name, where it is qualified. */
static struct ehlo_name own_name(void)
{
    struct ehlo_name name = {""};
    const struct hostname *host;
    char text[OWN_NAME_SIZE] = "";
    bool has_name = gethostname(text, sizeof(text) - 1) == 0;
    if (has_name && hostname_parse(text, strlen(text), &host) == HOSTNAME_OK) {
        name = ehlo_name_of_host(host);
        hostname_release(host);
    }
    return name;
}

/* Fills the names of these addresses, which are empty. */
static void find_names(const struct config *config, const struct address *addresses,
                       size_t num_addresses, struct ehlo_name *out_names)
{
    look_up(config, addresses, num_addresses, out_names);
    for (size_t i = 0; i < num_addresses; i++) {
        if (out_names[i].text[0] == '\0') {
            out_names[i] = own_name();
        }
        if (out_names[i].text[0] == '\0') {
            out_names[i] = ehlo_name_of_address(&addresses[i]);
        }
    }
}

struct ehlo_name ehlo_of_route(const struct config *config)
{
    struct address source;
    struct ehlo_name name = {""};
    if ((config->ipv4 && route_source(4, &source)) || (config->ipv6 && route_source(6, &source))) {
        find_names(config, &source, 1, &name);
        return name;
    }
    source = (struct address){.family = 4, .bytes = {127, 0, 0, 1}};
    name = own_name();
    return name.text[0] != '\0' ? name : ehlo_name_of_address(&source);
}

bool ehlo_find(struct config *config)
{
    const struct source_addresses *sources = config->sources;
    if (config->ehlo.text[0] != '\0') {
        return true;
    }
    if (sources == NULL) {
        config->ehlo = ehlo_of_route(config);
        return true;
    }
    config->source_ehlo = calloc(sources->num_items, sizeof(*config->source_ehlo));
    if (config->source_ehlo != NULL) {
        find_names(config, sources->items, sources->num_items, config->source_ehlo);
    }
    return config->source_ehlo != NULL;
}
