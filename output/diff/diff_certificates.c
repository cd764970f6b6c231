#include "output/diff/diff_hosts.h"

#include <string.h>

/*
 * A host's certificates are compared as the set that its addresses showed: behind a name that is
 * balanced over many addresses these come and go, and the certificate is the same.
 */
struct shown {
    struct result_leaf leaf;
    const char *address; /* one that showed it */
    uint16_t port;
};

struct shown_set {
    const struct result_file *file;
    const char *host;
    size_t num_items;
    struct shown items[DIFF_HOST_CERTIFICATES_MAX];
};

/* Two runs' certificates of a host. */
struct comparison {
    struct arena *arena;
    struct shown_set before, after;
    struct diff_certificate_list *list;
    const struct diff_thresholds *expiring;
    bool is_accepted; /* that one of the later run has ended */
};

static const struct shown *find(const struct shown_set *set, uint64_t fingerprint)
{
    for (size_t i = 0; i < set->num_items; i++) {
        if (set->items[i].leaf.fingerprint == fingerprint) {
            return &set->items[i];
        }
    }
    return NULL;
}

/* `host` is NULL where the run has no such host. */
static void take_shown(struct shown_set *out, const struct diff_side *side,
                       const struct mx_record *host)
{
    out->file = side->file;
    out->host = host != NULL ? host->host.bytes : NULL;
    out->num_items = 0;
    for (size_t i = 0; host != NULL && i < host->num_endpoints; i++) {
        const struct mx_endpoint *brief = &host->endpoints[i];
        struct shown item = {.address = brief->address, .port = brief->port};
        if (out->num_items < DIFF_HOST_CERTIFICATES_MAX &&
            result_file_leaf(side->file, out->host, item.address, item.port, &item.leaf) &&
            find(out, item.leaf.fingerprint) == NULL) {
            out->items[out->num_items++] = item;
        }
    }
}

/* ---- What is to be said ---- */

/* From the record of an address that showed it; NULL: that cannot be read again. */
static const struct certificate_record *read_again(struct arena *arena, const struct shown_set *set,
                                                   const struct shown *shown)
{
    struct endpoint_record endpoint;
    bool ok =
        result_file_endpoint(set->file, set->host, shown->address, shown->port, arena, &endpoint);
    return ok ? endpoint.certificate : NULL;
}

/* Those of the one set that are not in the other. */
static bool take_others(struct arena *arena, const struct shown_set *set,
                        const struct shown_set *other, struct diff_certificates *out)
{
    out->items = arena_alloc(arena, (set->num_items + 1) * sizeof(*out->items));
    for (size_t i = 0; out->items != NULL && i < set->num_items; i++) {
        if (find(other, set->items[i].leaf.fingerprint) == NULL) {
            out->items[out->num_items++] = read_again(arena, set, &set->items[i]);
        }
    }
    return out->items != NULL;
}

static bool add_replaced(struct comparison *comparison)
{
    if (comparison->before.num_items == 0) {
        return true; /* seen for the first time: nothing is known to have been replaced */
    }
    struct diff_certificate *change = arena_alloc(comparison->arena, sizeof(*change));
    if (change == NULL ||
        !take_others(comparison->arena, &comparison->after, &comparison->before, &change->after)) {
        return false;
    }
    if (change->after.num_items == 0) {
        return true;
    }
    change->change = DIFF_REPLACED;
    change->host = comparison->after.host;
    STAILQ_INSERT_TAIL(comparison->list, change, next);
    return take_others(comparison->arena, &comparison->before, &comparison->after, &change->before);
}

static bool is_expiring(const struct result_leaf *leaf, int days)
{
    return leaf->has_days_left && leaf->days_left <= days;
}

/* The lowest of the numbers of days that it has come down to. */
static int passed_days(const struct result_leaf *leaf, const struct diff_thresholds *thresholds)
{
    int days = thresholds->days[0];
    for (size_t i = 1; i < thresholds->num && is_expiring(leaf, thresholds->days[i]); i++) {
        days = thresholds->days[i];
    }
    return is_expiring(leaf, -1) ? -1 : days;
}

static bool add_expiring(struct comparison *comparison, const struct shown *shown)
{
    const struct result_leaf *leaf = &shown->leaf;
    const struct shown *earlier = find(&comparison->before, leaf->fingerprint);
    bool has_expired = is_expiring(leaf, -1);
    int days = passed_days(leaf, comparison->expiring);
    bool is_old_news = earlier != NULL && is_expiring(&earlier->leaf, days);
    bool is_told_once = has_expired || comparison->expiring->num > 1;
    if (!is_expiring(leaf, days) || (has_expired && comparison->is_accepted) ||
        (is_told_once && is_old_news)) {
        return true;
    }
    struct diff_certificate *change = arena_alloc(comparison->arena, sizeof(*change));
    if (change == NULL) {
        return false;
    }
    change->change = has_expired ? DIFF_EXPIRED : DIFF_EXPIRING;
    change->host = comparison->after.host;
    change->days_left = leaf->days_left;
    change->is_old_news = is_old_news;
    change->after.items = arena_alloc(comparison->arena, sizeof(*change->after.items));
    if (change->after.items == NULL) {
        return false;
    }
    change->after.items[0] = read_again(comparison->arena, &comparison->after, shown);
    change->after.num_items = 1;
    STAILQ_INSERT_TAIL(comparison->list, change, next);
    return true;
}

static bool compare_shown(struct comparison *comparison)
{
    bool ok = add_replaced(comparison);
    for (size_t i = 0; ok && i < comparison->after.num_items; i++) {
        ok = add_expiring(comparison, &comparison->after.items[i]);
    }
    return ok;
}

/* Somebody lives with a certificate that has ended. */
static bool accepts_expired(const struct domain_record *domain)
{
    for (size_t i = 0; i < domain->num_findings; i++) {
        const struct finding *finding = &domain->findings[i];
        if (finding->code != NULL && strcmp(finding->code, "expired") == 0) {
            return finding->accepted.until != NULL;
        }
    }
    return false;
}

bool diff_certificates(struct arena *arena, const struct diff_side *before,
                       const struct diff_side *after, const struct diff_thresholds *expiring,
                       struct diff_certificate_list *list)
{
    const struct domain_record *domain = after->domain;
    struct comparison comparison = {
        .arena = arena, .list = list, .expiring = expiring, .is_accepted = accepts_expired(domain)};
    bool ok = true;
    for (size_t i = 0; ok && i < domain->num_mx; i++) {
        const struct mx_record *mx = &domain->mx[i];
        take_shown(&comparison.after, after, mx);
        take_shown(&comparison.before, before, diff_side_mx(before, mx->host.bytes));
        ok = compare_shown(&comparison);
    }
    for (size_t i = 0; ok && i < domain->num_services; i++) {
        const struct service_record *earlier = diff_side_same_service(before, &domain->services[i]);
        take_shown(&comparison.after, after, &domain->services[i].host);
        take_shown(&comparison.before, before, earlier != NULL ? &earlier->host : NULL);
        ok = compare_shown(&comparison);
    }
    return ok;
}
