/* The SOCKS protocol, version 5: RFC 1928, and RFC 1929 for user and password. */
#ifndef MXGRADE_IO_PROXY_SOCKS5_H
#define MXGRADE_IO_PROXY_SOCKS5_H

#include "io/net/proxy_talk.h"

void proxy_socks5_begin(struct proxy_talk *talk);

/* How many of the bytes belong to the proxy's replies; all of them, unless the talk is over. */
size_t proxy_socks5_feed(struct proxy_talk *talk, const uint8_t *bytes, size_t len);

#endif
