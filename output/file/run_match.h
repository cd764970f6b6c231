/*
 * Do the results of two runs belong together, so that one file may hold them? They do if both asked
 * the same questions and judged by the same policy. From where each of them asked is its own
 * affair.
 */
#ifndef MXGRADE_OUTPUT_RUN_MATCH_H
#define MXGRADE_OUTPUT_RUN_MATCH_H

#include "io/base/shard.h"
#include "output/record/record.h"

/* The option that names the file of what is accepted, and the digest of that file. */
#define RUN_OPTION_ACCEPT        "accept"
#define RUN_OPTION_ACCEPT_SHA256 "accept-sha256"

/* A run, and what it is called in messages: its file. */
struct run_named {
    const struct run_record *run;
    const char *name;
};

/* NULL: the run has no such option, as that of an older program. */
const char *run_option_value(const struct run_record *run, const char *name);

/* The part of the list that it scanned. */
struct shard run_shard(const struct run_record *run);

/* Both of one list: by its digest, or, if it was no plain file, where both are of parts of a list.
 */
bool run_same_list(const struct run_record *a, const struct run_record *b);

/* False with a sentence in out_error that names both, and the value that differs. */
bool run_match(struct run_named a, struct run_named b, char *out_error, size_t error_size);

#endif
