#include "io/base/table.h"

#include <assert.h>
#include <openssl/rand.h>
#include <openssl/siphash.h>
#include <stdlib.h>

#define TABLE_FIRST_BUCKETS 64

struct table_seed table_seed_random(void)
{
    struct table_seed seed;
    RAND_bytes((uint8_t *)&seed, sizeof(seed));
    return seed;
}

uint64_t table_hash(const struct table_seed *seed, const void *key, size_t len)
{
    return SIPHASH_24(seed->key, key, len);
}

static size_t index_of(const struct table *table, uint64_t hash)
{
    return hash & (table->num_buckets - 1);
}

static struct table_bucket *bucket_of(const struct table *table, uint64_t hash)
{
    return &table->buckets[index_of(table, hash)];
}

struct table_node *table_find(const struct table *table, uint64_t hash,
                              bool (*equal)(const struct table_node *node, const void *key),
                              const void *key)
{
    if (table->num_buckets == 0) {
        return NULL;
    }
    const struct table_bucket *bucket = bucket_of(table, hash);
    for (struct table_node *node = SLIST_FIRST(bucket); node != NULL;
         node = SLIST_NEXT(node, next)) {
        if (node->hash == hash && equal(node, key)) {
            return node;
        }
    }
    return NULL;
}

static void link_node(struct table *table, struct table_node *node)
{
    SLIST_INSERT_HEAD(bucket_of(table, node->hash), node, next);
    if (index_of(table, node->hash) < table->first_used) {
        table->first_used = index_of(table, node->hash);
    }
}

static bool grow(struct table *table)
{
    size_t num_buckets = table->num_buckets == 0 ? TABLE_FIRST_BUCKETS : table->num_buckets * 2;
    struct table_bucket *buckets = calloc(num_buckets, sizeof(*buckets));
    if (buckets == NULL) {
        return false;
    }
    struct table old = *table;
    table->buckets = buckets;
    table->num_buckets = num_buckets;
    table->first_used = num_buckets;
    for (size_t i = 0; i < old.num_buckets; i++) {
        struct table_node *node;
        while ((node = SLIST_FIRST(&old.buckets[i])) != NULL) {
            SLIST_REMOVE_HEAD(&old.buckets[i], next);
            link_node(table, node);
        }
    }
    free(old.buckets);
    return true;
}

bool table_insert(struct table *table, struct table_node *node, uint64_t hash)
{
    /* A table that cannot grow still works, only slower. */
    if (table->num_nodes >= table->num_buckets && !grow(table) && table->num_buckets == 0) {
        return false;
    }
    node->hash = hash;
    link_node(table, node);
    table->num_nodes++;
    return true;
}

void table_remove(struct table *table, struct table_node *node)
{
    SLIST_REMOVE(bucket_of(table, node->hash), node, table_node, next);
    table->num_nodes--;
}

struct table_node *table_take_any(struct table *table)
{
    if (table->num_nodes == 0) {
        return NULL;
    }
    while (SLIST_EMPTY(&table->buckets[table->first_used])) {
        table->first_used++;
    }
    struct table_node *node = SLIST_FIRST(&table->buckets[table->first_used]);
    table_remove(table, node);
    return node;
}

void table_fini(struct table *table)
{
    assert(table->num_nodes == 0);
    free(table->buckets);
    table->buckets = NULL;
    table->num_buckets = 0;
    table->first_used = 0;
}
