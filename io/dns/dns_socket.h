/* A socket that is connected to one resolver, so that the kernel drops what others send to it. */
#ifndef MXGRADE_IO_DNS_SOCKET_H
#define MXGRADE_IO_DNS_SOCKET_H

#include "io/dns/dns_servers.h"

/* `type` is SOCK_DGRAM or SOCK_STREAM; the latter may still be connecting. The caller closes the
 * descriptor. -1 for lack of descriptors or memory, or where there is no route. */
int dns_socket_open(const struct dns_server *server, int type);

#endif
