/*
 * One verification per chain, however many threads meet it. An entry is in one of two places:
 *
 * - in use: counted references are out; it stays. It is pending while one of the users verifies the
 *   chain, outside the lock. Others who want the same chain verified wait for that; whoever wants
 *   another chain does not.
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
    struct chain *chain;
    size_t num_references;
    bool is_pending; /* somebody verifies it */
};

TAILQ_HEAD(entry_list, entry);

struct chain_cache {
    const struct trust_store *store;
    int64_t now;
    size_t max_chains;
    atomic_uint_fast64_t num_verifications;
    pthread_mutex_t mutex;
    pthread_cond_t settled; /* an entry is pending no more */
    struct table entries;
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
    return memcmp(chain_digest(((const struct entry *)node)->chain), digest, CHAIN_DIGEST_LEN) == 0;
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

/* Gives one reference back, which may make the oldest go. */
static void drop(struct chain_cache *cache, struct entry *entry, struct entry_list *garbage)
{
    if (--entry->num_references == 0) {
        TAILQ_INSERT_TAIL(&cache->idle, entry, link);
        evict(cache, garbage);
    }
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

/* A new chain, with a reference for the caller. NULL on lack of memory. */
static struct entry *entry_new(const struct chain_cache *cache, const struct text *certificates,
                               size_t num_certificates, const uint8_t digest[CHAIN_DIGEST_LEN])
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return NULL;
    }
    entry->num_references = 1;
    entry->chain = chain_new(cache->now, certificates, num_certificates, digest);
    if (entry->chain == NULL) {
        free(entry);
        return NULL;
    }
    return entry;
}

/* One more reference to the chain of that digest. NULL: it is not there. */
static const struct chain *look_up(struct chain_cache *cache,
                                   const uint8_t digest[CHAIN_DIGEST_LEN])
{
    (void)pthread_mutex_lock(&cache->mutex);
    struct entry *entry = find(cache, digest);
    if (entry != NULL) {
        refer(cache, entry);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    return entry != NULL ? entry->chain : NULL;
}

/* Takes the entry over, unless another thread has put the same chain there meanwhile. NULL on lack
 * of memory. */
static const struct chain *insert(struct chain_cache *cache, struct entry *entry)
{
    struct entry_list garbage = TAILQ_HEAD_INITIALIZER(garbage);
    const uint8_t *digest = chain_digest(entry->chain);
    (void)pthread_mutex_lock(&cache->mutex);
    struct entry *found = find(cache, digest);
    if (found != NULL) {
        refer(cache, found);
    } else if (table_insert(&cache->entries, &entry->node, hash_of(digest))) {
        found = entry;
        evict(cache, &garbage);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    free_list(&garbage);
    if (found != entry) {
        entry_free(entry);
    }
    return found != NULL ? found->chain : NULL;
}

const struct chain *chain_cache_add(struct chain_cache *cache, const struct text *certificates,
                                    size_t num_certificates)
{
    uint8_t digest[CHAIN_DIGEST_LEN];
    if (num_certificates == 0) {
        return NULL;
    }
    chain_digest_of(certificates, num_certificates, digest);
    const struct chain *chain = look_up(cache, digest);
    if (chain != NULL) {
        return chain;
    }
    struct entry *entry = entry_new(cache, certificates, num_certificates, digest);
    return entry != NULL ? insert(cache, entry) : NULL;
}

bool chain_cache_verify(struct chain_cache *cache, const struct chain *chain)
{
    if (chain_is_verified(chain)) {
        return true;
    }
    (void)pthread_mutex_lock(&cache->mutex);
    struct entry *entry = find(cache, chain_digest(chain));
    while (entry->is_pending) {
        (void)pthread_cond_wait(&cache->settled, &cache->mutex);
    }
    if (!chain_is_verified(chain)) {
        entry->is_pending = true;
        (void)pthread_mutex_unlock(&cache->mutex);
        (void)chain_fill(entry->chain, cache->store);
        (void)pthread_mutex_lock(&cache->mutex);
        cache->num_verifications++;
        entry->is_pending = false;
        (void)pthread_cond_broadcast(&cache->settled);
    }
    (void)pthread_mutex_unlock(&cache->mutex);
    return chain_is_verified(chain);
}

const struct chain *chain_cache_get(struct chain_cache *cache, const struct text *certificates,
                                    size_t num_certificates)
{
    const struct chain *chain = chain_cache_add(cache, certificates, num_certificates);
    if (chain != NULL && !chain_cache_verify(cache, chain)) {
        chain_release(cache, chain);
        return NULL;
    }
    return chain;
}

const struct chain *chain_hold(struct chain_cache *cache, const struct chain *chain)
{
    if (chain != NULL) {
        (void)pthread_mutex_lock(&cache->mutex);
        refer(cache, find(cache, chain_digest(chain)));
        (void)pthread_mutex_unlock(&cache->mutex);
    }
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
    drop(cache, entry, &garbage);
    (void)pthread_mutex_unlock(&cache->mutex);
    free_list(&garbage);
}

uint64_t chain_cache_verifications(const struct chain_cache *cache)
{
    return atomic_load_explicit(&cache->num_verifications, memory_order_relaxed);
}
