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

#include "scanner/x509/chain.h"

struct entry {
    struct entry *next_in_bucket;
    struct entry *older; /* of the idle ones */
    struct entry *newer;
    uint8_t digest[CHAIN_DIGEST_LEN];
    struct chain *chain; /* NULL while pending, and for good if memory ran out */
    size_t num_references;
    bool is_pending;
};

struct chain_cache {
    const struct trust_store *store;
    int64_t now;
    size_t max_chains;
    atomic_uint_fast64_t num_verifications;
    pthread_mutex_t mutex;
    pthread_cond_t settled; /* some entry is pending no more */
    struct entry **buckets;
    size_t num_buckets;   /* a power of two */
    size_t num_entries;   /* pending ones too */
    struct entry *oldest; /* idle */
    struct entry *newest;
};

static size_t buckets_for(size_t max_chains)
{
    size_t num = 16;
    while (num < max_chains && num < SIZE_MAX / 4 / sizeof(struct entry *)) {
        num *= 2;
    }
    return num;
}

struct chain_cache *chain_cache_new(const struct trust_store *store, int64_t now, size_t max_chains)
{
    struct chain_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL) {
        return NULL;
    }
    cache->store = store;
    cache->now = now;
    cache->max_chains = max_chains;
    cache->num_buckets = buckets_for(max_chains);
    cache->buckets = calloc(cache->num_buckets, sizeof(struct entry *));
    if (cache->buckets == NULL || pthread_mutex_init(&cache->mutex, NULL) != 0) {
        goto fail;
    }
    if (pthread_cond_init(&cache->settled, NULL) != 0) {
        (void)pthread_mutex_destroy(&cache->mutex);
        goto fail;
    }
    atomic_init(&cache->num_verifications, 0);
    return cache;

fail:
    free(cache->buckets);
    free(cache);
    return NULL;
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
    for (size_t i = 0; i < cache->num_buckets; i++) {
        while (cache->buckets[i] != NULL) {
            struct entry *entry = cache->buckets[i];
            cache->buckets[i] = entry->next_in_bucket;
            entry_free(entry);
        }
    }
    (void)pthread_cond_destroy(&cache->settled);
    (void)pthread_mutex_destroy(&cache->mutex);
    free(cache->buckets);
    free(cache);
}

/* ---- Under the lock ---- */

/* The digest is as random as a hash can be: any bytes of it will do. */
static struct entry **bucket_of(const struct chain_cache *cache,
                                const uint8_t digest[CHAIN_DIGEST_LEN])
{
    uint64_t hash;
    memcpy(&hash, digest, sizeof(hash));
    return &cache->buckets[hash & (cache->num_buckets - 1)];
}

static struct entry *find(const struct chain_cache *cache, const uint8_t digest[CHAIN_DIGEST_LEN])
{
    struct entry *entry = *bucket_of(cache, digest);
    while (entry != NULL && memcmp(entry->digest, digest, CHAIN_DIGEST_LEN) != 0) {
        entry = entry->next_in_bucket;
    }
    return entry;
}

static void insert(struct chain_cache *cache, struct entry *entry)
{
    struct entry **bucket = bucket_of(cache, entry->digest);
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    cache->num_entries++;
}

static void take_out(struct chain_cache *cache, const struct entry *entry)
{
    struct entry **link = bucket_of(cache, entry->digest);
    while (*link != entry) {
        link = &(*link)->next_in_bucket;
    }
    *link = entry->next_in_bucket;
    cache->num_entries--;
}

static void make_idle(struct chain_cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void unlink_idle(struct chain_cache *cache, struct entry *entry)
{
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
}

/* One more reference to an entry that may be idle so far. */
static void refer(struct chain_cache *cache, struct entry *entry)
{
    if (entry->num_references == 0) {
        unlink_idle(cache, entry);
    }
    entry->num_references++;
}

/* Takes out what is too much; the caller frees the list (by next_in_bucket) without the lock. */
static struct entry *evict(struct chain_cache *cache)
{
    struct entry *evicted = NULL;
    while (cache->num_entries > cache->max_chains && cache->oldest != NULL) {
        struct entry *entry = cache->oldest;
        unlink_idle(cache, entry);
        take_out(cache, entry);
        entry->next_in_bucket = evicted;
        evicted = entry;
    }
    return evicted;
}

/* Gives one reference back; the entry itself is returned for freeing if it has no chain. */
static struct entry *drop(struct chain_cache *cache, struct entry *entry)
{
    if (--entry->num_references > 0) {
        return NULL;
    }
    if (entry->chain == NULL) {
        entry->next_in_bucket = NULL; /* it left the table when its making failed */
        return entry;
    }
    make_idle(cache, entry);
    return evict(cache);
}

/* ---- Getting and giving back ---- */

static void free_list(struct entry *entry)
{
    while (entry != NULL) {
        struct entry *next = entry->next_in_bucket;
        entry_free(entry);
        entry = next;
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
    if (entry != NULL) {
        memcpy(entry->digest, digest, CHAIN_DIGEST_LEN);
        entry->num_references = 1;
        entry->is_pending = true;
        insert(cache, entry);
    }
    return entry;
}

static void settle(struct chain_cache *cache, struct entry *entry, struct chain *chain)
{
    entry->chain = chain;
    entry->is_pending = false;
    if (chain == NULL) {
        take_out(cache, entry); /* the next one who asks may have more luck */
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
    struct entry *garbage = NULL;
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
        garbage = evict(cache);
    }
    while (entry->is_pending) {
        (void)pthread_cond_wait(&cache->settled, &cache->mutex);
    }
    const struct chain *chain = entry->chain;
    struct entry *failed = chain == NULL ? drop(cache, entry) : NULL;
    (void)pthread_mutex_unlock(&cache->mutex);
    free_list(garbage);
    free_list(failed);
    return chain;
}

void chain_release(struct chain_cache *cache, const struct chain *chain)
{
    if (chain == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&cache->mutex);
    struct entry *entry = find(cache, chain_digest(chain));
    struct entry *garbage = entry != NULL ? drop(cache, entry) : NULL;
    (void)pthread_mutex_unlock(&cache->mutex);
    free_list(garbage);
}

uint64_t chain_cache_verifications(const struct chain_cache *cache)
{
    return atomic_load_explicit(&cache->num_verifications, memory_order_relaxed);
}
