#include "output/merge/merge_index.h"

#include <stdlib.h>
#include <string.h>

#include "io/base/hostname.h"

#define FIRST_ENTRIES 1024

void merge_index_init(struct merge_index *index)
{
    *index = (struct merge_index){.seed = table_seed_random()};
}

void merge_index_fini(struct merge_index *index)
{
    free(index->lines);
    free(index->endpoints);
}

/* ---- Keys ---- */

static uint64_t hash_text(const struct merge_index *index, const char *text, size_t len)
{
    return text != NULL ? table_hash(&index->seed, text, len) : 0;
}

static uint64_t hash_string(const struct merge_index *index, const char *text)
{
    return hash_text(index, text, text != NULL ? strlen(text) : 0);
}

/* A line that is no domain must not be taken for the domain that it may spell. */
static uint64_t domain_key(const struct merge_index *index, const struct domain_record *record)
{
    return record->domain != NULL ? hash_string(index, record->domain)
                                  : ~hash_text(index, record->input.bytes, record->input.len);
}

static uint64_t endpoint_key(const struct merge_index *index, const char *service, struct text host,
                             const char *address, uint16_t port)
{
    const uint64_t parts[] = {hash_string(index, service), hash_text(index, host.bytes, host.len),
                              hash_string(index, address), port};
    return table_hash(&index->seed, parts, sizeof(parts));
}

/* ---- Adding ---- */

/* Room for one more; NULL on lack of memory. */
static void *make_room(void *entries, size_t num, size_t *max, size_t size)
{
    if (num < *max) {
        return entries;
    }
    size_t larger = *max == 0 ? FIRST_ENTRIES : *max * 2;
    void *moved = reallocarray(entries, larger, size);
    if (moved != NULL) {
        *max = larger;
    }
    return moved;
}

static bool is_given_up(enum outcome outcome)
{
    return outcome == OUTCOME_INTERRUPTED || outcome == OUTCOME_LOCAL_ERROR;
}

bool merge_index_domain(struct merge_index *index, const struct domain_record *record,
                        const struct merge_origin *origin)
{
    struct merge_line *room =
        make_room(index->lines, index->num_lines, &index->max_lines, sizeof(*room));
    if (room == NULL) {
        return false;
    }
    index->lines = room;
    index->lines[index->num_lines++] = (struct merge_line){
        .key = domain_key(index, record),
        .line = record->line,
        .place = origin->place,
        .started = record->started > 0 ? record->started : origin->run_started,
        .file = origin->file,
        .list = origin->list,
        .is_given_up = is_given_up(record->dns_outcome),
    };
    return true;
}

bool merge_index_endpoint(struct merge_index *index, const struct endpoint_record *record,
                          const struct merge_origin *origin)
{
    struct merge_endpoint *room =
        make_room(index->endpoints, index->num_endpoints, &index->max_endpoints, sizeof(*room));
    if (room == NULL) {
        return false;
    }
    index->endpoints = room;
    const struct text host = {record->host, record->host != NULL ? strlen(record->host) : 0};
    index->endpoints[index->num_endpoints++] = (struct merge_endpoint){
        .key = endpoint_key(index, record->service, host, record->address, record->port),
        .place = origin->place,
        .started = record->started > 0 ? record->started : origin->run_started,
        .file = origin->file,
        .seen = {(uint8_t)record->outcome, (uint8_t)record->grade, (uint8_t)record->score},
    };
    return true;
}

/* ---- Lines ---- */

static int order_of(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Orders records of one line by what they are worth. A record of a line that was given up is worth
 * least; otherwise the later record is worth more, and of two of one time that of the later file.
 */
static int compare_worth(const struct merge_line *a, const struct merge_line *b)
{
    if (a->is_given_up != b->is_given_up) {
        return a->is_given_up ? -1 : 1;
    }
    if (a->started < b->started || a->started > b->started) {
        return a->started < b->started ? -1 : 1;
    }
    return order_of(a->file, b->file);
}

static int by_list_and_line(const void *a, const void *b)
{
    const struct merge_line *left = a, *right = b;
    int order = order_of(left->list, right->list);
    order = order != 0 ? order : order_of(left->line, right->line);
    return order != 0 ? order : compare_worth(left, right);
}

/* Orders by domain. Within a domain the record that is worth most comes first. */
static int by_key_and_worth(const void *a, const void *b)
{
    const struct merge_line *left = a, *right = b;
    int order = order_of(left->key, right->key);
    return order != 0 ? order : compare_worth(right, left);
}

/* Keeps the last record of each line of a list. The records of a line stand side by side. */
static void keep_latest(struct merge_index *index, uint64_t *out_told)
{
    size_t kept = 0;
    for (size_t i = 0; i < index->num_lines; i++) {
        const struct merge_line *line = &index->lines[i];
        bool is_last =
            i + 1 == index->num_lines || line[1].list != line->list || line[1].line != line->line;
        if (is_last) {
            out_told[line->list]++;
            index->lines[kept++] = *line;
        }
    }
    index->num_lines = kept;
}

/* Keeps the lines of one list for each domain: of the list whose record comes first. The records of
 * a domain stand side by side. */
static void keep_one_list(struct merge_index *index)
{
    size_t kept = 0;
    uint64_t key = 0;
    uint32_t list = 0;
    for (size_t i = 0; i < index->num_lines; i++) {
        const struct merge_line line = index->lines[i];
        if (i == 0 || line.key != key) {
            key = line.key;
            list = line.list;
        }
        if (line.list == list) {
            index->lines[kept++] = line;
        }
    }
    index->num_lines = kept;
}

static void sort_lines(struct merge_index *index, int (*compare)(const void *a, const void *b))
{
    if (index->num_lines > 0) {
        qsort(index->lines, index->num_lines, sizeof(*index->lines), compare);
    }
}

void merge_index_choose_lines(struct merge_index *index, uint64_t *out_told)
{
    sort_lines(index, by_list_and_line);
    keep_latest(index, out_told);
    sort_lines(index, by_key_and_worth);
    keep_one_list(index);
    sort_lines(index, by_list_and_line);
}

/* ---- Endpoints ---- */

static int by_key_and_time(const void *a, const void *b)
{
    const struct merge_endpoint *left = a, *right = b;
    if (left->key != right->key) {
        return order_of(left->key, right->key);
    }
    if (left->started < right->started || left->started > right->started) {
        return left->started < right->started ? -1 : 1;
    }
    return order_of(left->file, right->file);
}

static int by_time(const void *a, const void *b)
{
    const struct merge_endpoint *left = a, *right = b;
    if (left->started < right->started || left->started > right->started) {
        return left->started < right->started ? -1 : 1;
    }
    return left->file != right->file ? order_of(left->file, right->file)
                                     : order_of(left->place.offset, right->place.offset);
}

void merge_index_close(struct merge_index *index)
{
    if (index->num_endpoints > 0) {
        qsort(index->endpoints, index->num_endpoints, sizeof(*index->endpoints), by_key_and_time);
    }
}

/* The place behind the last one with a key that is not greater. */
static size_t place_behind(const struct merge_index *index, uint64_t key)
{
    size_t low = 0, high = index->num_endpoints;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->endpoints[middle].key <= key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Names of MX hosts are read as the scan reads them. What is none keeps its text. */
static uint64_t key_of(const struct merge_index *index, const char *service, struct text host,
                       const struct mx_endpoint *endpoint)
{
    const struct hostname *name = NULL;
    struct text text = host;
    if (host.bytes != NULL && hostname_parse_any(host.bytes, host.len, &name) == HOSTNAME_OK) {
        text = (struct text){hostname_text(name), hostname_len(name)};
    }
    uint64_t key = endpoint_key(index, service, text, endpoint->address, endpoint->port);
    hostname_release(name);
    return key;
}

struct merge_endpoint *merge_index_find(const struct merge_index *index, const char *service,
                                        struct text host, const struct mx_endpoint *endpoint,
                                        uint32_t file)
{
    const struct merge_seen seen = {(uint8_t)endpoint->outcome, (uint8_t)endpoint->grade,
                                    (uint8_t)endpoint->score};
    uint64_t key = key_of(index, service, host, endpoint);
    size_t behind = place_behind(index, key);
    struct merge_endpoint *latest = NULL;
    for (size_t i = behind; i > 0 && index->endpoints[i - 1].key == key; i--) {
        struct merge_endpoint *found = &index->endpoints[i - 1];
        bool says_so = memcmp(&found->seen, &seen, sizeof(seen)) == 0;
        if (latest == NULL) {
            latest = found;
        }
        if (says_so && (found == latest || found->file == file)) {
            return found;
        }
    }
    return latest;
}

void merge_index_choose_endpoints(struct merge_index *index)
{
    size_t kept = 0;
    for (size_t i = 0; i < index->num_endpoints; i++) {
        if (index->endpoints[i].is_needed) {
            index->endpoints[kept++] = index->endpoints[i];
        }
    }
    index->num_endpoints = kept;
    if (kept > 0) {
        qsort(index->endpoints, kept, sizeof(*index->endpoints), by_time);
    }
}
