#include "output/file/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "io/base/counter.h"
#include "io/base/kept.h"
#include "io/base/table.h"
#include "output/file/run_void.h"

/* Distinct keys kept of one kind; what is beyond is counted together. */
#define KEYS_MAX    (65536 / KEPT_ONE_IN)
#define KEY_MAX     128
#define OTHER_KEY   "other"
#define UNKNOWN_KEY "unknown"

struct entry {
    struct table_node node; /* first */
    SLIST_ENTRY(entry) next;
    struct share share; /* share.key points at key */
    char key[];
};

/* One concentration table. */
struct census {
    struct table table;
    SLIST_HEAD(entry_list, entry) entries; /* all of them */
    size_t num_entries;
    struct share top[TALLY_SHARES_MAX];
};

/* What becomes of a line in a void run: output/file/run_void.h. */
struct kept_counts {
    uint64_t domain_grades[GRADE_COUNT], endpoint_grades[GRADE_COUNT], accepted_grades[GRADE_COUNT],
        accepted_domains, accepted_endpoints, outcomes[OUTCOME_COUNT],
        opportunistic[OPPORTUNISTIC_YES + 1], enforced[ENFORCED_BOTH + 1];
};

struct tally {
    struct tally_counters counters;
    struct kept_counts kept;
    bool is_void;
    struct table_seed seed;
    struct census countries, networks, providers;
};

struct tally *tally_new(void)
{
    struct tally *tally = calloc(1, sizeof(*tally));
    if (tally != NULL) {
        tally->seed = table_seed_random();
    }
    return tally;
}

static void census_fini(struct census *census)
{
    struct entry *entry;
    while ((entry = SLIST_FIRST(&census->entries)) != NULL) {
        SLIST_REMOVE_HEAD(&census->entries, next);
        table_remove(&census->table, &entry->node);
        free(entry);
    }
    table_fini(&census->table);
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

static bool entry_equal(const struct table_node *node, const void *key)
{
    return strcmp(((const struct entry *)node)->key, key) == 0;
}

/* NULL on lack of memory: that count is then lost, the run is not. */
static struct share *census_get(struct census *census, const struct table_seed *seed,
                                const char *key)
{
    size_t len = strlen(key);
    uint64_t hash = table_hash(seed, key, len);
    struct entry *entry = (struct entry *)table_find(&census->table, hash, entry_equal, key);
    if (entry != NULL) {
        return &entry->share;
    }
    if (census->num_entries >= KEYS_MAX && strcmp(key, OTHER_KEY) != 0) {
        return census_get(census, seed, OTHER_KEY);
    }
    entry = calloc(1, sizeof(*entry) + len + 1);
    if (entry == NULL) {
        return NULL;
    }
    memcpy(entry->key, key, len);
    entry->share.key = (struct text){entry->key, len};
    if (!table_insert(&census->table, &entry->node, hash)) {
        free(entry);
        return NULL;
    }
    SLIST_INSERT_HEAD(&census->entries, entry, next);
    census->num_entries++;
    return &entry->share;
}

static void count_endpoint(const struct tally *tally, struct census *census, const char *key)
{
    struct share *share = census_get(census, &tally->seed, key[0] != '\0' ? key : UNKNOWN_KEY);
    if (share != NULL) {
        share->endpoints++;
    }
}

static void count_domain(const struct tally *tally, struct census *census, const char *key)
{
    struct share *share = census_get(census, &tally->seed, key[0] != '\0' ? key : UNKNOWN_KEY);
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
    for (const struct entry *entry = SLIST_FIRST(&census->entries); entry != NULL;
         entry = SLIST_NEXT(entry, next)) {
        all[num++] = entry->share;
    }
    qsort(all, num, sizeof(*all), larger_first);
    num = num < TALLY_SHARES_MAX ? num : TALLY_SHARES_MAX;
    memcpy(census->top, all, num * sizeof(*all));
    free(all);
    return num;
}

/* ---- Adding ---- */

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
    counter_add(&tally->counters.endpoints, 1);
    counter_add(&tally->counters.endpoint_grades[item->grade], 1);
    counter_add(&tally->counters.accepted_endpoints, item->has_accepted ? 1 : 0);
    counter_add(&tally->counters.outcomes[item->outcome], 1);
    network_of(item, network);
    count_endpoint(tally, &tally->countries, item->country);
    count_endpoint(tally, &tally->networks, network);
    count_endpoint(tally, &tally->providers, item->provider);
}

static void add_domain(struct tally *tally, const struct tally_item *item)
{
    char network[KEY_MAX];
    counter_add(&tally->counters.domains, 1);
    counter_add(&tally->counters.domain_grades[item->grade], 1);
    counter_add(&tally->counters.accepted_grades[item->accepted_grade], 1);
    counter_add(&tally->counters.accepted_domains, item->has_accepted ? 1 : 0);
    counter_add(&tally->counters.mail[item->mail], 1);
    counter_add(&tally->counters.opportunistic[item->opportunistic], 1);
    counter_add(&tally->counters.enforced[item->enforced], 1);
    counter_add(&tally->counters.signed_domains, item->is_signed ? 1 : 0);
    counter_add(&tally->counters.bogus_domains, item->is_bogus ? 1 : 0);
    if (item->provider[0] != '\0') {
        count_domain(tally, &tally->providers, item->provider);
    }
    if (item->has_address) {
        network_of(item, network);
        count_domain(tally, &tally->countries, item->country);
        count_domain(tally, &tally->networks, network);
    }
}

static void copy_counters(uint64_t *out, const atomic_uint_fast64_t *counters, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        out[i] = counter_read(&counters[i]);
    }
}

void tally_keep(struct tally *tally)
{
    const struct tally_counters *counters = &tally->counters;
    struct kept_counts *kept = &tally->kept;
    copy_counters(kept->domain_grades, counters->domain_grades, GRADE_COUNT);
    copy_counters(kept->endpoint_grades, counters->endpoint_grades, GRADE_COUNT);
    copy_counters(kept->accepted_grades, counters->accepted_grades, GRADE_COUNT);
    kept->accepted_domains = counter_read(&counters->accepted_domains);
    kept->accepted_endpoints = counter_read(&counters->accepted_endpoints);
    copy_counters(kept->outcomes, counters->outcomes, OUTCOME_COUNT);
    copy_counters(kept->opportunistic, counters->opportunistic, OPPORTUNISTIC_YES + 1);
    copy_counters(kept->enforced, counters->enforced, ENFORCED_BOTH + 1);
}

static void move_count(atomic_uint_fast64_t *counters, const uint64_t *kept, size_t from, size_t to)
{
    uint64_t num = counter_read(&counters[from]) - kept[from];
    counter_subtract(&counters[from], num);
    counter_add(&counters[to], num);
}

static void lower_to(atomic_uint_fast64_t *counter, uint64_t kept)
{
    counter_subtract(counter, counter_read(counter) - kept);
}

static void void_counts(struct tally *tally)
{
    struct tally_counters *counters = &tally->counters;
    for (size_t i = 0; i < GRADE_COUNT; i++) {
        move_count(counters->domain_grades, tally->kept.domain_grades, i, GRADE_U);
        move_count(counters->endpoint_grades, tally->kept.endpoint_grades, i, GRADE_U);
        move_count(counters->accepted_grades, tally->kept.accepted_grades, i, GRADE_U);
    }
    lower_to(&counters->accepted_domains, tally->kept.accepted_domains);
    lower_to(&counters->accepted_endpoints, tally->kept.accepted_endpoints);
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        move_count(counters->outcomes, tally->kept.outcomes, i, run_void_outcome((enum outcome)i));
    }
    for (size_t i = 0; i <= OPPORTUNISTIC_YES; i++) {
        move_count(counters->opportunistic, tally->kept.opportunistic, i, OPPORTUNISTIC_UNKNOWN);
    }
    for (size_t i = 0; i <= ENFORCED_BOTH; i++) {
        move_count(counters->enforced, tally->kept.enforced, i, ENFORCED_UNKNOWN);
    }
}

void tally_add(struct tally *tally, const struct tally_item *item)
{
    if (item->kind != TALLY_NOTHING && item->outcome == OUTCOME_LOCAL_ERROR) {
        counter_add(&tally->counters.shortages, 1);
    }
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
        counter_add(&tally->counters.invalid_lines, 1);
        break;
    case TALLY_RUN_VOID:
        tally->is_void = true;
        break;
    }
    if (tally->is_void) {
        void_counts(tally);
    }
}

const struct tally_counters *tally_counters(const struct tally *tally)
{
    return &tally->counters;
}

/* ---- The summary ---- */

void tally_summary(struct tally *tally, struct summary_record *out_summary)
{
    const struct tally_counters *counters = &tally->counters;
    out_summary->domains = counter_read(&counters->domains);
    out_summary->invalid_lines = counter_read(&counters->invalid_lines);
    out_summary->endpoints = counter_read(&counters->endpoints);
    copy_counters(out_summary->domain_grades, counters->domain_grades, GRADE_COUNT);
    copy_counters(out_summary->endpoint_grades, counters->endpoint_grades, GRADE_COUNT);
    copy_counters(out_summary->accepted.domain_grades, counters->accepted_grades, GRADE_COUNT);
    out_summary->accepted.domains = counter_read(&counters->accepted_domains);
    out_summary->accepted.endpoints = counter_read(&counters->accepted_endpoints);
    copy_counters(out_summary->outcomes, counters->outcomes, OUTCOME_COUNT);
    copy_counters(out_summary->mail, counters->mail, MAIL_NONE + 1);
    copy_counters(out_summary->opportunistic, counters->opportunistic, OPPORTUNISTIC_YES + 1);
    copy_counters(out_summary->enforced, counters->enforced, ENFORCED_BOTH + 1);
    out_summary->signed_domains = counter_read(&counters->signed_domains);
    out_summary->bogus_domains = counter_read(&counters->bogus_domains);
    out_summary->num_countries = census_top(&tally->countries);
    out_summary->countries = tally->countries.top;
    out_summary->num_networks = census_top(&tally->networks);
    out_summary->networks = tally->networks.top;
    out_summary->num_providers = census_top(&tally->providers);
    out_summary->providers = tally->providers.top;
}
