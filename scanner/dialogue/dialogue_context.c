#include "scanner/dialogue/dialogue_context.h"

#include "scanner/dialogue/session_internal.h"

/*
 * A TLS object takes 14 KiB, a connection that waits for a greeting 2. When thousands are greeted
 * at once the processor serves them one after the other anyway. Half a second is some round trips:
 * who takes longer waits for its network, not for us.
 */
#define HANDSHAKES_AT_ONCE         512
#define HANDSHAKE_PATIENCE_SECONDS 0.5

static void report_ended(struct ev_loop *loop, ev_idle *watcher, int events)
{
    (void)loop;
    (void)events;
    struct dialogue_context *context = watcher->data;
    struct session *session;
    while ((session = SLIST_FIRST(&context->ended)) != NULL) {
        SLIST_REMOVE_HEAD(&context->ended, next_ended);
        session->is_to_be_told = false;
        session->callback(session, session->user);
    }
}

void dialogue_context_init(struct dialogue_context *context, const struct config *config,
                           struct conn_shared *conn_shared, struct pacer *pacer,
                           struct chain_cache *chain_cache)
{
    *context = (struct dialogue_context){
        .config = config,
        .conn_shared = conn_shared,
        .pacer = pacer,
        .chain_cache = chain_cache,
        .loop = conn_shared->loop,
    };
    SLIST_INIT(&context->ended);
    gate_init(&context->handshakes, context->loop, HANDSHAKES_AT_ONCE, HANDSHAKE_PATIENCE_SECONDS);
    ev_idle_init(&context->reporter, report_ended);
    context->reporter.data = context;
}

void dialogue_context_fini(struct dialogue_context *context)
{
    if (context->loop != NULL) {
        gate_fini(&context->handshakes);
    }
}

const struct ehlo_name *dialogue_context_ehlo(const struct dialogue_context *context,
                                              const struct address *peer)
{
    const struct config *config = context->config;
    return config->source_ehlo != NULL
               ? &config->source_ehlo[source_addresses_index(config->sources, peer)]
               : &config->ehlo;
}

void dialogue_report_later(struct dialogue_context *context, struct session *session)
{
    session->is_to_be_told = true;
    SLIST_INSERT_HEAD(&context->ended, session, next_ended);
    ev_feed_event(context->loop, &context->reporter, EV_CUSTOM);
}

void dialogue_forget(struct dialogue_context *context, struct session *session)
{
    if (session->is_to_be_told) {
        SLIST_REMOVE(&context->ended, session, session, next_ended);
        session->is_to_be_told = false;
    }
}
