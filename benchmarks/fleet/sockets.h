/*
 * The fleet's listening sockets, all non-blocking and closed on exec.
 */
#ifndef MXGRADE_FLEET_SOCKETS_H
#define MXGRADE_FLEET_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "benchmarks/fleet/options.h"

/* What one serving process listens on. */
struct sockets {
    int smtp;    /* 0.0.0.0, every address of 127/8 among others */
    int dns_udp; /* 127.0.0.1 */
    int dns_tcp;
};

/*
 * Binds a set for each of the processes, all to the same ports; port 0 becomes a free one, told
 * through the out_ parameters. False after a message on standard error.
 */
bool sockets_open(const struct options *options, struct sockets out_sockets[],
                  uint16_t *out_smtp_port, uint16_t *out_dns_port);

void sockets_close(struct sockets *sockets);

#endif
