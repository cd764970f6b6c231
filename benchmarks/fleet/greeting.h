/*
 * How a host greets.
 */
#ifndef MXGRADE_FLEET_GREETING_H
#define MXGRADE_FLEET_GREETING_H

#include "benchmarks/fleet/peer.h"

/* The state in which a connection to such a host begins, and after which time. */
enum peer_state greeting_start(const struct peer *peer, uint32_t *out_delay_ms);

/* The step of PEER_BANNER. */
enum peer_wait greeting_step(struct peer *peer);

#endif
