/*
 * Takes records out of a result file, which is then continued as if they had never been written.
 * What stays is written to a second file, which takes the place of the first one when it is whole
 * and synced: a crash leaves one or the other.
 */
#ifndef MXGRADE_OUTPUT_RESULT_PRUNE_H
#define MXGRADE_OUTPUT_RESULT_PRUNE_H

#include <stdbool.h>
#include <stddef.h>

#include "output/record/record_read.h"

/* Does the record stay? It is valid during the call only. */
typedef bool (*result_prune_keeps)(void *user, const struct record *record);

/*
 * Rewrites `path` without its summaries and the records that do not stay. It holds whole valid
 * lines, as resume_open() leaves them. False with a sentence in out_error, and the file is as it
 * was.
 */
bool result_prune(const char *path, result_prune_keeps keeps, void *user, char *out_error,
                  size_t error_size);

#endif
