/* From root to a user who may do less. */
#ifndef MXGRADE_IO_PRIVILEGES_H
#define MXGRADE_IO_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* An account, found while its files can still be read. */
struct privileges {
    uid_t user;
    gid_t group;
};

/* The account of that name, which must not be root's; only root can become another. False: `error`
 * says why. */
bool privileges_find(const char *name, struct privileges *out, char *error, size_t error_size);

/* All threads of the process become that user for good, with that group alone. False, by errno,
 * where they did not; the process is then not to go on. */
bool privileges_drop(const struct privileges *privileges);

#endif
