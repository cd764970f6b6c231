/*
 * The resolvers that a run asks: those of a list, or those of the system as c-ares finds them.
 */
#ifndef MXGRADE_IO_DNS_SERVERS_H
#define MXGRADE_IO_DNS_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#include "io/base/address.h"

#define DNS_RESOLVERS_MAX 8

struct dns_server {
    struct address address;
    uint16_t port;
};

/*
 * The servers of a list such as dns_options.servers, or the system's if that is NULL. Returns their
 * number; 0 if the list cannot be parsed, is empty or too long.
 */
size_t dns_server_list(const char *text, struct dns_server out_servers[DNS_RESOLVERS_MAX]);

#endif
