#include "scanner/regrade/endpoint_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_KEPT 1024

struct endpoint_kept {
    uint64_t key[2];
    uint64_t line;
    struct finding_set findings;
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

/* NULL differs from every text, and where one text ends and the next begins is part of the key. */
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

static int by_key_and_line(const void *a, const void *b)
{
    const struct endpoint_kept *left = a, *right = b;
    int order = compare_keys(left->key, right->key);
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
        qsort(index->kept, index->num_kept, sizeof(*index->kept), by_key_and_line);
    }
}

/* ---- Looking up ---- */

static size_t first_of(const struct endpoint_index *index, const uint64_t key[2])
{
    size_t low = 0, high = index->num_kept;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(index->kept[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool said(const struct endpoint_kept *kept, const struct endpoint_before *before)
{
    return kept->outcome_before == before->outcome && kept->grade_before == before->grade &&
           kept->score_before == before->score;
}

static bool is_better(const struct endpoint_kept *one, const struct endpoint_kept *best,
                      uint64_t line, const struct endpoint_before *before)
{
    if (best == NULL || said(one, before) != said(best, before)) {
        return best == NULL || said(one, before);
    }
    return one->line < line; /* they come by line: of those behind it the first one stays */
}

bool endpoint_index_find(const struct endpoint_index *index, const struct endpoint_key *key,
                         uint64_t line, const struct endpoint_before *before,
                         struct endpoint_summary *out_summary)
{
    const struct endpoint_kept *best = NULL;
    uint64_t wanted[2];
    key_of(index, key, wanted);
    for (size_t i = first_of(index, wanted);
         i < index->num_kept && compare_keys(index->kept[i].key, wanted) == 0; i++) {
        if (is_better(&index->kept[i], best, line, before)) {
            best = &index->kept[i];
        }
    }
    if (best == NULL) {
        return false;
    }
    out_summary->findings = best->findings;
    out_summary->outcome = (enum outcome)best->outcome;
    out_summary->grade = (enum grade)best->grade;
    out_summary->score = best->score;
    out_summary->starttls = (enum tri)best->starttls;
    out_summary->certificate_valid = (enum tri)best->certificate_valid;
    out_summary->dane = (enum dane_status)best->dane;
    return true;
}
