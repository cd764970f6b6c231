#include "benchmarks/fleet/reply.h"

#include <stdarg.h>
#include <stdio.h>

#include <openssl/rand.h>

#include "benchmarks/fleet/peer_io.h"

#define GARBAGE_LEN 300

void reply_add(struct reply *reply, const char *format, ...)
{
    size_t room = sizeof reply->text - reply->len;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(reply->text + reply->len, room, format, arguments);
    va_end(arguments);
    if (len > 0) {
        reply->len += (size_t)len < room ? (size_t)len : room - 1;
    }
}

/* For the behaviour whose lines end in LF alone. */
static void drop_carriage_returns(struct reply *reply)
{
    size_t kept = 0;
    for (size_t i = 0; i < reply->len; i++) {
        if (reply->text[i] != '\r') {
            reply->text[kept++] = reply->text[i];
        }
    }
    reply->len = kept;
}

enum peer_wait reply_send(struct peer *peer, struct reply *reply, enum peer_state then)
{
    if (peer->behaviour->lone_lf) {
        drop_carriage_returns(reply);
    }
    return peer_queue(peer, reply->text, reply->len, then);
}

enum peer_wait reply_send_text(struct peer *peer, const char *text, enum peer_state then)
{
    struct reply reply = {.len = 0};
    reply_add(&reply, "%s\r\n", text);
    return reply_send(peer, &reply, then);
}

enum peer_wait reply_refuse(struct peer *peer, const char *text, enum peer_state then)
{
    stats_add(&peer->counts->refusals);
    return reply_send_text(peer, text, then);
}

enum peer_wait reply_send_random(struct peer *peer, enum peer_state then)
{
    uint8_t bytes[GARBAGE_LEN];
    RAND_bytes(bytes, sizeof bytes);
    bytes[0] |= 0x80; /* neither a TLS record type nor text */
    bytes[1] |= 0x80;
    bytes[sizeof bytes - 1] = '\n'; /* readers of lines must not wait for more */
    return peer_queue(peer, bytes, sizeof bytes, then);
}
