/* c-ares 1.34 has new names for what is called here, which 1.18 does not know. */
#define CARES_NO_DEPRECATED

#include "io/dns/dns_servers.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>

#define DNS_PORT        53
#define SERVER_TEXT_MAX (ADDRESS_TEXT_MAX + sizeof("[]:65535"))

static bool parse_port(const char *text, uint16_t *out_port)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0') {
        return false;
    }
    unsigned long port = strtoul(text, NULL, 10);
    *out_port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53" */
static bool parse_server(char *text, struct dns_server *out_server)
{
    char *colon = strrchr(text, ':');
    out_server->port = DNS_PORT;
    if (address_parse(text, &out_server->address)) {
        return true;
    }
    if (colon == NULL || !parse_port(colon + 1, &out_server->port)) {
        return false;
    }
    *colon = '\0';
    bool bracketed = text[0] == '[';
    return address_parse(text, &out_server->address) &&
           (out_server->address.family == 4 || bracketed);
}

static size_t parse_server_list(const char *text, struct dns_server *out_servers)
{
    size_t num_servers = 0;
    while (num_servers < DNS_RESOLVERS_MAX) {
        char item[SERVER_TEXT_MAX];
        size_t len = strcspn(text, ",");
        if (len >= sizeof(item)) {
            return 0;
        }
        memcpy(item, text, len);
        item[len] = '\0';
        if (!parse_server(item, &out_servers[num_servers])) {
            return 0;
        }
        num_servers++;
        if (text[len] == '\0') {
            return num_servers;
        }
        text += len + 1;
    }
    return 0;
}

static size_t system_server_list(struct dns_server *out_servers)
{
    ares_channel channel;
    struct ares_addr_port_node *nodes = NULL;
    size_t num_servers = 0;
    if (ares_init(&channel) != ARES_SUCCESS) {
        return 0;
    }
    if (ares_get_servers_ports(channel, &nodes) != ARES_SUCCESS) {
        nodes = NULL;
    }
    for (const struct ares_addr_port_node *node = nodes;
         node != NULL && num_servers < DNS_RESOLVERS_MAX; node = node->next) {
        struct dns_server *server = &out_servers[num_servers++];
        bool v4 = node->family == AF_INET;
        memset(server, 0, sizeof(*server));
        server->address.family = v4 ? 4 : 6;
        memcpy(server->address.bytes, &node->addr, v4 ? 4 : 16);
        server->port = node->udp_port > 0 ? (uint16_t)node->udp_port : DNS_PORT;
    }
    if (nodes != NULL) {
        ares_free_data(nodes);
    }
    ares_destroy(channel);
    return num_servers;
}

size_t dns_server_list(const char *text, struct dns_server out_servers[DNS_RESOLVERS_MAX])
{
    return text != NULL ? parse_server_list(text, out_servers) : system_server_list(out_servers);
}
