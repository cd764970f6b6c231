/*
 * What several result files hold, by keys: where each record is, when it was made, and which of
 * several that tell of the same is to stay. 48 bytes for a line of a list and 32 for an endpoint.
 */
#ifndef MXGRADE_OUTPUT_MERGE_INDEX_H
#define MXGRADE_OUTPUT_MERGE_INDEX_H

#include "io/base/table.h"
#include "output/file/result_file.h"

/* A record of a line of a list. */
struct merge_line {
    uint64_t key; /* of its domain, or of the text of a line that is none */
    uint64_t line;
    struct result_place place;
    double started;
    uint32_t file, list;
    bool is_given_up; /* it says nothing, and gives way to any record that does */
};

/* What a domain's record repeats of an endpoint's, by which it tells which one it rests on. */
struct merge_seen {
    uint8_t outcome, grade, score;
};

struct merge_endpoint {
    uint64_t key;
    struct result_place place;
    double started;
    uint32_t file;
    struct merge_seen seen;
    bool is_needed;
};

struct merge_index {
    struct table_seed seed;
    struct merge_line *lines;
    size_t num_lines, max_lines;
    struct merge_endpoint *endpoints;
    size_t num_endpoints, max_endpoints;
};

void merge_index_init(struct merge_index *index);
void merge_index_fini(struct merge_index *index);

/* Where a record stands. */
struct merge_origin {
    uint32_t file, list;
    struct result_place place;
    double run_started; /* for a record without a time of its own */
};

/* False on lack of memory. */
bool merge_index_domain(struct merge_index *index, const struct domain_record *record,
                        const struct merge_origin *origin);
bool merge_index_endpoint(struct merge_index *index, const struct endpoint_record *record,
                          const struct merge_origin *origin);

/*
 * Leaves one record of each line of a list, the latest, and of a domain that stands in several
 * lists the lines of that list which has seen it last; sorted by list and line. Sets how many lines
 * of each list some file told of, in out_told[list].
 */
void merge_index_choose_lines(struct merge_index *index, uint64_t *out_told);

/* Sorts the endpoints. Comes before merge_index_need(). */
void merge_index_close(struct merge_index *index);

/*
 * The endpoint's record that a domain of that file rests on: the latest one that says what the
 * domain's record repeats, if that is the latest of all; else one of the same file, if there is
 * one. NULL: there is none at all.
 */
struct merge_endpoint *merge_index_find(const struct merge_index *index, const char *service,
                                        struct text host, const struct mx_endpoint *endpoint,
                                        uint32_t file);

/* Leaves the needed ones, in the order of their times, in which none is found any more. */
void merge_index_choose_endpoints(struct merge_index *index);

#endif
