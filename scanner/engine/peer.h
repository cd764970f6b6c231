/*
 * A peer: an address and port, whatever names it is called by. Its versions are probed once, for
 * the first endpoint that gets so far; the others wait for the facts.
 */
#ifndef MXGRADE_SCANNER_PEER_H
#define MXGRADE_SCANNER_PEER_H

#include "io/base/address.h"
#include "io/base/hostname.h"
#include "scanner/probe/plan.h"

struct worker;
struct peer;

/* Someone who waits for a peer's facts; embedded in the waiter. */
struct peer_waiter {
    struct peer_waiter *next;
    /* Called from the loop once the facts are complete. */
    void (*ready)(struct peer_waiter *waiter, const struct peer_facts *facts, unsigned connections);
};

/* What the probes need besides the address; borrowed for the call. */
struct peer_target {
    struct address address;
    uint16_t port;
    const struct service *service;
    const struct hostname *host; /* that it is called by; NULL: a bare address */
    const struct hostname *sni;  /* NULL: none */
};

/* Has anyone got as far as to ask for its facts? */
bool peer_is_known(const struct worker *worker, const struct peer_target *target);

/*
 * Tells the waiter the facts of the peer, after probing it if nobody has. `handshake`: what the
 * waiter's own handshake showed, and what it tried before TLS, which saves probes. `connections` in
 * ready() counts what this waiter caused: zero for those who came later. False on lack of memory:
 * ready() is not called.
 */
bool peer_ask(struct worker *worker, const struct peer_target *target,
              const struct observation *handshake, struct peer_waiter *waiter);

void peer_free_all(struct worker *worker);

#endif
