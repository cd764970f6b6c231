/*
 * Names by which a user tells a resolver that can be believed from one that cannot: those that must
 * resolve (--canary), and those that must not (--canary-absent).
 */
#ifndef MXGRADE_SCANNER_CANARIES_H
#define MXGRADE_SCANNER_CANARIES_H

#include "io/base/hostname.h"
#include "scanner/base/config.h"

struct canaries {
    const struct hostname
        *names[2 * CONFIG_LIST_MAX]; /* references; those that must resolve first */
    size_t num_names;
    size_t num_present; /* of them, those that must resolve */
};

/* Reads what the options name. False with a sentence in out_error; canaries_fini() is due anyway.
 */
bool canaries_read(struct canaries *canaries, const struct config *config, char *out_error,
                   size_t error_size);
void canaries_fini(struct canaries *canaries);

#endif
