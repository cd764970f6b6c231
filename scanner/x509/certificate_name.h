/*
 * The names a certificate is for: its subjectAltName, and whether one of them is a given host (RFC
 * 9525 section 6). Works on what certificate_der_read() found; foreign bytes never reach a C
 * string, so that a NUL inside a name cannot shorten it.
 */
#ifndef MXGRADE_SCANNER_CERTIFICATE_NAME_H
#define MXGRADE_SCANNER_CERTIFICATE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "io/base/arena.h"
#include "output/record/record.h"

/*
 * The DNS and IP identifiers inside `general_names`, in order, at most CERTIFICATE_NAMES_MAX. DNS
 * names point into `general_names`, addresses are written into the arena. False on lack of memory.
 */
bool certificate_name_list(struct arena *arena, struct text general_names,
                           const struct text **out_names, size_t *out_num_names);

/*
 * Whether one of all identifiers (not only of the first CERTIFICATE_NAMES_MAX) is `host`: an
 * address is compared with IP identifiers only, any other host with DNS identifiers only.
 */
bool certificate_name_list_has(struct text general_names, const char *host);

#endif
