/*
 * The exclusion list (--exclude FILE): names and prefixes that are never touched, one a line, '#'
 * starts a comment. A name stands for itself and everything below it. Immutable after loading.
 */
#ifndef MXGRADE_SCANNER_EXCLUDE_H
#define MXGRADE_SCANNER_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "io/base/address.h"
#include "io/base/hostname.h"

struct exclude;

/* On failure NULL and a sentence, with the line number where a line is bad. */
struct exclude *exclude_new(const char *path, char *out_error, size_t error_size);
void exclude_free(struct exclude *exclude);

/* `exclude` may be NULL: nothing is excluded. */
bool exclude_has_name(const struct exclude *exclude, const struct hostname *host);
bool exclude_has_address(const struct exclude *exclude, const struct address *address);

#endif
