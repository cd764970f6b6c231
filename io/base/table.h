/*
 * An intrusive hash table for keys that strangers choose (names, addresses): SipHash with a secret
 * per run, so that nobody can aim at one bucket. The same hash places work on threads, so the seed
 * is shared by all tables of a run.
 */
#ifndef MXGRADE_IO_TABLE_H
#define MXGRADE_IO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct table_seed {
    uint64_t key[2];
};

/* A member of whatever is kept in the table; the element owns it. */
struct table_node {
    SLIST_ENTRY(table_node) next;
    uint64_t hash;
};

SLIST_HEAD(table_bucket, table_node);

struct table {
    struct table_bucket *buckets;
    size_t num_buckets; /* a power of two, or 0 before the first insertion */
    size_t num_nodes;
    size_t first_used; /* the buckets before this one are empty */
};

/* Fresh randomness for a run. */
struct table_seed table_seed_random(void);

uint64_t table_hash(const struct table_seed *seed, const void *key, size_t len);

/* The node with that hash for which equal(node, key) holds, or NULL. */
struct table_node *table_find(const struct table *table, uint64_t hash,
                              bool (*equal)(const struct table_node *node, const void *key),
                              const void *key);

/* False on lack of memory (the node is then not in the table). */
bool table_insert(struct table *table, struct table_node *node, uint64_t hash);

void table_remove(struct table *table, struct table_node *node);

/* Takes any node out of the table; NULL when it is empty. For tearing down. */
struct table_node *table_take_any(struct table *table);

/* Frees the buckets; the table must be empty. */
void table_fini(struct table *table);

#endif
