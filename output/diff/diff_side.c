#include "output/diff/diff_side.h"

#include <string.h>

#define KEY_MAX 64

void diff_side_init(struct diff_side *side, const struct result_file *file, const json_t *domain)
{
    side->file = file;
    side->domain = domain;
    side->has_endpoints = false;
    side->num_endpoints = 0;
}

void diff_side_fini(struct diff_side *side)
{
    for (size_t i = 0; i < side->num_endpoints; i++) {
        json_decref(side->endpoints[i]);
    }
    side->num_endpoints = 0;
}

static void load_endpoint(struct diff_side *side, const char *host, const json_t *brief)
{
    json_t *endpoint = NULL;
    if (side->num_endpoints < DIFF_ENDPOINTS_MAX) {
        endpoint =
            result_file_endpoint(side->file, host, diff_string(brief, "address"),
                                 (uint16_t)json_integer_value(json_object_get(brief, "port")));
    }
    if (endpoint != NULL) {
        side->endpoints[side->num_endpoints++] = endpoint;
    }
}

static void load_places(struct diff_side *side, const char *list)
{
    size_t i, k;
    json_t *place, *brief;
    json_array_foreach(json_object_get(side->domain, list), i, place)
    {
        json_array_foreach(json_object_get(place, "endpoints"), k, brief)
        {
            load_endpoint(side, diff_string(place, "host"), brief);
        }
    }
}

void diff_side_load(struct diff_side *side)
{
    if (!side->has_endpoints) {
        side->has_endpoints = true;
        load_places(side, "mx");
        load_places(side, "services");
    }
}

/* ---- Fields ---- */

const char *diff_string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const json_t *diff_at(const json_t *record, const char *path)
{
    const json_t *whole = json_object_get(record, path);
    const char *dot = strchr(path, '.');
    if (whole != NULL || dot == NULL || (size_t)(dot - path) >= KEY_MAX) {
        return whole; /* a key may hold a dot itself, as those of TLS versions do */
    }
    char key[KEY_MAX];
    memcpy(key, path, (size_t)(dot - path));
    key[dot - path] = '\0';
    return diff_at(json_object_get(record, key), dot + 1);
}

bool diff_is_known(const json_t *record, const char *path)
{
    const json_t *value = diff_at(record, path);
    const char *text = json_string_value(value);
    if (value == NULL || json_is_null(value)) {
        return false;
    }
    return text == NULL || (strcmp(text, "unknown") != 0 && strcmp(text, "temperror") != 0);
}

static const json_t *diff_finding(const json_t *record, const char *code)
{
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(record, "findings"), i, finding)
    {
        const char *found = diff_string(finding, "code");
        if (found != NULL && strcmp(found, code) == 0) {
            return finding;
        }
    }
    return NULL;
}

bool diff_has_finding(const json_t *record, const char *code)
{
    return diff_finding(record, code) != NULL;
}

bool diff_is_graded(const json_t *record)
{
    const char *grade = diff_string(record, "grade");
    return grade != NULL && strcmp(grade, "U") != 0;
}

/* ---- The same on the other side ---- */

static bool is_same(const json_t *a, const json_t *b, const char *key)
{
    const json_t *left = json_object_get(a, key), *right = json_object_get(b, key);
    return left == right || json_equal(left, right) == 1; /* both may lack it */
}

const json_t *diff_side_same_endpoint(const struct diff_side *side, const json_t *endpoint)
{
    for (size_t i = 0; i < side->num_endpoints; i++) {
        const json_t *other = side->endpoints[i];
        if (is_same(other, endpoint, "host") && is_same(other, endpoint, "address") &&
            is_same(other, endpoint, "port")) {
            return other;
        }
    }
    return NULL;
}

const json_t *diff_side_same_place(const struct diff_side *side, const char *list,
                                   const json_t *place)
{
    size_t i;
    json_t *other;
    json_array_foreach(json_object_get(side->domain, list), i, other)
    {
        if (is_same(other, place, "host") && is_same(other, place, "service") &&
            is_same(other, place, "port")) {
            return other;
        }
    }
    return NULL;
}

const json_t *diff_side_mx(const struct diff_side *side, const char *host)
{
    size_t i;
    json_t *mx;
    json_array_foreach(json_object_get(side->domain, "mx"), i, mx)
    {
        const char *name = diff_string(mx, "host");
        if (name != NULL && host != NULL && strcmp(name, host) == 0) {
            return mx;
        }
    }
    return NULL;
}

bool diff_side_knows_mta_sts(const struct diff_side *side)
{
    static const char *const of_the_network[] = {"txt_lookup_failed", "fetch_dns",
                                                 "fetch_connect",     "fetch_timeout",
                                                 "fetch_closed",      "fetch_not_done"};
    const json_t *mta_sts = json_object_get(side->domain, "mta_sts");
    const char *status = diff_string(mta_sts, "status");
    if (status == NULL || strcmp(status, "fetch_failed") != 0) {
        return diff_is_known(mta_sts, "status");
    }
    size_t i;
    json_t *problem;
    json_array_foreach(json_object_get(mta_sts, "problems"), i, problem)
    {
        const char *name = json_string_value(problem);
        for (size_t k = 0; name != NULL && k < sizeof(of_the_network) / sizeof(char *); k++) {
            if (strcmp(name, of_the_network[k]) == 0) {
                return false;
            }
        }
    }
    return true;
}
