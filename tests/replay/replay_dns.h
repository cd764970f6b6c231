/*
 * A DNS server in simulated time, by UDP and TCP. The first label of the name asked for says how it
 * answers (see act() in the source), unless `mode` does for all, or the test answers itself.
 */
#ifndef MXGRADE_TESTS_REPLAY_DNS_H
#define MXGRADE_TESTS_REPLAY_DNS_H

#include "tests/replay/replay_clock.h"
#include "tests/replay/replay_network.h"
#include "tests/unit/dns_build.h"

#define RESPONDER_QUERY_MAX 512
#define RESPONDER_DELAY     0.02
#define RESPONDER_BIG       100 /* records, more than fit 1232 bytes */

struct responder_query {
    const uint8_t *bytes;
    size_t len;
    unsigned id;
    unsigned type;
    bool tcp;
    bool edns;
    bool ad;
    char name[RESPONDER_QUERY_MAX];
};

struct dns_responder {
    struct replay_place udp; /* both at the same address and port */
    struct replay_place tcp;
    const char *mode;
    /* The test's own way to answer: writes `build`; false for silence. NULL: by mode. */
    bool (*answer)(struct dns_responder *responder, const struct responder_query *query);
    void *user;
    const char *held; /* questions for names that begin so wait for dns_responder_release() */
    unsigned num_udp;
    unsigned num_tcp;
    unsigned num_streams;
    int answers_per_stream; /* then it closes; 0: as many as are asked for; -1: none */
    unsigned first_lost;    /* counted by num_udp; 0: none */
    unsigned last_lost;
    double latency; /* of every answer, in seconds */
    double delay;   /* of "slow", besides */
    unsigned num_delayed;
    unsigned most_delayed;
    bool saw_ad_bit;
    bool saw_edns;
    TAILQ_HEAD(, responder_client) clients;
    TAILQ_HEAD(, responder_delay) delays;
    struct dns_build build;
};

/* Listens at that address, port 53. */
void dns_responder_init(struct dns_responder *responder, const char *address);
void dns_responder_fini(struct dns_responder *responder);

/* The answers that were held are given. */
void dns_responder_release(struct dns_responder *responder);

#endif
