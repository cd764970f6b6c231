/*
 * Host names for tests: named("mx.example.org") is a name that nobody has to release. Names that
 * were made are kept until the program ends, so that a leak checker sees who has them.
 */
#ifndef MXGRADE_TESTS_NAMED_H
#define MXGRADE_TESTS_NAMED_H

#include <stdlib.h>
#include <string.h>

#include "io/base/hostname.h"

#define NAMED_MAX 256

static inline const struct hostname *named(const char *text)
{
    static const struct hostname *kept[NAMED_MAX];
    static size_t num_kept;
    for (size_t i = 0; i < num_kept; i++) {
        if (strcmp(hostname_text(kept[i]), text) == 0) {
            return kept[i];
        }
    }
    if (num_kept == NAMED_MAX ||
        hostname_parse_any(text, strlen(text), &kept[num_kept]) != HOSTNAME_OK) {
        abort(); /* not a name, or too many of them */
    }
    return kept[num_kept++];
}

#endif
