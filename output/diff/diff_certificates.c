#include "output/diff/diff_hosts.h"

#include <string.h>

#include "output/diff/diff_json.h"

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
    struct shown items[DIFF_CERTIFICATES_MAX];
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

static void take_shown(struct shown_set *out, const struct diff_side *side, const json_t *mx)
{
    size_t i;
    json_t *brief;
    out->file = side->file;
    out->host = diff_string(mx, "host");
    out->num_items = 0;
    json_array_foreach(json_object_get(mx, "endpoints"), i, brief)
    {
        struct shown item = {
            .address = diff_string(brief, "address"),
            .port = (uint16_t)json_integer_value(json_object_get(brief, "port")),
        };
        if (out->num_items < DIFF_CERTIFICATES_MAX &&
            result_file_leaf(side->file, out->host, item.address, item.port, &item.leaf) &&
            find(out, item.leaf.fingerprint) == NULL) {
            out->items[out->num_items++] = item;
        }
    }
}

/* ---- Words ---- */

/* What tells one certificate from another, from the record of an address that showed it. */
static json_t *brief_of(bool *failed, const struct shown_set *set, const struct shown *shown)
{
    static const char *const fields[] = {"subject",   "issuer", "not_before", "not_after",
                                         "days_left", "sha256", "spki_sha256"};
    json_t *endpoint = result_file_endpoint(set->file, set->host, shown->address, shown->port);
    const json_t *certificate = json_object_get(endpoint, "certificate");
    json_t *brief = json_object();
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        diff_put_field(failed, brief, fields[i], certificate);
    }
    *failed |= brief == NULL;
    json_decref(endpoint);
    return brief;
}

/* Those of the one set that are not in the other. */
static json_t *take_others(bool *failed, const struct shown_set *set, const struct shown_set *other)
{
    json_t *list = json_array();
    for (size_t i = 0; i < set->num_items; i++) {
        if (find(other, set->items[i].leaf.fingerprint) == NULL) {
            diff_append(failed, list, brief_of(failed, set, &set->items[i]));
        }
    }
    *failed |= list == NULL;
    return list;
}

static void add_replaced(bool *failed, json_t *changes, const struct shown_set *before,
                         const struct shown_set *after)
{
    if (before->num_items == 0) {
        return; /* seen for the first time: nothing is known to have been replaced */
    }
    json_t *new_ones = take_others(failed, after, before);
    if (json_array_size(new_ones) > 0) {
        json_t *change = json_object();
        diff_put_text(failed, change, "change", "replaced");
        diff_put_text(failed, change, "host", after->host);
        diff_put(failed, change, "old", take_others(failed, before, after));
        diff_put(failed, change, "new", json_incref(new_ones));
        diff_append(failed, changes, change);
    }
    json_decref(new_ones);
}

static bool is_expiring(const struct result_leaf *leaf, int days)
{
    return leaf->has_days_left && leaf->days_left <= days;
}

static void add_expiring(bool *failed, json_t *changes, const struct shown_set *before,
                         const struct shown_set *after, int days)
{
    for (size_t i = 0; i < after->num_items; i++) {
        const struct result_leaf *leaf = &after->items[i].leaf;
        const struct shown *earlier = find(before, leaf->fingerprint);
        bool has_expired = is_expiring(leaf, -1);
        bool is_old_news = earlier != NULL && is_expiring(&earlier->leaf, has_expired ? -1 : days);
        if (!is_expiring(leaf, days) || (has_expired && is_old_news)) {
            continue;
        }
        json_t *change = json_object();
        diff_put_text(failed, change, "change", has_expired ? "expired" : "expiring");
        diff_put_text(failed, change, "host", after->host);
        diff_put(failed, change, "days_left", json_integer(leaf->days_left));
        diff_put(failed, change, "since_before", json_boolean(is_old_news));
        diff_put(failed, change, "certificate", brief_of(failed, after, &after->items[i]));
        diff_append(failed, changes, change);
    }
}

static void compare_places(bool *failed, json_t *changes, const char *list,
                           const struct diff_side *before, const struct diff_side *after, int days)
{
    size_t i;
    json_t *place;
    json_array_foreach(json_object_get(after->domain, list), i, place)
    {
        struct shown_set old_ones, new_ones;
        take_shown(&new_ones, after, place);
        take_shown(&old_ones, before, diff_side_same_place(before, list, place));
        add_replaced(failed, changes, &old_ones, &new_ones);
        add_expiring(failed, changes, &old_ones, &new_ones, days);
    }
}

json_t *diff_certificates(bool *failed, const struct diff_side *before,
                          const struct diff_side *after, int expiring_days)
{
    json_t *changes = json_array();
    compare_places(failed, changes, "mx", before, after, expiring_days);
    compare_places(failed, changes, "services", before, after, expiring_days);
    *failed |= changes == NULL;
    if (json_array_size(changes) > 0) {
        return changes;
    }
    json_decref(changes);
    return NULL;
}
