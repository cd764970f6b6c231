#include "output/diff/diff_hosts.h"

#include <string.h>

/* ---- MX records ---- */

/* Hosts of the one side that the other has not; NULL: no memory. */
static const char **hosts_missing(struct arena *arena, const struct diff_side *from,
                                  const struct diff_side *other, size_t *out_num)
{
    const struct domain_record *domain = from->domain;
    const char **hosts = arena_alloc(arena, (domain->num_mx + 1) * sizeof(*hosts));
    *out_num = 0;
    for (size_t i = 0; hosts != NULL && i < domain->num_mx; i++) {
        const char *host = domain->mx[i].host.bytes;
        if (host != NULL && diff_side_mx(other, host) == NULL) {
            hosts[(*out_num)++] = host;
        }
    }
    return hosts;
}

static bool find_preferences(struct arena *arena, const struct diff_side *before,
                             const struct diff_side *after, struct diff_mx *out_mx)
{
    const struct domain_record *domain = after->domain;
    out_mx->preferences = arena_alloc(arena, (domain->num_mx + 1) * sizeof(*out_mx->preferences));
    for (size_t i = 0; out_mx->preferences != NULL && i < domain->num_mx; i++) {
        const struct mx_record *mx = &domain->mx[i];
        const struct mx_record *earlier = diff_side_mx(before, mx->host.bytes);
        if (earlier != NULL && earlier->preference != mx->preference) {
            out_mx->preferences[out_mx->num_preferences++] =
                (struct diff_preference){mx->host.bytes, earlier->preference, mx->preference};
        }
    }
    return out_mx->preferences != NULL;
}

bool diff_mx(struct arena *arena, const struct diff_side *before, const struct diff_side *after,
             struct diff_mx *out_mx)
{
    if (before->domain->mail == MAIL_UNKNOWN || after->domain->mail == MAIL_UNKNOWN) {
        return true;
    }
    out_mx->added = hosts_missing(arena, after, before, &out_mx->num_added);
    out_mx->removed = hosts_missing(arena, before, after, &out_mx->num_removed);
    return out_mx->added != NULL && out_mx->removed != NULL &&
           find_preferences(arena, before, after, out_mx);
}

/* ---- Providers ---- */

static bool has_name(const char *const *names, size_t num, const char *name)
{
    for (size_t i = 0; i < num; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* An address shows its host's provider; a host without one has an endpoint line all the same. */
static const char *provider_of(const struct diff_side *side, const char *host)
{
    for (size_t i = 0; host != NULL && i < side->num_endpoints; i++) {
        const char *name = side->endpoints[i]->host;
        if (name != NULL && strcmp(name, host) == 0) {
            return side->endpoints[i]->provider;
        }
    }
    return NULL;
}

/* Each once. None where a host's provider is not known. NULL: no memory. */
static const char **find_providers(struct arena *arena, struct diff_side *side, size_t *out_num)
{
    const struct domain_record *domain = side->domain;
    const char **providers = arena_alloc(arena, (domain->num_mx + 1) * sizeof(*providers));
    *out_num = 0;
    diff_side_load(side);
    for (size_t i = 0; providers != NULL && i < domain->num_mx; i++) {
        const char *provider = provider_of(side, domain->mx[i].host.bytes);
        if (provider == NULL) {
            *out_num = 0;
            break;
        }
        if (!has_name(providers, *out_num, provider)) {
            providers[(*out_num)++] = provider;
        }
    }
    return providers;
}

static bool is_same_set(const struct diff_providers *providers)
{
    for (size_t i = 0; i < providers->num_before; i++) {
        if (!has_name(providers->after, providers->num_after, providers->before[i])) {
            return false;
        }
    }
    return providers->num_before == providers->num_after;
}

bool diff_providers(struct arena *arena, struct diff_side *before, struct diff_side *after,
                    struct diff_providers *out_providers)
{
    struct diff_providers found;
    found.before = find_providers(arena, before, &found.num_before);
    found.after = find_providers(arena, after, &found.num_after);
    if (found.before == NULL || found.after == NULL) {
        return false;
    }
    if (found.num_before > 0 && found.num_after > 0 && !is_same_set(&found)) {
        *out_providers = found;
    }
    return true;
}
