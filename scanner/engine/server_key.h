/* What a server is known by: its address, its port and the service that is asked for there. */
#ifndef MXGRADE_SCANNER_SERVER_KEY_H
#define MXGRADE_SCANNER_SERVER_KEY_H

#include "io/base/address.h"
#include "io/base/table.h"
#include "scanner/dialogue/service.h"

struct server_key {
    struct address address;
    uint16_t port;
    const struct service *service;
};

uint64_t server_key_hash(const struct table_seed *seed, const struct server_key *key);

bool server_key_equal(const struct server_key *a, const struct server_key *b);

#endif
