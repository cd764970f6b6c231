#include "io/base/shard.h"

#include <ctype.h>
#include <stdlib.h>

#include "io/base/table.h"

#define SHARDS_MAX 1000000

bool shard_has(struct shard shard, const char *name, size_t len)
{
    const struct table_seed seed = {{0, 0}};
    return table_hash(&seed, name, len) % shard.of == shard.number - 1;
}

/* Digits alone, up to `end`. 0: it is none of 1 to SHARDS_MAX. */
static unsigned read_number(const char *text, char end, const char **out_rest)
{
    unsigned number = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at) && number <= SHARDS_MAX; at++) {
        number = number * 10 + (unsigned)(*at - '0');
    }
    *out_rest = at + 1;
    return *at == end && number <= SHARDS_MAX ? number : 0;
}

bool shard_read(const char *text, struct shard *out_shard)
{
    const char *rest;
    out_shard->number = read_number(text, '/', &rest);
    out_shard->of = out_shard->number > 0 ? read_number(rest, '\0', &rest) : 0;
    return out_shard->of > 0 && out_shard->number <= out_shard->of;
}
