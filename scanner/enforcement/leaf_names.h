/*
 * The names of a leaf that matched a host's TLSA records but for its name. The name of the mail
 * domain counts as well (RFC 7672 section 3.2.2), and only the target knows that one: so they are
 * handed from the endpoint to whoever asked, on another thread.
 */
#ifndef MXGRADE_SCANNER_LEAF_NAMES_H
#define MXGRADE_SCANNER_LEAF_NAMES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/base/hostname.h"
#include "output/record/record.h"

#define LEAF_NAMES_MAX 64
#define LEAF_NAME_SIZE 256

/* Immutable once made, and counted. */
struct leaf_names {
    atomic_uint references;
    size_t num_names;
    char names[][LEAF_NAME_SIZE];
};

/* Copies them; those that are too long are left out. NULL on lack of memory. */
struct leaf_names *leaf_names_new(const struct text *names, size_t num_names);

/* NULL is fine for all. */
struct leaf_names *leaf_names_hold(struct leaf_names *names);
void leaf_names_release(struct leaf_names *names);

/* Does one of them stand for this domain, by RFC 9525 section 6.3? */
bool leaf_names_have(const struct leaf_names *names, const struct hostname *domain);

#endif
