#include <inttypes.h>
#include <stdio.h>

#include "output/file/run_match.h"
#include "output/merge/merge_internal.h"

#define PARTS_TOLD 8

static const struct run_record *run_of(const struct merge_file *file)
{
    return result_file_run(file->file);
}

void merge_lists_find(struct merge *merge)
{
    merge->num_lists = 0;
    for (size_t i = 0; i < merge->num_files; i++) {
        struct merge_file *file = &merge->files[i];
        file->list = (uint32_t)merge->num_lists;
        for (size_t k = 0; k < i; k++) {
            if (run_same_list(run_of(&merge->files[k]), run_of(file))) {
                file->list = merge->files[k].list;
                break;
            }
        }
        merge->num_lists += file->list == merge->num_lists ? 1 : 0;
    }
}

bool merge_lists_is_one_part(const struct merge *merge)
{
    const struct shard first = merge->files[0].shard;
    bool is_same = merge->num_lists == 1 && first.of > 1;
    for (size_t i = 0; i < merge->num_files; i++) {
        is_same &= merge->files[i].shard.number == first.number;
    }
    return is_same;
}

/* How many lines the list has, or its one part that is of interest; -1: no file says. */
static int64_t lines_of(const struct merge *merge, uint32_t list)
{
    for (size_t i = 0; i < merge->num_files; i++) {
        const struct merge_file *file = &merge->files[i];
        const struct summary_record *summary = result_file_summary(file->file);
        if (file->list == list && result_file_ending(file->file) == RESULT_COMPLETE) {
            return (int64_t)(merge_lists_is_one_part(merge) ? summary->lines_read : summary->lines);
        }
    }
    return -1;
}

static bool has_part(const struct merge *merge, uint32_t list, unsigned number)
{
    for (size_t i = 0; i < merge->num_files; i++) {
        const struct merge_file *file = &merge->files[i];
        if (file->list == list && (file->shard.of == 1 || file->shard.number == number)) {
            return true;
        }
    }
    return false;
}

static void tell(const struct merge *merge, const char *sentence)
{
    merge->request->tell(merge->request->user, sentence);
}

static void tell_missing_parts(const struct merge *merge)
{
    unsigned num_told = 0;
    char sentence[256];
    for (size_t i = 0; i < merge->num_files; i++) {
        const struct merge_file *file = &merge->files[i];
        if (file->shard.of == 1 || merge_lists_is_one_part(merge)) {
            continue;
        }
        for (unsigned k = 1; k <= file->shard.of && num_told < PARTS_TOLD; k++) {
            if (!has_part(merge, file->list, k)) {
                snprintf(sentence, sizeof(sentence), "no file is of shard %u/%u of the list%s", k,
                         file->shard.of, ++num_told == PARTS_TOLD ? ", nor of others" : "");
                tell(merge, sentence);
            }
        }
        return; /* they are of one division */
    }
}

static void tell_cut_files(const struct merge *merge)
{
    char sentence[512];
    for (size_t i = 0; i < merge->num_files; i++) {
        const struct merge_file *file = &merge->files[i];
        const struct run_void_record *why = result_file_void(file->file);
        if (why != NULL) {
            snprintf(sentence, sizeof(sentence),
                     "%.200s is of a run that is void: its void records are left out", file->path);
            tell(merge, sentence);
        } else if (result_file_ending(file->file) != RESULT_COMPLETE) {
            snprintf(sentence, sizeof(sentence), "%.200s is of a run that was cut short",
                     file->path);
            tell(merge, sentence);
        }
    }
}

void merge_lists_count(struct merge *merge)
{
    char sentence[128];
    merge->not_scanned = 0;
    tell_cut_files(merge);
    tell_missing_parts(merge);
    for (uint32_t list = 0; list < merge->num_lists; list++) {
        int64_t lines = lines_of(merge, list);
        int64_t told = (int64_t)merge->told[list];
        if (lines < 0 || merge->not_scanned < 0) {
            merge->not_scanned = -1;
        } else {
            merge->not_scanned += lines > told ? lines - told : 0;
        }
    }
    if (merge->not_scanned < 0) {
        tell(merge,
             "nobody knows how many lines were not scanned: no run read its list to the end");
    } else if (merge->not_scanned > 0) {
        snprintf(sentence, sizeof(sentence), "%" PRId64 " %s not scanned", merge->not_scanned,
                 merge->not_scanned == 1 ? "line of the list was" : "lines of the list were");
        tell(merge, sentence);
    }
}
