#include "output/diff/diff_hosts.h"

#include <string.h>

#include "output/diff/diff_json.h"

/* ---- MX records ---- */

static json_t *take_hosts(bool *failed, const struct diff_side *from, const struct diff_side *other)
{
    json_t *hosts = json_array();
    size_t i;
    json_t *mx;
    json_array_foreach(json_object_get(from->domain, "mx"), i, mx)
    {
        const char *host = diff_string(mx, "host");
        if (host != NULL && diff_side_mx(other, host) == NULL) {
            diff_append(failed, hosts, json_string(host));
        }
    }
    *failed |= hosts == NULL;
    return hosts;
}

static json_t *take_preferences(bool *failed, const struct diff_side *before,
                                const struct diff_side *after)
{
    json_t *moves = json_array();
    size_t i;
    json_t *mx;
    json_array_foreach(json_object_get(after->domain, "mx"), i, mx)
    {
        const char *host = diff_string(mx, "host");
        const json_t *earlier = diff_side_mx(before, host);
        json_t *old_value = json_object_get(earlier, "preference");
        json_t *new_value = json_object_get(mx, "preference");
        if (earlier == NULL || json_equal(old_value, new_value) == 1) {
            continue;
        }
        json_t *move = json_object();
        diff_put_text(failed, move, "host", host);
        diff_put(failed, move, "old", json_incref(old_value));
        diff_put(failed, move, "new", json_incref(new_value));
        diff_append(failed, moves, move);
    }
    *failed |= moves == NULL;
    return moves;
}

/* Puts a list that has something in it. */
static void put_list(bool *failed, json_t *object, const char *key, json_t *list)
{
    if (json_array_size(list) > 0) {
        diff_put(failed, object, key, list);
    } else {
        json_decref(list);
    }
}

static json_t *unless_empty(bool *failed, json_t *object)
{
    *failed |= object == NULL;
    if (json_object_size(object) > 0) {
        return object;
    }
    json_decref(object);
    return NULL;
}

json_t *diff_mx(bool *failed, const struct diff_side *before, const struct diff_side *after)
{
    if (!diff_is_known(before->domain, "mail") || !diff_is_known(after->domain, "mail")) {
        return NULL;
    }
    json_t *change = json_object();
    put_list(failed, change, "added", take_hosts(failed, after, before));
    put_list(failed, change, "removed", take_hosts(failed, before, after));
    put_list(failed, change, "preference", take_preferences(failed, before, after));
    return unless_empty(failed, change);
}

/* ---- Providers ---- */

static bool has_item(const json_t *array, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (strcmp(json_string_value(item), text) == 0) {
            return true;
        }
    }
    return false;
}

/* An address shows its host's provider; a host without one has an endpoint line all the same. */
static const char *provider_of(const struct diff_side *side, const char *host)
{
    for (size_t i = 0; i < side->num_endpoints; i++) {
        const char *name = diff_string(side->endpoints[i], "host");
        if (name != NULL && strcmp(name, host) == 0) {
            return diff_string(side->endpoints[i], "provider");
        }
    }
    return NULL;
}

/* NULL where a host's provider is not known. */
static json_t *take_providers(bool *failed, struct diff_side *side)
{
    json_t *providers = json_array();
    size_t i;
    json_t *mx;
    diff_side_load(side);
    json_array_foreach(json_object_get(side->domain, "mx"), i, mx)
    {
        const char *host = diff_string(mx, "host");
        const char *provider = host != NULL ? provider_of(side, host) : NULL;
        if (provider == NULL) {
            json_decref(providers);
            return NULL;
        }
        if (!has_item(providers, provider)) {
            diff_append(failed, providers, json_string(provider));
        }
    }
    *failed |= providers == NULL;
    return providers;
}

static bool is_same_set(const json_t *a, const json_t *b)
{
    size_t i;
    json_t *item;
    json_array_foreach(a, i, item)
    {
        if (!has_item(b, json_string_value(item))) {
            return false;
        }
    }
    return json_array_size(a) == json_array_size(b);
}

json_t *diff_providers(bool *failed, struct diff_side *before, struct diff_side *after)
{
    json_t *old_ones = take_providers(failed, before);
    json_t *new_ones = take_providers(failed, after);
    json_t *change = NULL;
    if (json_array_size(old_ones) > 0 && json_array_size(new_ones) > 0 &&
        !is_same_set(old_ones, new_ones)) {
        change = json_object();
        diff_put(failed, change, "old", json_incref(old_ones));
        diff_put(failed, change, "new", json_incref(new_ones));
    }
    json_decref(old_ones);
    json_decref(new_ones);
    return change;
}
