/*
 * The addresses of this machine that connections are made from, where the routes are not to choose.
 * All connections to one address come from the same one of them, in this run and in later ones with
 * the same addresses: what a server says to one of them it may not say to another. The addresses
 * of a provider are spread over them. Immutable, so that all threads may share them.
 *
 * Without any (NULL) the routes choose, as they do for each socket that is not bound.
 */
#ifndef MXGRADE_IO_SOURCE_ADDRESSES_H
#define MXGRADE_IO_SOURCE_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"

struct source_addresses {
    size_t num_items;
    struct address items[]; /* each one once */
};

/* Reads them. NULL and a sentence in out_error where one is no address that a connection can come
 * from, or stands there twice, or on lack of memory. */
struct source_addresses *source_addresses_new(const char *const *texts, size_t num_texts,
                                              char *out_error, size_t error_size);
void source_addresses_free(struct source_addresses *sources);

/* Does this machine have them all? False and a sentence in out_error. Sends nothing. */
bool source_addresses_can_bind(const struct source_addresses *sources, char *out_error,
                               size_t error_size);

/* Can addresses of the family (4 or 6) be called? Without sources they can. */
bool source_addresses_has(const struct source_addresses *sources, uint8_t family);

/* The index of the one that `peer` is called from, which source_addresses_has(). Without sources it
 * is 0. */
size_t source_addresses_index(const struct source_addresses *sources, const struct address *peer);

/* Binds a socket, before it connects to `peer`, to the address that `peer` is called from. Without
 * sources it does nothing. False: errno. */
bool source_addresses_bind(const struct source_addresses *sources, int fd,
                           const struct address *peer);

#endif
