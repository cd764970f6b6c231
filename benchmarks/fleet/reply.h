/*
 * Putting a reply together and sending it.
 */
#ifndef MXGRADE_FLEET_REPLY_H
#define MXGRADE_FLEET_REPLY_H

#include <stddef.h>

#include "benchmarks/fleet/peer.h"

#define REPLY_MAX 16384 /* the longest, 200 lines of EHLO, takes half of it */

struct reply {
    size_t len;
    char text[REPLY_MAX];
};

/* Adds text. What does not fit is cut. */
__attribute__((format(printf, 2, 3))) void reply_add(struct reply *reply, const char *format, ...);

/* These send, then go to the state; to be returned by a step. */
enum peer_wait reply_send(struct peer *peer, struct reply *reply, enum peer_state then);

/* The text and a line end. */
enum peer_wait reply_send_text(struct peer *peer, const char *text, enum peer_state then);

/* The same for a refusal that may end, which is counted. */
enum peer_wait reply_refuse(struct peer *peer, const char *text, enum peer_state then);

/* Bytes that are neither text nor TLS. */
enum peer_wait reply_send_random(struct peer *peer, enum peer_state then);

#endif
