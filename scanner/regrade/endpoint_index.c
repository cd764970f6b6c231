#include "scanner/regrade/endpoint_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_KEPT 1024

struct endpoint_kept {
    uint64_t key[2];
    uint64_t line;
    struct finding_set findings;
    uint32_t open;
    uint8_t outcome, outcome_before;
    uint8_t grade, grade_before;
    uint8_t score, score_before;
    uint8_t starttls, certificate_valid;
    uint8_t dane;
};

void endpoint_index_init(struct endpoint_index *index)
{
    *index = (struct endpoint_index){.seeds = {table_seed_random(), table_seed_random()}};
}

void endpoint_index_fini(struct endpoint_index *index)
{
    free(index->kept);
}

/* ---- Keys ---- */

/* Hashes each text by itself, so that ("a", "bc") and ("ab", "c") differ. NULL differs from "". */
static void key_of(const struct endpoint_index *index, const struct endpoint_key *key,
                   uint64_t out[2])
{
    const char *const texts[] = {key->service, key->host, key->address};
    uint64_t parts[2 * 3 + 1];
    for (unsigned half = 0; half < 2; half++) {
        const struct table_seed *seed = &index->seeds[half];
        for (size_t i = 0; i < 3; i++) {
            const char *text = texts[i] != NULL ? texts[i] : "";
            parts[2 * i] = texts[i] != NULL;
            parts[2 * i + 1] = table_hash(seed, text, strlen(text));
        }
        parts[6] = key->port;
        out[half] = table_hash(seed, parts, sizeof(parts));
    }
}

static int compare_keys(const uint64_t left[2], const uint64_t right[2])
{
    for (unsigned half = 0; half < 2; half++) {
        if (left[half] != right[half]) {
            return left[half] < right[half] ? -1 : 1;
        }
    }
    return 0;
}

/* Orders by the endpoint and by what its record said before. compare_for_sort() adds the line. */
static int compare(const struct endpoint_kept *left, const struct endpoint_kept *right)
{
    int order = compare_keys(left->key, right->key);
    order = order != 0 ? order : left->outcome_before - right->outcome_before;
    order = order != 0 ? order : left->grade_before - right->grade_before;
    return order != 0 ? order : left->score_before - right->score_before;
}

static int compare_for_sort(const void *a, const void *b)
{
    const struct endpoint_kept *left = a, *right = b;
    int order = compare(left, right);
    if (order != 0) {
        return order;
    }
    return left->line < right->line ? -1 : left->line > right->line;
}

/* ---- Adding ---- */

static bool make_room(struct endpoint_index *index)
{
    if (index->num_kept < index->max_kept) {
        return true;
    }
    size_t larger = index->max_kept == 0 ? FIRST_KEPT : index->max_kept * 2;
    struct endpoint_kept *moved = reallocarray(index->kept, larger, sizeof(*moved));
    if (moved == NULL) {
        return false;
    }
    index->kept = moved;
    index->max_kept = larger;
    return true;
}

bool endpoint_index_add(struct endpoint_index *index, const struct endpoint_key *key, uint64_t line,
                        const struct endpoint_before *before,
                        const struct endpoint_summary *summary)
{
    if (!make_room(index)) {
        return false;
    }
    struct endpoint_kept *kept = &index->kept[index->num_kept++];
    *kept = (struct endpoint_kept){
        .line = line,
        .findings = summary->findings,
        .open = summary->open,
        .outcome = (uint8_t)summary->outcome,
        .outcome_before = (uint8_t)before->outcome,
        .grade = (uint8_t)summary->grade,
        .grade_before = (uint8_t)before->grade,
        .score = summary->score,
        .score_before = (uint8_t)before->score,
        .starttls = (uint8_t)summary->starttls,
        .certificate_valid = (uint8_t)summary->certificate_valid,
        .dane = (uint8_t)summary->dane,
    };
    key_of(index, key, kept->key);
    return true;
}

void endpoint_index_close(struct endpoint_index *index)
{
    if (index->num_kept > 0) {
        qsort(index->kept, index->num_kept, sizeof(*index->kept), compare_for_sort);
    }
}

/* ---- Looking up ---- */

/* The place of the first record that is not less than `wanted`. */
static size_t place_of(const struct endpoint_index *index, const struct endpoint_kept *wanted)
{
    size_t low = 0, high = index->num_kept;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_for_sort(&index->kept[middle], wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct endpoint_kept *find_kept(const struct endpoint_index *index,
                                             const struct endpoint_kept *wanted)
{
    size_t place = place_of(index, wanted);
    if (place > 0 && compare(&index->kept[place - 1], wanted) == 0) {
        return &index->kept[place - 1];
    }
    if (place < index->num_kept && compare(&index->kept[place], wanted) == 0) {
        return &index->kept[place];
    }
    const struct endpoint_kept any = {.key = {wanted->key[0], wanted->key[1]}};
    place = place_of(index, &any);
    bool is_there =
        place < index->num_kept && compare_keys(index->kept[place].key, wanted->key) == 0;
    return is_there ? &index->kept[place] : NULL;
}

bool endpoint_index_find(const struct endpoint_index *index, const struct endpoint_key *key,
                         uint64_t line, const struct endpoint_before *before,
                         struct endpoint_summary *out_summary)
{
    struct endpoint_kept wanted = {
        .line = line,
        .outcome_before = (uint8_t)before->outcome,
        .grade_before = (uint8_t)before->grade,
        .score_before = (uint8_t)before->score,
    };
    key_of(index, key, wanted.key);
    const struct endpoint_kept *found = find_kept(index, &wanted);
    if (found == NULL) {
        return false;
    }
    out_summary->findings = found->findings;
    out_summary->open = found->open;
    out_summary->outcome = (enum outcome)found->outcome;
    out_summary->grade = (enum grade)found->grade;
    out_summary->score = found->score;
    out_summary->starttls = (enum tri)found->starttls;
    out_summary->certificate_valid = (enum tri)found->certificate_valid;
    out_summary->dane = (enum dane_status)found->dane;
    return true;
}
