/*
 * Several result files made one: parts of a list that several machines scanned, and later scans of
 * the same domains. docs/merging.md describes it. Memory: an index of keys and places.
 */
#ifndef MXGRADE_OUTPUT_MERGE_H
#define MXGRADE_OUTPUT_MERGE_H

#include <stdbool.h>
#include <stddef.h>

struct merge_request {
    const char *const *paths;
    size_t num_paths;
    const char *output; /* NULL: standard output; a name in .zst makes it compressed */
    /* Told of what is missing, a sentence each; not NULL. */
    void (*tell)(void *user, const char *sentence);
    void *user;
};

enum merge_status {
    MERGE_COMPLETE,
    MERGE_INCOMPLETE, /* written, but lines of a list have no record */
    MERGE_REFUSED,    /* the files do not belong together, or one is none; nothing was written */
    MERGE_FAILED      /* the output is not whole */
};

/* A sentence in out_error where it was refused or failed. */
enum merge_status merge_files(const struct merge_request *request, char *out_error,
                              size_t error_size);

#endif
