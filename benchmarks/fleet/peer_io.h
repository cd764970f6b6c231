/*
 * A peer's bytes in and out, in clear or in TLS.
 */
#ifndef MXGRADE_FLEET_PEER_IO_H
#define MXGRADE_FLEET_PEER_IO_H

#include <stdbool.h>
#include <stddef.h>

#include "benchmarks/fleet/peer.h"

/*
 * Reads all there is into the line buffer, and counts what came out of turn. False if the client is
 * gone or floods.
 */
bool peer_read(struct peer *peer);

/* Reads past TLS and forgets all there is; false if the client is gone. */
bool peer_discard(struct peer *peer, bool *out_any);

/* Sends a copy of the bytes, then goes to the state; to be returned by a step. */
enum peer_wait peer_queue(struct peer *peer, const void *bytes, size_t bytes_len,
                          enum peer_state then);

/* The step of PEER_SEND. */
enum peer_wait peer_send(struct peer *peer);

void peer_drop_output(struct peer *peer);

#endif
