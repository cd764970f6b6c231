#include "benchmarks/fleet/greeting.h"

#include "benchmarks/fleet/peer_io.h"
#include "benchmarks/fleet/reply.h"

#define TARPIT_DRIP_MS  1000
#define STRICT_PAUSE_MS 600

enum peer_state greeting_start(const struct peer *peer, uint32_t *out_delay_ms)
{
    const struct options *options = peer->server->options;
    *out_delay_ms = 0;
    switch (peer->behaviour->greet) {
    case GREET_CLOSE:
        return PEER_LINGER;
    case GREET_RESET:
        return PEER_RESET;
    case GREET_SILENCE:
        return PEER_TRAP;
    case GREET_SLOW:
        *out_delay_ms = peer->rtt_ms + world_delay_ms(options, peer->slot, SPAN_SLOW_BANNER);
        return PEER_BANNER;
    default:
        *out_delay_ms = peer->rtt_ms + world_delay_ms(options, peer->slot, SPAN_BANNER);
        return PEER_BANNER;
    }
}

static enum peer_wait greet(struct peer *peer)
{
    struct reply reply = {.len = 0};
    reply_add(&reply, "220 %s ESMTP fleet\r\n", peer->name);
    return reply_send(peer, &reply, PEER_COMMAND);
}

static enum peer_wait greet_multiline(struct peer *peer)
{
    struct reply reply = {.len = 0};
    reply_add(&reply,
              "220-%s ESMTP fleet\r\n220-We do not authorise the use of this system\r\n"
              "220-to transport unsolicited or bulk mail.\r\n220 \r\n",
              peer->name);
    return reply_send(peer, &reply, PEER_COMMAND);
}

/* The way of Postfix's postscreen: a teaser, a wait, and a refusal for who could not wait. */
static enum peer_wait greet_strict(struct peer *peer)
{
    struct reply reply = {.len = 0};
    switch (peer->greeting_part++) {
    case 0:
        reply_add(&reply, "220-%s ESMTP fleet\r\n", peer->name);
        return reply_send(peer, &reply, PEER_BANNER);
    case 1:
        return peer_sleep(peer, PEER_BANNER, STRICT_PAUSE_MS);
    default:
        return peer->pregreeted
                   ? reply_send_text(peer, "554 5.5.0 You spoke before your turn", PEER_LINGER)
                   : greet(peer);
    }
}

static enum peer_wait greet_endless(struct peer *peer)
{
    struct reply reply = {.len = 0};
    for (unsigned i = 0; i < 64; i++) {
        reply_add(&reply, "220-This greeting has no end, nor has it a point.\r\n");
    }
    peer->endless = true;
    return reply_send(peer, &reply, PEER_TRAP);
}

static enum peer_wait greet_tarpit(struct peer *peer)
{
    static const char text[] = "220-tar ";
    peer->endless = true;
    peer->drip_ms = TARPIT_DRIP_MS;
    return peer_queue(peer, text, sizeof text - 1, PEER_TRAP);
}

enum peer_wait greeting_step(struct peer *peer)
{
    if (!peer_read(peer)) { /* sees who speaks first */
        return WAIT_GONE;
    }
    if (peer->banned) {
        return reply_send_text(peer, "554 5.7.1 You connect too often; you are banned",
                               PEER_LINGER);
    }
    switch (peer->behaviour->greet) {
    case GREET_MULTILINE:
        return greet_multiline(peer);
    case GREET_STRICT:
        return greet_strict(peer);
    case GREET_421:
        return reply_refuse(peer, "421 4.3.2 Service not available, try again later", PEER_LINGER);
    case GREET_421_ONCE:
        return peer->connection == 0 ? reply_refuse(peer, "421 4.7.0 Try again later", PEER_LINGER)
                                     : greet(peer);
    case GREET_421_RATE:
        return peer->too_many ? reply_refuse(peer, "421 4.7.0 Too many connections from your host",
                                             PEER_LINGER)
                              : greet(peer);
    case GREET_450:
        return reply_refuse(peer, "450 4.7.1 Client host rejected: greylisted", PEER_LINGER);
    case GREET_554:
        return reply_send_text(peer, "554 5.7.1 Your address is on a block list", PEER_LINGER);
    case GREET_HTTP:
        return reply_send_text(peer, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n",
                               PEER_LINGER);
    case GREET_BINARY:
        return reply_send_random(peer, PEER_LINGER);
    case GREET_TARPIT:
        return greet_tarpit(peer);
    case GREET_ENDLESS:
        return greet_endless(peer);
    case GREET_CLOSE_LINE:
        return peer_queue(peer, "220 mx", 6, PEER_LINGER);
    default:
        return greet(peer);
    }
}
