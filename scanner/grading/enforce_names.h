/*
 * Names that certificates are held to, for mxgrade enforce. They come from the DNS, from policies
 * and from result files that anybody may have written, and end in configurations of others: only
 * what is a host name of two labels or more becomes one, alone or behind "*.".
 */
#ifndef MXGRADE_SCANNER_ENFORCE_NAMES_H
#define MXGRADE_SCANNER_ENFORCE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "io/base/arena.h"
#include "io/base/hostname.h"

#define ENFORCE_NAMES_MAX 64

struct enforce_name_list {
    struct arena *arena;
    const char *const *items; /* each once */
    size_t num;
    bool has_other; /* something was given that is no such name, or there were too many */
};

/* Adds a name, as the text of a hostname has it, unless it is there. */
void enforce_names_add(struct enforce_name_list *names, const char *text);

/* Is it the domain, or below it? */
bool enforce_name_is_within(const char *name, const struct hostname *domain);

/* One name that stands for all: the only one, or "*." and what all have behind their first label,
 * unless that is a public suffix; else "". */
const char *enforce_names_in_one(const struct enforce_name_list *names);

/* "mx.example.org (192.0.2.1) does not offer STARTTLS": the address only if it can be read.
 * `address` and `because` may be NULL. NULL on lack of memory. */
const char *enforce_place_text(struct arena *arena, const char *host, const char *address,
                               const char *because);

#endif
