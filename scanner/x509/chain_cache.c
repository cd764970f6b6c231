/*
 * One verification per chain, however many threads meet it. An entry is in one of three places:
 *
 * - pending: the thread that met the chain first is verifying it, outside the lock. Others who ask
 *   for the same chain wait for it (a millisecond); whoever asks for another chain does not.
 * - in use: counted references are out; it stays.
 * - idle: in the list of the least recently used, from which the oldest goes when there are more
 *   entries than the cache should have. If all are in use it has more for a while: what is in
 *   flight bounds that.
 *
 * The lock is held for a look-up and a few pointers, never while hashing, parsing or verifying.
 */
#include "scanner/x509/certificate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "io/base/table.h"
#include "scanner/x509/chain.h"

struct entry {
    struct table_node node;  /* first */
    TAILQ_ENTRY(entry) link; /* among the idle ones, or those to be freed */
    uint8_t digest[CHAIN_DIGEST_LEN];
    struct chain *chain; /* NULL while pending, and for good if memory ran out */
    size_t num_references;
    bool is_pending;
};

TAILQ_HEAD(entry_list, entry);

struct chain_cache {
    const struct trust_store *store;
    int64_t now;
    size_t max_chains;
    atomic_uint_fast64_t num_verifications;
    pthread_mutex_t mutex;
    pthread_cond_t settled; /* some entry is pending no more */
    struct table entries;   /* pending ones too */
    struct entry_list idle; /* the oldest first */
};

struct chain_cache *chain_cache_new(const struct trust_store *store, int64_t now, size_t max_chains)
{
    struct chain_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL) {
        return NULL;
    }
    cache->store = store;
    cache->now = now;
    cache->max_chains = max_chains;
    TAILQ_INIT(&cache->idle);
    atomic_init(&cache->num_verifications, 0);
    if (pthread_mutex_init(&cache->mutex, NULL) != 0) {
        free(cache);
        return NULL;
    }
    if (pthread_cond_init(&cache->settled, NULL) != 0) {
        (void)pthread_mutex_destroy(&cache->mutex);
        free(cache);
        return NULL;
    }
    return cache;
}

void chain_cache_judge_at(struct chain_cache *cache, int64_t now)
{
    cache->now = now;
}

static void entry_free(struct entry *entry)
{
    chain_free(entry->chain);
    free(entry);
}

void chain_cache_free(struct chain_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    struct table_node *node;
    while ((node = table_take_any(&cache->entries)) != NULL) {
        entry_free((struct entry *)node);
    }
    table_fini(&cache->entries);
    (void)pthread_cond_destroy(&cache->settled);
    (void)pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

/* ---- Under the lock ---- */

/* The digest is as random as a hash can be: any bytes of it will do. */
static uint64_t hash_of(const uint8_t digest[CHAIN_DIGEST_LEN])
{
    uint64_t hash;
    memcpy(&hash, digest, sizeof(hash));
    return hash;
}

static bool entry_equal(const struct table_node *node, const void *digest)
{
    return memcmp(((const struct entry *)node)->digest, digest, CHAIN_DIGEST_LEN) == 0;
}

static struct entry *find(const struct chain_cache *cache, const uint8_t digest[CHAIN_DIGEST_LEN])
{
    return (struct entry *)table_find(&cache->entries, hash_of(digest), entry_equal, digest);
}

/* One more reference to an entry that may be idle so far. */
static void refer(struct chain_cache *cache, struct entry *entry)
{
    if (entry->num_references == 0) {
        TAILQ_REMOVE(&cache->idle, entry, link);
    }
    entry->num_references++;
}

/* Takes out what is too much; the caller frees it without the lock. */
static void evict(struct chain_cache *cache, struct entry_list *garbage)
{
    struct entry *entry;
    while (cache->entries.num_nodes > cache->max_chains &&
           (entry = TAILQ_FIRST(&cache->idle)) != NULL) {
        TAILQ_REMOVE(&cache->idle, entry, link);
        table_remove(&cache->entries, &entry->node);
        TAILQ_INSERT_TAIL(garbage, entry, link);
    }
}

/* Gives one reference back. An entry without a chain goes, and so may the oldest. */
static void drop(struct chain_cache *cache, struct entry *entry, struct entry_list *garbage)
{
    if (--entry->num_references > 0) {
        return;
    }
    if (entry->chain == NULL) { /* it left the table when its making failed */
        TAILQ_INSERT_TAIL(garbage, entry, link);
        return;
    }
    TAILQ_INSERT_TAIL(&cache->idle, entry, link);
    evict(cache, garbage);
}

/* ---- Getting and giving back ---- */

static void free_list(struct entry_list *garbage)
{
    struct entry *entry;
    while ((entry = TAILQ_FIRST(garbage)) != NULL) {
        TAILQ_REMOVE(garbage, entry, link);
        entry_free(entry);
    }
}

/*
 * The entry for the digest, with a reference for the caller. *out_is_mine: it is new and pending,
 * the caller has to fill it. NULL on lack of memory.
 */
static struct entry *claim(struct chain_cache *cache, const uint8_t digest[CHAIN_DIGEST_LEN],
                           bool *out_is_mine)
{
    struct entry *entry = find(cache, digest);
    *out_is_mine = entry == NULL;
    if (entry != NULL) {
        refer(cache, entry);
        return entry;
    }
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return NULL;
    }
    memcpy(entry->digest, digest, CHAIN_DIGEST_LEN);
    entry->num_references = 1;
    entry->is_pending = true;
    if (!table_insert(&cache->entries, &entry->node, hash_of(digest))) {
        free(entry);
        return NULL;
    }
    return entry;
}

static void settle(struct chain_cache *cache, struct entry *entry, struct chain *chain)
{
    entry->chain = chain;
    entry->is_pending = false;
    if (chain == NULL) {
        table_remove(&cache->entries, &entry->node); /* the next one who asks may have more luck */
    }
    (void)pthread_cond_broadcast(&cache->settled);
}

static struct chain *verify(struct chain_cache *cache, const uint8_t digest[CHAIN_DIGEST_LEN],
                            const struct text *certificates, size_t num_certificates)
{
    atomic_fetch_add_explicit(&cache->num_verifications, 1, memory_order_relaxed);
    return chain_new(cache->store, cache->now, certificates, num_certificates, digest);
}

const struct chain *chain_cache_get(struct chain_cache *cache, const struct text *certificates,
                                    size_t num_certificates)
{
    uint8_t digest[CHAIN_DIGEST_LEN];
    bool is_mine;
    struct entry_list garbage = TAILQ_HEAD_INITIALIZER(garbage);
    if (num_certificates == 0) {
        return NULL;
    }
    chain_digest_of(certificates, num_certificates, digest);
    (void)pthread_mutex_lock(&cache->mutex);
    struct entry *entry = claim(cache, digest, &is_mine);
    if (entry == NULL) {
        (void)pthread_mutex_unlock(&cache->mutex);
        return NULL;
    }
    if (is_mine) {
        (void)pthread_mutex_unlock(&cache->mutex);
        struct chain *made = verify(cache, digest, certificates, num_certificates);
        (void)pthread_mutex_lock(&cache->mutex);
        settle(cache, entry, made);
        evict(cache, &garbage);
    }
    while (entry->is_pending) {
        (void)pthread_cond_wait(&cache->settled, &cache->mutex);
    }
    const struct chain *chain = entry->chain;
    if (chain == NULL) {
        drop(cache, entry, &garbage);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    free_list(&garbage);
    return chain;
}

void chain_release(struct chain_cache *cache, const struct chain *chain)
{
    if (chain == NULL) {
        return;
    }
    struct entry_list garbage = TAILQ_HEAD_INITIALIZER(garbage);
    (void)pthread_mutex_lock(&cache->mutex);
    struct entry *entry = find(cache, chain_digest(chain));
    if (entry != NULL) {
        drop(cache, entry, &garbage);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    free_list(&garbage);
}

uint64_t chain_cache_verifications(const struct chain_cache *cache)
{
    return atomic_load_explicit(&cache->num_verifications, memory_order_relaxed);
}
