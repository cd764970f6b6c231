/* The parts of a list that is scanned by several machines (--shard K/N). */
#ifndef MXGRADE_IO_BASE_SHARD_H
#define MXGRADE_IO_BASE_SHARD_H

#include <stdbool.h>
#include <stddef.h>

struct shard {
    unsigned number; /* from 1 on */
    unsigned of;     /* how many there are; 1: the list is whole */
};

/* Is the name in the shard? The choice is the same on every machine. */
bool shard_has(struct shard shard, const char *name, size_t len);

/* Reads "K/N". False: it is no such thing, or K is not in 1 to N. */
bool shard_read(const char *text, struct shard *out_shard);

#endif
