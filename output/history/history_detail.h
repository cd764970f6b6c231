/*
 * The details of a domain's findings name addresses, as in "mx.example.org (192.0.2.1)". In a
 * history "(#0)" stands for the first address of the domain's hosts, so that the text stays the
 * same while addresses rotate.
 */
#ifndef MXGRADE_OUTPUT_HISTORY_DETAIL_H
#define MXGRADE_OUTPUT_HISTORY_DETAIL_H

#include "io/base/arena.h"
#include "output/record/record.h"

/* The addresses of a domain in the order of its hosts. */
struct history_addresses {
    const char **items;
    size_t num_items;
};

/* Borrows the texts; `items` is in the arena. False: no memory. */
bool history_addresses_of(const struct domain_record *domain, struct arena *arena,
                          struct history_addresses *out_addresses);

/* NULL for NULL, and without memory, which the arena then remembers. */
const char *history_detail_fold(const char *detail, const struct history_addresses *addresses,
                                struct arena *arena);
const char *history_detail_unfold(const char *detail, const struct history_addresses *addresses,
                                  struct arena *arena);

#endif
