/*
 * DNS by TCP: one connection to one resolver that any number of questions share (RFC 7766 section
 * 6.2.1.1), as messages with their length before them. What they say is for its owner.
 */
#ifndef MXGRADE_IO_DNS_STREAM_H
#define MXGRADE_IO_DNS_STREAM_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/dns/dns_servers.h"

struct dns_stream;

struct dns_stream_owner {
    /* The message is borrowed. Must not close the stream. */
    void (*on_message)(void *user, const uint8_t *message, size_t len);
    /* Everything that had come was handed over. If `lost`, nothing more will come, and the owner
     * closes the stream; otherwise it may. */
    void (*on_pause)(void *user, bool lost);
    void *user;
};

/* Begins to connect. NULL with an errno for lack of memory or descriptors, or where there is no
 * route. */
struct dns_stream *dns_stream_open(struct ev_loop *loop, const struct dns_server *server,
                                   const struct dns_stream_owner *owner);

/* Sends a copy of the message as soon as that can be done. False with an errno for lack of memory,
 * or if it is longer than a length can say; nothing of it is sent then. */
bool dns_stream_send(struct dns_stream *stream, const uint8_t *message, size_t len);

/* NULL is fine. */
void dns_stream_close(struct dns_stream *stream);

#endif
