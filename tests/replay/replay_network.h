/*
 * A network of one process, for tests in simulated time. socket(), connect() and their like are
 * replaced, so that whoever asks for an IPv4 or IPv6 socket gets one end of a pair, and connecting
 * leads to the places that the test has made. A pair loses nothing and delays nothing; a connection
 * takes as long as the place says. No packet leaves the process, so any address will do.
 *
 * For clients whose connect() does not block. One thread.
 */
#ifndef MXGRADE_TESTS_REPLAY_NETWORK_H
#define MXGRADE_TESTS_REPLAY_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "io/base/address.h"

enum replay_manner {
    REPLAY_ACCEPTS,
    REPLAY_REFUSES,    /* as does every place that is not there */
    REPLAY_SILENT,     /* the connection is never made */
    REPLAY_UNREACHABLE /* connect() fails at once */
};

/* What listens at a port of an address. The owner's; it stays while it is in the network. */
struct replay_place {
    struct address address;
    uint16_t port;
    bool is_udp;
    enum replay_manner manner;
    double latency; /* seconds until a connection is made or refused */
    /* A client has come. The descriptor, which does not block, is taken over. By UDP there is one
     * for each socket of a client, in which it has connected. */
    void (*on_client)(struct replay_place *place, int fd);
    unsigned num_calls; /* of connect() */
    TAILQ_ENTRY(replay_place) link;
};

void replay_network_add(struct replay_place *place);
void replay_network_remove(struct replay_place *place);

/*
 * For the servers, as a socket of TCP ends: by a FIN, or a RST if the client has sent something
 * that was not read; and by a RST too if the client sends something later.
 */
void replay_network_close(int fd);

/* By a RST at once. */
void replay_network_reset(int fd);

/* malloc() that is zeroed and ends the test on lack of memory, and that no test makes fail. */
void *replay_alloc(size_t size);

#endif
