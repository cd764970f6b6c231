#include "output/history/history_hosts.h"

#include <string.h>

#define FIRST_ADDRESSES 4

struct host_key {
    const char *name;
    uint16_t port;
};

void history_hosts_init(struct history_hosts *hosts)
{
    *hosts = (struct history_hosts){.seed = table_seed_random()};
    STAILQ_INIT(&hosts->list);
}

void history_hosts_fini(struct history_hosts *hosts)
{
    while (table_take_any(&hosts->table) != NULL) {}
    table_fini(&hosts->table);
    arena_free(&hosts->memory);
}

/* ---- By name and port ---- */

static uint64_t hash_of(const struct history_hosts *hosts, const char *name, uint16_t port)
{
    const uint64_t parts[] = {table_hash(&hosts->seed, name, strlen(name)), port};
    return table_hash(&hosts->seed, parts, sizeof(parts));
}

static bool is_host(const struct table_node *node, const void *key)
{
    const struct history_host *host = (const struct history_host *)node;
    const struct host_key *wanted = key;
    return host->port == wanted->port && strcmp(host->name, wanted->name) == 0;
}

static struct history_host *find_host(const struct history_hosts *hosts, const char *name,
                                      uint16_t port)
{
    const struct host_key key = {name, port};
    return (struct history_host *)table_find(&hosts->table, hash_of(hosts, name, port), is_host,
                                             &key);
}

const struct history_host *history_hosts_find(const struct history_hosts *hosts, const char *name,
                                              uint16_t port)
{
    return find_host(hosts, name, port);
}

static struct history_host *add_host(struct history_hosts *hosts, const char *name, uint16_t port)
{
    struct history_host *host = arena_alloc(&hosts->memory, sizeof(*host));
    if (host == NULL) {
        return NULL;
    }
    host->name = arena_copy(&hosts->memory, name, strlen(name));
    host->port = port;
    if (host->name == NULL ||
        !table_insert(&hosts->table, &host->node, hash_of(hosts, name, port))) {
        return NULL;
    }
    STAILQ_INSERT_TAIL(&hosts->list, host, next);
    return host;
}

/* ---- Addresses ---- */

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool has_address(const struct history_host *host, const char *address)
{
    for (size_t i = 0; i < host->num_addresses; i++) {
        if (is_same(host->addresses[i], address)) {
            return true;
        }
    }
    return false;
}

static bool make_room(struct history_hosts *hosts, struct history_host *host)
{
    if (host->num_addresses < host->max_addresses) {
        return true;
    }
    size_t larger = host->max_addresses == 0 ? FIRST_ADDRESSES : host->max_addresses * 2;
    const char **addresses = arena_alloc(&hosts->memory, larger * sizeof(*addresses));
    if (addresses == NULL) {
        return false;
    }
    for (size_t i = 0; i < host->num_addresses; i++) {
        addresses[i] = host->addresses[i];
    }
    host->addresses = addresses;
    host->max_addresses = larger;
    return true;
}

static bool add_address(struct history_hosts *hosts, struct history_host *host, const char *address)
{
    if (host->num_addresses == HISTORY_ADDRESSES_MAX || has_address(host, address)) {
        return true;
    }
    const char *copy = NULL;
    if (!make_room(hosts, host) ||
        (address != NULL &&
         (copy = arena_copy(&hosts->memory, address, strlen(address))) == NULL)) {
        return false;
    }
    host->addresses[host->num_addresses++] = copy;
    return true;
}

bool history_hosts_add(struct history_hosts *hosts, const char *name, uint16_t port,
                       const char *address)
{
    struct history_host *host = find_host(hosts, name, port);
    if (host == NULL) {
        host = add_host(hosts, name, port);
    }
    return host != NULL && add_address(hosts, host, address);
}

static bool take_host(struct history_hosts *hosts, const struct mx_record *mx)
{
    bool ok = true;
    for (size_t i = 0; ok && mx->host.bytes != NULL && i < mx->num_endpoints; i++) {
        const struct mx_endpoint *endpoint = &mx->endpoints[i];
        ok = history_hosts_add(hosts, mx->host.bytes, endpoint->port, endpoint->address);
    }
    return ok;
}

bool history_hosts_take(struct history_hosts *hosts, const struct domain_record *domain)
{
    bool ok = true;
    for (size_t i = 0; ok && i < domain->num_mx; i++) {
        ok = take_host(hosts, &domain->mx[i]);
    }
    for (size_t i = 0; ok && i < domain->num_services; i++) {
        ok = take_host(hosts, &domain->services[i].host);
    }
    return ok;
}
