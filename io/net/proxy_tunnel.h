/* One way through a proxy to a server, by the protocol of the proxy. Pure: bytes in, bytes out. */
#ifndef MXGRADE_IO_PROXY_TUNNEL_H
#define MXGRADE_IO_PROXY_TUNNEL_H

#include "io/net/proxy_talk.h"

/* Asks for the way to a server; the proxy is borrowed. What is to be said first stands in
 * talk->request. */
void proxy_tunnel_begin(struct proxy_talk *talk, const struct proxy *proxy,
                        const struct address *address, uint16_t port);

/*
 * Takes what the proxy says, and returns how many of the bytes are its own: once talk->state is
 * PROXY_PASSES the others are of the server. While it is PROXY_TALKS there may be more to send.
 */
size_t proxy_tunnel_feed(struct proxy_talk *talk, const uint8_t *bytes, size_t len);

#endif
