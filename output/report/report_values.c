#include "output/report/report_values.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 4096

struct report_value {
    struct table_node node; /* the first member: a node is its entry */
    size_t offset, len;     /* in the texts */
    size_t number;
};

/* What is looked for. */
struct key {
    const struct report_values *values;
    struct text json;
};

void report_values_init(struct report_values *values)
{
    *values = (struct report_values){.seed = table_seed_random()};
}

void report_values_fini(struct report_values *values)
{
    while (table_take_any(&values->table) != NULL) {}
    table_fini(&values->table);
    arena_free(&values->memory);
    free(values->texts);
}

static bool is_value(const struct table_node *node, const void *user)
{
    const struct report_value *entry = (const struct report_value *)node;
    const struct key *key = user;
    return entry->len == key->json.len &&
           memcmp(key->values->texts + entry->offset, key->json.bytes, entry->len) == 0;
}

/*
 * Where among the recent ones a value stands, by its length, its first bytes and its last. Whoever
 * makes values that share a place only takes the short cut from them.
 */
static size_t place_of(struct text json)
{
    uint64_t first = 0, last = 0;
    size_t len = json.len < sizeof(first) ? json.len : sizeof(first);
    memcpy(&first, json.bytes, len);
    memcpy(&last, json.bytes + json.len - len, len);
    uint64_t mixed = (first ^ (last << 7) ^ json.len) * UINT64_C(0x9e3779b97f4a7c15);
    return (mixed >> 32) % REPORT_VALUES_RECENT;
}

static const struct report_value *find(const struct report_values *values, struct text json,
                                       uint64_t hash)
{
    const struct key key = {values, json};
    return (const struct report_value *)table_find(&values->table, hash, is_value, &key);
}

/* Behind a comma, unless it is the first. False: no memory. */
static bool add_text(struct report_values *values, struct text json)
{
    size_t needed = values->texts_len + json.len + 1;
    if (needed > values->texts_size) {
        size_t size = values->texts_size == 0 ? FIRST_SIZE : values->texts_size;
        while (size < needed) {
            size *= 2;
        }
        char *texts = realloc(values->texts, size);
        if (texts == NULL) {
            return false;
        }
        values->texts = texts;
        values->texts_size = size;
    }
    if (values->count > 0) {
        values->texts[values->texts_len++] = ',';
    }
    memcpy(values->texts + values->texts_len, json.bytes, json.len);
    values->texts_len += json.len;
    return true;
}

size_t report_values_add(struct report_values *values, const struct json_writer *value)
{
    struct text json = json_writer_text(value);
    if (json.bytes == NULL || values->failed) {
        values->failed = true;
        return 0;
    }
    const struct key key = {values, json};
    const struct report_value **recent = &values->recent[place_of(json)];
    if (*recent != NULL && is_value(&(*recent)->node, &key)) {
        return (*recent)->number;
    }
    uint64_t hash = table_hash(&values->seed, json.bytes, json.len);
    const struct report_value *known = find(values, json, hash);
    if (known != NULL) {
        *recent = known;
        return known->number;
    }
    struct report_value *entry = arena_alloc(&values->memory, sizeof(*entry));
    if (entry == NULL || !add_text(values, json)) {
        values->failed = true;
        return 0;
    }
    entry->offset = values->texts_len - json.len;
    entry->len = json.len;
    entry->number = values->count++;
    values->failed = !table_insert(&values->table, &entry->node, hash);
    *recent = entry;
    return entry->number;
}

bool report_values_find(const struct report_values *values, const struct json_writer *value,
                        size_t *out_number)
{
    struct text json = json_writer_text(value);
    if (json.bytes == NULL) {
        return false;
    }
    const struct report_value *entry =
        find(values, json, table_hash(&values->seed, json.bytes, json.len));
    if (entry != NULL) {
        *out_number = entry->number;
    }
    return entry != NULL;
}

void report_values_put(struct report_values *values, const struct json_writer *value,
                       struct json_writer *out)
{
    struct text json = json_writer_text(value);
    if (json.len == strlen("null") && memcmp(json.bytes, "null", json.len) == 0) {
        json_put_null(out);
    } else {
        json_uint(out, report_values_add(values, value));
    }
}

bool report_values_write(const struct report_values *values, FILE *page)
{
    if (values->failed) {
        return false;
    }
    fputc('[', page);
    if (values->count > 0) { /* without one there are no bytes at all */
        fwrite(values->texts, 1, values->texts_len, page);
    }
    fputc(']', page);
    return !ferror(page);
}
