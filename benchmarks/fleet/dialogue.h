/*
 * What a host says after its greeting, by its behaviour.
 */
#ifndef MXGRADE_FLEET_DIALOGUE_H
#define MXGRADE_FLEET_DIALOGUE_H

#include "benchmarks/fleet/peer.h"

/* A whole line, without its end, has come: notes it and goes to PEER_REPLY. */
enum peer_wait dialogue_command(struct peer *peer, const char *line);

enum peer_wait dialogue_reply(struct peer *peer);

/* The answer to a ClientHello from a host that does not speak TLS as it should. */
enum peer_wait dialogue_fake(struct peer *peer);

#endif
