#include "benchmarks/fleet/names.h"

#include <stdio.h>
#include <string.h>

#define REVERSE_SUFFIX ".127.in-addr.arpa"
#define LABELS_MAX     4

static const char *zone(const struct options *options)
{
    return options->own_zones ? "test" : "fleet.test";
}

void names_domain(const struct options *options, uint32_t domain, char out_name[NAME_MAX_LEN])
{
    snprintf(out_name, NAME_MAX_LEN, "d%u.%s", domain, zone(options));
}

void names_host(const struct options *options, const struct host *host, char out_name[NAME_MAX_LEN])
{
    if (host->owner == OWNER_PROVIDER) {
        snprintf(out_name, NAME_MAX_LEN, "mx%u.p%u.%s", host->variant + 1u, host->index,
                 zone(options));
        return;
    }
    if (host->owner == OWNER_POOL) {
        snprintf(out_name, NAME_MAX_LEN, "mx%u.c%u.%s", host->index, host->variant, zone(options));
        return;
    }
    if (world_shape(options, host->index)->mx == MX_IMPLICIT) {
        names_domain(options, host->index, out_name);
        return;
    }
    char variant[2] = {host->variant > 0 ? (char)('a' + host->variant) : '\0', '\0'};
    if (options->own_zones) {
        snprintf(out_name, NAME_MAX_LEN, "mx%u%s.d%u.test", host->index, variant, host->index);
    } else {
        snprintf(out_name, NAME_MAX_LEN, "mx%u%s.fleet.test", host->index, variant);
    }
}

void names_address(uint32_t address, char out_text[NAME_MAX_LEN])
{
    snprintf(out_text, NAME_MAX_LEN, "%u.%u.%u.%u", address >> 24, (address >> 16) & 255,
             (address >> 8) & 255, address & 255);
}

/* Reads a decimal number without leading zeros and moves the cursor behind it. */
static bool read_number(const char **cursor, uint32_t limit, uint32_t *out_number)
{
    const char *p = *cursor;
    if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9')) {
        return false;
    }
    uint64_t number = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        number = number * 10 + (uint64_t)(*p - '0');
        if (number >= limit) {
            return false;
        }
    }
    *cursor = p;
    *out_number = (uint32_t)number;
    return true;
}

/* "d7": the whole label. */
static bool read_domain(const struct options *options, const char *label, uint32_t *out_domain)
{
    const char *p = label + 1;
    return label[0] == 'd' && read_number(&p, options->num_hosts, out_domain) && *p == '\0';
}

static bool read_provider(const char *label, uint32_t *out_provider)
{
    const char *p = label + 1;
    return label[0] == 'p' && read_number(&p, WORLD_PROVIDERS, out_provider) && *p == '\0';
}

static bool read_pool(const char *label, uint32_t *out_pool)
{
    const char *p = label + 1;
    return label[0] == 'c' && read_number(&p, WORLD_POOLS, out_pool) && *p == '\0';
}

/* "mx7", "mx7b". */
static bool read_host(const struct options *options, const char *label, struct host *out_host)
{
    const char *p = label + 2;
    uint32_t index;
    if (strncmp(label, "mx", 2) != 0 || !read_number(&p, options->num_hosts, &index)) {
        return false;
    }
    uint8_t variant = 0;
    if (*p >= 'b' && *p < 'a' + SHAPE_HOSTS) {
        variant = (uint8_t)(*p - 'a');
        p++;
    }
    *out_host = (struct host){.index = index, .variant = variant};
    return *p == '\0';
}

static bool read_provider_host(const char *label, const char *provider, struct host *out_host)
{
    const char *p = label + 2;
    uint32_t number;
    uint32_t index;
    if (strncmp(label, "mx", 2) != 0 || !read_number(&p, WORLD_PROVIDER_HOSTS + 1, &number) ||
        *p != '\0' || number == 0 || !read_provider(provider, &index)) {
        return false;
    }
    *out_host =
        (struct host){.owner = OWNER_PROVIDER, .index = index, .variant = (uint8_t)(number - 1)};
    return true;
}

static bool read_customer(const struct options *options, const char *label, const char *pool,
                          struct host *out_host)
{
    const char *p = label + 2;
    uint32_t number;
    uint32_t index;
    if (strncmp(label, "mx", 2) != 0 || !read_number(&p, options->num_hosts, &number) ||
        *p != '\0' || !read_pool(pool, &index)) {
        return false;
    }
    *out_host = (struct host){.owner = OWNER_POOL, .index = number, .variant = (uint8_t)index};
    return true;
}

static struct parsed_name parse_reverse(const char *name, size_t prefix_len)
{
    struct parsed_name parsed = {.kind = NAME_UNKNOWN};
    uint32_t octets[3];
    const char *p = name;
    for (unsigned i = 0; i < 3; i++) {
        if (!read_number(&p, 256, &octets[i])) {
            return parsed;
        }
        if (i < 2 && *p++ != '.') {
            return parsed;
        }
    }
    if (p == name + prefix_len) {
        parsed.kind = NAME_REVERSE;
        parsed.address = (127u << 24) | (octets[2] << 16) | (octets[1] << 8) | octets[0];
    }
    return parsed;
}

/* The length of the name without the suffix; false if it does not end so. */
static bool cut_suffix(const char *name, const char *suffix, size_t *out_len)
{
    size_t name_len = strlen(name);
    size_t suffix_len = strlen(suffix);
    if (name_len < suffix_len || strcmp(name + name_len - suffix_len, suffix) != 0) {
        return false;
    }
    *out_len = name_len - suffix_len;
    return true;
}

static struct parsed_name parse_labels(const struct options *options, char *const *labels,
                                       size_t num_labels)
{
    struct parsed_name parsed = {.kind = NAME_UNKNOWN};
    uint32_t operator;
    if (num_labels == 1 && read_domain(options, labels[0], &parsed.domain)) {
        parsed.kind = NAME_DOMAIN;
    } else if (num_labels == 1 &&
               (read_provider(labels[0], &operator) || read_pool(labels[0], &operator))) {
        parsed.kind = NAME_EMPTY;
    } else if (num_labels == 2 && (read_provider_host(labels[0], labels[1], &parsed.host) ||
                                   read_customer(options, labels[0], labels[1], &parsed.host))) {
        parsed.kind = NAME_HOST;
    } else if (!options->own_zones && num_labels == 1 &&
               read_host(options, labels[0], &parsed.host)) {
        parsed.kind = NAME_HOST;
    } else if (options->own_zones && num_labels == 2 &&
               read_host(options, labels[0], &parsed.host) &&
               read_domain(options, labels[1], &parsed.domain) &&
               parsed.domain == parsed.host.index) {
        parsed.kind = NAME_HOST;
    }
    return parsed;
}

struct parsed_name names_parse(const struct options *options, const char *name)
{
    bool service = false;
    while (name[0] == '_') {
        const char *dot = strchr(name, '.');
        if (dot == NULL) {
            return (struct parsed_name){.kind = NAME_FOREIGN};
        }
        name = dot + 1;
        service = true;
    }
    size_t prefix_len;
    if (cut_suffix(name, REVERSE_SUFFIX, &prefix_len)) {
        return parse_reverse(name, prefix_len);
    }
    if (strcmp(name, NAME_SCANNER) == 0) {
        return (struct parsed_name){.kind = NAME_THE_SCANNER, .service = service};
    }
    if (strcmp(name, zone(options)) == 0 || strcmp(name, "fleet.test") == 0) {
        return (struct parsed_name){.kind = NAME_EMPTY, .service = service};
    }
    if (!cut_suffix(name, zone(options), &prefix_len) || prefix_len == 0 ||
        name[prefix_len - 1] != '.') {
        return (struct parsed_name){.kind = NAME_FOREIGN};
    }
    char text[NAME_MAX_LEN];
    char *labels[LABELS_MAX];
    size_t num_labels = 0;
    snprintf(text, sizeof text, "%.*s", (int)(prefix_len - 1), name);
    char *rest = text;
    for (char *label; (label = strsep(&rest, ".")) != NULL;) {
        if (num_labels == LABELS_MAX) {
            return (struct parsed_name){.kind = NAME_UNKNOWN};
        }
        labels[num_labels++] = label;
    }
    struct parsed_name parsed = parse_labels(options, labels, num_labels);
    parsed.service = service;
    return parsed;
}
