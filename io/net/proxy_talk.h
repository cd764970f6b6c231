/*
 * What is said between us and a proxy until it passes everything on to a server: what is to be
 * sent, and how far it has come. proxy_tunnel.h runs it; the two protocols fill it. Pure: bytes in,
 * bytes out.
 */
#ifndef MXGRADE_IO_PROXY_TALK_H
#define MXGRADE_IO_PROXY_TALK_H

#include "io/net/proxy.h"

#define PROXY_REPLY_SIZE   262 /* the longest of SOCKS5: a name of 255 bytes, RFC 1928 section 6 */
#define PROXY_REQUEST_SIZE 1024

enum proxy_state {
    PROXY_TALKS,  /* bytes are to be sent, or waited for */
    PROXY_PASSES, /* whatever comes now is of the server */
    PROXY_NO_WAY, /* the server cannot be reached: `error` is an errno of connect() */
    PROXY_BROKEN  /* the proxy itself is at fault: `fault` */
};

struct proxy_talk {
    const struct proxy *proxy; /* borrowed */
    struct address address;    /* of the server */
    uint16_t port;
    enum proxy_state state;
    int error;
    struct proxy_fault fault;
    bool is_admitted; /* the proxy takes us, and knows whom we want */
    /* To be sent: from `num_sent` to `request_len`. */
    uint8_t request[PROXY_REQUEST_SIZE];
    size_t request_len, num_sent;
    /* Of the protocols. */
    unsigned step;
    uint8_t reply[PROXY_REPLY_SIZE];
    size_t reply_len;
    size_t num_bytes;
};

/* Bytes that are to be sent next. Nothing else waits to be sent. */
void proxy_talk_say(struct proxy_talk *talk, const void *bytes, size_t len);

void proxy_talk_break(struct proxy_talk *talk, enum proxy_trouble trouble, unsigned code);
void proxy_talk_refuse(struct proxy_talk *talk, int error);

#endif
