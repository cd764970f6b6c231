#include "scanner/enforcement/dane_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <openssl/sha.h>

#include "io/base/table.h"

struct verdict_entry {
    struct table_node node; /* first */
    TAILQ_ENTRY(verdict_entry) link;
    uint8_t key[SHA256_DIGEST_LENGTH];
    enum dane_status status;
    size_t matched; /* index of the record; SIZE_MAX: none */
    uint32_t problems;
};

struct dane_memory {
    pthread_mutex_t mutex;
    struct table table;
    TAILQ_HEAD(verdict_list, verdict_entry) kept; /* the oldest first */
    size_t max_verdicts;
};

struct dane_memory *dane_memory_new(size_t max_verdicts)
{
    struct dane_memory *memory = calloc(1, sizeof(*memory));
    if (memory == NULL) {
        return NULL;
    }
    pthread_mutex_init(&memory->mutex, NULL);
    TAILQ_INIT(&memory->kept);
    memory->max_verdicts = max_verdicts;
    return memory;
}

void dane_memory_free(struct dane_memory *memory)
{
    if (memory == NULL) {
        return;
    }
    struct table_node *node;
    while ((node = table_take_any(&memory->table)) != NULL) {
        free(node);
    }
    table_fini(&memory->table);
    pthread_mutex_destroy(&memory->mutex);
    free(memory);
}

/* ---- Keys ---- */

static void add_bytes(SHA256_CTX *sha, const void *bytes, size_t len)
{
    uint64_t prefix = len; /* so that no two lists run into the same bytes */
    SHA256_Update(sha, &prefix, sizeof(prefix));
    SHA256_Update(sha, bytes, len);
}

static void make_key(const struct tlsa_set *set, const struct chain *chain,
                     const char *const *names, size_t num_names, uint8_t out[SHA256_DIGEST_LENGTH])
{
    SHA256_CTX sha;
    SHA256_Init(&sha);
    SHA256_Update(&sha, chain_digest(chain), CHAIN_DIGEST_LEN);
    add_bytes(&sha, &num_names, sizeof(num_names));
    for (size_t i = 0; i < num_names; i++) {
        add_bytes(&sha, names[i], strlen(names[i]));
    }
    for (size_t i = 0; i < set->num_records; i++) {
        const struct tlsa_record *record = &set->records[i];
        const uint8_t head[] = {record->usage, record->selector, record->matching,
                                record->is_usable, record->is_effective};
        SHA256_Update(&sha, head, sizeof(head));
        add_bytes(&sha, record->data, record->len);
    }
    SHA256_Final(out, &sha);
}

/* The key is as random as a hash can be: any bytes of it will do. */
static uint64_t hash_of(const uint8_t key[SHA256_DIGEST_LENGTH])
{
    uint64_t hash;
    memcpy(&hash, key, sizeof(hash));
    return hash;
}

static bool entry_equal(const struct table_node *node, const void *key)
{
    return memcmp(((const struct verdict_entry *)node)->key, key, SHA256_DIGEST_LENGTH) == 0;
}

/* ---- Under the lock ---- */

static bool recall(const struct dane_memory *memory, const uint8_t key[SHA256_DIGEST_LENGTH],
                   const struct tlsa_set *set, struct dane_result *out_result)
{
    const struct verdict_entry *entry =
        (struct verdict_entry *)table_find(&memory->table, hash_of(key), entry_equal, key);
    if (entry == NULL) {
        return false;
    }
    *out_result = (struct dane_result){
        .status = entry->status,
        .matched = entry->matched != SIZE_MAX ? &set->records[entry->matched] : NULL,
        .problems = entry->problems,
    };
    return true;
}

static void forget_oldest(struct dane_memory *memory)
{
    while (memory->table.num_nodes > memory->max_verdicts) {
        struct verdict_entry *oldest = TAILQ_FIRST(&memory->kept);
        TAILQ_REMOVE(&memory->kept, oldest, link);
        table_remove(&memory->table, &oldest->node);
        free(oldest);
    }
}

/* Without memory it is not kept; nor is what another thread has found meanwhile kept twice. */
static void keep(struct dane_memory *memory, const uint8_t key[SHA256_DIGEST_LENGTH],
                 const struct tlsa_set *set, const struct dane_result *result)
{
    struct dane_result known;
    if (recall(memory, key, set, &known)) {
        return;
    }
    struct verdict_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return;
    }
    memcpy(entry->key, key, SHA256_DIGEST_LENGTH);
    entry->status = result->status;
    entry->matched = result->matched != NULL ? (size_t)(result->matched - set->records) : SIZE_MAX;
    entry->problems = result->problems;
    if (!table_insert(&memory->table, &entry->node, hash_of(key))) {
        free(entry);
        return;
    }
    TAILQ_INSERT_TAIL(&memory->kept, entry, link);
    forget_oldest(memory);
}

/* ---- Matching ---- */

void dane_memory_match(struct dane_memory *memory, const struct tlsa_set *set,
                       const struct chain *chain, const char *const *names, size_t num_names,
                       struct dane_result *out_result)
{
    uint8_t key[SHA256_DIGEST_LENGTH];
    if (memory == NULL || chain == NULL || !dane_follows_anchors(set)) {
        dane_match(set, chain, names, num_names, out_result); /* some digests at most */
        return;
    }
    make_key(set, chain, names, num_names, key);
    pthread_mutex_lock(&memory->mutex);
    bool is_known = recall(memory, key, set, out_result);
    pthread_mutex_unlock(&memory->mutex);
    if (is_known) {
        return;
    }
    dane_match(set, chain, names, num_names, out_result);
    if (!out_result->lacked_memory) {
        pthread_mutex_lock(&memory->mutex);
        keep(memory, key, set, out_result);
        pthread_mutex_unlock(&memory->mutex);
    }
}

size_t dane_memory_count(struct dane_memory *memory)
{
    pthread_mutex_lock(&memory->mutex);
    size_t num = memory->table.num_nodes;
    pthread_mutex_unlock(&memory->mutex);
    return num;
}
