/* The CONNECT method of HTTP: RFC 9110 section 9.3.6, with Basic credentials by RFC 7617. */
#ifndef MXGRADE_IO_PROXY_CONNECT_H
#define MXGRADE_IO_PROXY_CONNECT_H

#include "io/net/proxy_talk.h"

#define PROXY_CONNECT_REPLY_MAX 16384 /* of a reply that lets us through, interim ones included */

void proxy_connect_begin(struct proxy_talk *talk);

/* How many of the bytes belong to the proxy's replies; all of them, unless the talk is over. */
size_t proxy_connect_feed(struct proxy_talk *talk, const uint8_t *bytes, size_t len);

#endif
