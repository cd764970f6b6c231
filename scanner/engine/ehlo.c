#include "scanner/engine/ehlo.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/base/loop.h"
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

struct lookup {
    struct ev_loop *loop;
    struct ehlo_name name;
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
    lookup->name = ehlo_of_ptr(answer);
    if (answer->outcome != DNS_CANCELLED) {
        ev_break(lookup->loop, EVBREAK_ALL);
    }
}

static struct ehlo_name look_up(const struct config *config, const struct address *source)
{
    char question[EHLO_REVERSE_SIZE];
    struct lookup lookup = {.loop = loop_new()};
    if (lookup.loop == NULL) {
        return lookup.name;
    }
    const struct dns_options options = {
        .servers = config->resolver, .timeout_ms = 1000, .tries = 2};
    struct dns *dns = dns_new(lookup.loop, &options);
    if (dns != NULL) {
        ehlo_reverse_name(source, question);
        struct dns_waiter waiter;
        dns_ask(dns, &waiter, question, DNS_PTR, on_ptr, &lookup);
        ev_run(lookup.loop, 0);
        dns_free(dns);
    }
    loop_free(lookup.loop);
    return lookup.name;
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

struct ehlo_name ehlo_find(const struct config *config)
{
    struct address source = {.family = 4, .bytes = {127, 0, 0, 1}};
    struct ehlo_name name = {""};
    bool has_source =
        (config->ipv4 && route_source(4, &source)) || (config->ipv6 && route_source(6, &source));
    if (has_source) {
        name = look_up(config, &source);
    }
    if (name.text[0] == '\0') {
        name = own_name();
    }
    return name.text[0] != '\0' ? name : ehlo_name_of_address(&source);
}
