/*
 * What the dialogues of one loop need and share. The worker makes one and lends it the parts; the
 * dialogues see nothing else of the engine.
 */
#ifndef MXGRADE_SCANNER_DIALOGUE_CONTEXT_H
#define MXGRADE_SCANNER_DIALOGUE_CONTEXT_H

#include <ev.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "io/net/conn.h"
#include "io/net/gate.h"
#include "io/net/pacer.h"
#include "scanner/base/config.h"

struct chain_cache;
struct session;

/* Written by the loop's thread, read by the progress line. */
struct dialogue_counters {
    atomic_uint_fast64_t connections; /* opened */
    atomic_uint_fast64_t in_flight;
    atomic_uint_fast64_t milliseconds; /* the durations of all dialogues, summed */
};

struct dialogue_context {
    /* Borrowed: these outlive the context. */
    const struct config *config;
    struct conn_shared *conn_shared;
    struct pacer *pacer;
    struct chain_cache *chain_cache;
    /* Its own. */
    struct ev_loop *loop;
    struct gate handshakes; /* TLS objects are large: so many at once in a burst */
    struct dialogue_counters counters;
    SLIST_HEAD(session_list, session) ended; /* sessions whose callback is due */
    ev_idle reporter;                        /* never started, only fed */
};

/* The lent parts are in place. Needs no memory. */
void dialogue_context_init(struct dialogue_context *context, const struct config *config,
                           struct conn_shared *conn_shared, struct pacer *pacer,
                           struct chain_cache *chain_cache);

/* The name that a server at `peer` is greeted with: that of the address that it is called from. */
const struct ehlo_name *dialogue_context_ehlo(const struct dialogue_context *context,
                                              const struct address *peer);

/* No session may be left. All zero, as before it was made, is fine. */
void dialogue_context_fini(struct dialogue_context *context);

#endif
