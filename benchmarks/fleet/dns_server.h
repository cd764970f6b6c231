/*
 * The fleet's name server on 127.0.0.1: sockets and time; what it says comes from dns_zone.
 */
#ifndef MXGRADE_FLEET_DNS_SERVER_H
#define MXGRADE_FLEET_DNS_SERVER_H

#include <stdbool.h>

#include "benchmarks/fleet/loop.h"
#include "benchmarks/fleet/options.h"
#include "benchmarks/fleet/stats.h"

struct dns_server;

/* Serves a bound UDP and a listening TCP socket, both non-blocking; they stay the caller's. */
struct dns_server *dns_server_new(struct loop *loop, const struct options *options,
                                  const struct stats *stats, int udp_fd, int tcp_fd);

void dns_server_free(struct dns_server *server);

#endif
