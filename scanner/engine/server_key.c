#include "scanner/engine/server_key.h"

#include <string.h>

uint64_t server_key_hash(const struct table_seed *seed, const struct server_key *key)
{
    uint8_t bytes[1 + 16 + 2 + sizeof(void *)];
    bytes[0] = key->address.family;
    memcpy(bytes + 1, key->address.bytes, 16);
    memcpy(bytes + 17, &key->port, 2);
    memcpy(bytes + 19, &key->service, sizeof(void *));
    return table_hash(seed, bytes, sizeof(bytes));
}

bool server_key_equal(const struct server_key *a, const struct server_key *b)
{
    return a->port == b->port && a->service == b->service &&
           address_equal(&a->address, &b->address);
}
