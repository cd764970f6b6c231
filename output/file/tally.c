#include "output/file/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Distinct keys kept of one kind; what is beyond is counted together. */
#define KEYS_MAX    65536
#define BUCKETS     16384
#define KEY_MAX     128
#define OTHER_KEY   "other"
#define UNKNOWN_KEY "unknown"

struct entry {
    struct entry *next;
    struct share share; /* share.key points at key */
    char key[];
};

/* One concentration table. */
struct census {
    struct entry *buckets[BUCKETS];
    size_t num_entries;
    struct share top[TALLY_SHARES_MAX];
};

struct tally {
    struct tally_counters counters;
    struct census countries, networks, providers;
};

struct tally *tally_new(void)
{
    return calloc(1, sizeof(struct tally));
}

static void census_fini(struct census *census)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (census->buckets[i] != NULL) {
            struct entry *next = census->buckets[i]->next;
            free(census->buckets[i]);
            census->buckets[i] = next;
        }
    }
}

void tally_free(struct tally *tally)
{
    if (tally != NULL) {
        census_fini(&tally->countries);
        census_fini(&tally->networks);
        census_fini(&tally->providers);
        free(tally);
    }
}

/* ---- Concentration ---- */

static size_t bucket_of(const char *key)
{
    uint64_t hash =
        UINT64_C(0xcbf29ce484222325); /* FNV-1a: the table is bounded, and so is a pile-up */
    for (; *key != '\0'; key++) {
        hash = (hash ^ (uint8_t)*key) * UINT64_C(0x100000001b3);
    }
    return (size_t)(hash >> 20) % BUCKETS;
}

/* NULL on lack of memory: that count is then lost, the run is not. */
static struct share *census_get(struct census *census, const char *key)
{
    size_t bucket = bucket_of(key);
    for (struct entry *entry = census->buckets[bucket]; entry != NULL; entry = entry->next) {
        if (strcmp(entry->key, key) == 0) {
            return &entry->share;
        }
    }
    if (census->num_entries >= KEYS_MAX && strcmp(key, OTHER_KEY) != 0) {
        return census_get(census, OTHER_KEY);
    }
    size_t len = strlen(key);
    struct entry *entry = calloc(1, sizeof(*entry) + len + 1);
    if (entry == NULL) {
        return NULL;
    }
    memcpy(entry->key, key, len);
    entry->share.key = (struct text){entry->key, len};
    entry->next = census->buckets[bucket];
    census->buckets[bucket] = entry;
    census->num_entries++;
    return &entry->share;
}

static void count_endpoint(struct census *census, const char *key)
{
    struct share *share = census_get(census, key[0] != '\0' ? key : UNKNOWN_KEY);
    if (share != NULL) {
        share->endpoints++;
    }
}

static void count_domain(struct census *census, const char *key)
{
    struct share *share = census_get(census, key[0] != '\0' ? key : UNKNOWN_KEY);
    if (share != NULL) {
        share->domains++;
    }
}

static int larger_first(const void *a, const void *b)
{
    const struct share *left = a, *right = b;
    uint64_t left_size = left->endpoints + left->domains;
    uint64_t right_size = right->endpoints + right->domains;
    if (left_size != right_size) {
        return left_size > right_size ? -1 : 1;
    }
    return strcmp(left->key.bytes, right->key.bytes);
}

/* Fills census->top; returns how many rows there are. */
static size_t census_top(struct census *census)
{
    struct share *all = calloc(census->num_entries + 1, sizeof(*all));
    size_t num = 0;
    if (all == NULL) {
        return 0;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        for (const struct entry *entry = census->buckets[i]; entry != NULL; entry = entry->next) {
            all[num++] = entry->share;
        }
    }
    qsort(all, num, sizeof(*all), larger_first);
    num = num < TALLY_SHARES_MAX ? num : TALLY_SHARES_MAX;
    memcpy(census->top, all, num * sizeof(*all));
    free(all);
    return num;
}

/* ---- Adding ---- */

static void bump(atomic_uint_fast64_t *counter)
{
    /* One writer: no locked instruction is needed. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static void network_of(const struct tally_item *item, char out[KEY_MAX])
{
    out[0] = '\0';
    if (item->asn != 0) {
        snprintf(out, KEY_MAX, "AS%u %s", item->asn, item->as_org);
    }
}

static void add_endpoint(struct tally *tally, const struct tally_item *item)
{
    char network[KEY_MAX];
    bump(&tally->counters.endpoints);
    bump(&tally->counters.endpoint_grades[item->grade]);
    bump(&tally->counters.outcomes[item->outcome]);
    network_of(item, network);
    count_endpoint(&tally->countries, item->country);
    count_endpoint(&tally->networks, network);
    count_endpoint(&tally->providers, item->provider);
}

static void add_domain(struct tally *tally, const struct tally_item *item)
{
    char network[KEY_MAX];
    bump(&tally->counters.domains);
    bump(&tally->counters.domain_grades[item->grade]);
    bump(&tally->counters.mail[item->mail]);
    bump(&tally->counters.opportunistic[item->opportunistic]);
    bump(&tally->counters.enforced[item->enforced]);
    if (item->provider[0] != '\0') {
        count_domain(&tally->providers, item->provider);
    }
    if (item->has_address) {
        network_of(item, network);
        count_domain(&tally->countries, item->country);
        count_domain(&tally->networks, network);
    }
}

void tally_add(struct tally *tally, const struct tally_item *item)
{
    switch (item->kind) {
    case TALLY_NOTHING:
        break;
    case TALLY_ENDPOINT:
        add_endpoint(tally, item);
        break;
    case TALLY_DOMAIN:
        add_domain(tally, item);
        break;
    case TALLY_INVALID_LINE:
        bump(&tally->counters.invalid_lines);
        break;
    }
}

const struct tally_counters *tally_counters(const struct tally *tally)
{
    return &tally->counters;
}

/* ---- The summary ---- */

static uint64_t value_of(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void copy_counters(uint64_t *out, const atomic_uint_fast64_t *counters, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        out[i] = value_of(&counters[i]);
    }
}

void tally_summary(struct tally *tally, struct summary_record *out_summary)
{
    const struct tally_counters *counters = &tally->counters;
    out_summary->domains = value_of(&counters->domains);
    out_summary->invalid_lines = value_of(&counters->invalid_lines);
    out_summary->endpoints = value_of(&counters->endpoints);
    copy_counters(out_summary->domain_grades, counters->domain_grades, GRADE_COUNT);
    copy_counters(out_summary->endpoint_grades, counters->endpoint_grades, GRADE_COUNT);
    copy_counters(out_summary->outcomes, counters->outcomes, OUTCOME_COUNT);
    copy_counters(out_summary->mail, counters->mail, MAIL_NONE + 1);
    copy_counters(out_summary->opportunistic, counters->opportunistic, OPPORTUNISTIC_YES + 1);
    copy_counters(out_summary->enforced, counters->enforced, ENFORCED_BOTH + 1);
    out_summary->num_countries = census_top(&tally->countries);
    out_summary->countries = tally->countries.top;
    out_summary->num_networks = census_top(&tally->networks);
    out_summary->networks = tally->networks.top;
    out_summary->num_providers = census_top(&tally->providers);
    out_summary->providers = tally->providers.top;
}
