/*
 * What chains came to beside sets of TLSA records, also where nothing matched or the work was left
 * undone: following an anchor costs signatures, and a provider has the same chain and records at
 * hundreds of hosts. Any thread may use it.
 */
#ifndef MXGRADE_SCANNER_DANE_MEMORY_H
#define MXGRADE_SCANNER_DANE_MEMORY_H

#include "scanner/enforcement/dane.h"

struct dane_memory;

/* `max_verdicts` are kept; of more, the oldest is forgotten. NULL on lack of memory. */
struct dane_memory *dane_memory_new(size_t max_verdicts);
void dane_memory_free(struct dane_memory *memory);

/* dane_match(), or what it said of the same chain, records and names before. `memory` may be NULL:
 * nothing is remembered. */
void dane_memory_match(struct dane_memory *memory, const struct tlsa_set *set,
                       const struct chain *chain, const char *const *names, size_t num_names,
                       struct dane_result *out_result);

/* How many verdicts are kept. */
size_t dane_memory_count(struct dane_memory *memory);

#endif
