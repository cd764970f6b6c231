/*
 * The parts of a merge: merge.c reads the files and writes the records, merge_lists.c knows what of
 * the lists is missing, merge_summary.c makes the run record and the summary.
 */
#ifndef MXGRADE_OUTPUT_MERGE_INTERNAL_H
#define MXGRADE_OUTPUT_MERGE_INTERNAL_H

#include "io/base/arena.h"
#include "io/base/shard.h"
#include "output/file/sink.h"
#include "output/merge/merge.h"
#include "output/merge/merge_index.h"

struct merge_file {
    const char *path;
    struct result_file *file;
    struct shard shard;
    uint32_t list; /* which of the lists that there are */
    double run_started;
};

struct merge {
    const struct merge_request *request;
    struct merge_file *files;
    size_t num_files;
    size_t num_lists;
    uint64_t *told; /* lines of each list that some file tells of */
    struct merge_index index;
    struct tally *tally;
    struct sink *sink;
    int64_t not_scanned; /* lines without a record; -1: nobody knows how many */
    bool has_given_up;   /* a line's record says no more than that a run was cut short */
    char *error;
    size_t error_size;
};

/* ---- merge_lists.c ---- */

/* Numbers the lists. The files are open. */
void merge_lists_find(struct merge *merge);
/* Counts the lines that have no record, and tells of what is missing. */
void merge_lists_count(struct merge *merge);
/* Are all files of one and the same part of one list? Then so is the output. */
bool merge_lists_is_one_part(const struct merge *merge);

/* ---- merge_summary.c ---- */

/* Borrowed from the files and the arena. */
struct run_record merge_run_record(const struct merge *merge, struct arena *arena);
/* The tally is complete. */
struct summary_record merge_summary_record(const struct merge *merge, struct arena *arena);

#endif
