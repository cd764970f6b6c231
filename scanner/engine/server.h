/*
 * A server: an address and port, whatever names it is called by. What it speaks is probed once, for
 * the first endpoint that gets so far; the others wait for the facts. A name whose handshake the
 * server ended by an alert may be asked about alone: whether another TLS library could have gone on
 * may depend on the name, as the certificate and the suites may.
 */
#ifndef MXGRADE_SCANNER_SERVER_H
#define MXGRADE_SCANNER_SERVER_H

#include "io/base/hostname.h"
#include "scanner/engine/once.h"
#include "scanner/engine/server_key.h"
#include "scanner/probe/plan.h"

/* Which server, and what its probes need besides; borrowed for the call. The key comes first. */
struct server_question {
    struct server_key server;
    uint32_t turn, lag;          /* of the asker, for the pacer */
    const struct hostname *host; /* that it is called by; NULL: a bare address */
    const struct hostname *sni;  /* NULL: none */
    bool is_of_name;             /* only what others could do under the name `sni` */
    /* What the asker's own handshake showed, and what it tried before TLS: saves probes. */
    const struct observation *handshake;
};

/* Someone who waits for a server's facts; embedded in the waiter. */
struct server_waiter {
    struct once_waiter waiter;        /* first; its ready() is set by the asker */
    const struct server_facts *facts; /* while ready() runs, and longer if held: server_hold() */
    unsigned connections; /* that were made for this waiter; 0 for those who came later */
    struct once_entry *server;
    bool is_holding;
};

void servers_init(struct once *servers, struct worker *worker);

/* Within ready(): the facts stay until server_release(). One that holds nothing is fine for that.
 */
void server_hold(struct server_waiter *waiter);
void server_release(struct server_waiter *waiter);

/* The waiter is told once, perhaps from within this call. */
void server_ask(struct once *servers, const struct server_question *question,
                struct server_waiter *waiter);

/* Of a server that pauses: its ledger if it is asked again then, and NULL if it only waits for the
 * turn of a name. */
struct ledger *server_retrying(const struct once_entry *entry);

#endif
