#include "scanner/inquiry/server_inquiry.h"

#include "io/base/loop.h"
#include "scanner/base/log.h"
#include "scanner/probe/dialogue_plan.h"
#include "scanner/x509/ocsp_response.h"

void server_inquiry_init(struct server_inquiry *inquiry, struct dialogue_context *dialogues,
                         const struct session_request *request, struct server_facts *facts,
                         struct arena *facts_arena, server_inquiry_callback ended, void *user)
{
    inquiry->dialogues = dialogues;
    inquiry->request = *request;
    inquiry->facts = facts;
    inquiry->facts_arena = facts_arena;
    inquiry->ended = ended;
    inquiry->user = user;
}

void server_inquiry_fini(struct server_inquiry *inquiry)
{
    session_free(inquiry->session);
    arena_free(&inquiry->arena);
}

/* ---- Which probe ---- */

static bool affords_another(const struct server_inquiry *inquiry,
                            const struct server_evidence *server)
{
    return dialogue_plan_affords(inquiry->dialogues->config, server);
}

/* The next probe that the facts call for. What the limits leave unasked stays unknown. */
enum server_inquiry_next server_inquiry_begin(struct server_inquiry *inquiry,
                                              const struct server_evidence *server)
{
    const struct plan_context context = {inquiry->dialogues->config->depth, inquiry->request.sni};
    inquiry->attempts = 0;
    if (inquiry->lacks_memory) {
        return SERVER_INQUIRY_NO_MEMORY;
    }
    bool is_left = plan_next(inquiry->facts, &context, &inquiry->step);
    if (is_left && affords_another(inquiry, server)) {
        inquiry->request.most_seconds = dialogue_plan_seconds(server);
        return SERVER_INQUIRY_PROBE;
    }
    plan_conclude(inquiry->facts, is_left ? dialogue_plan_limit(server) : OUTCOME_NOT_TESTED);
    return SERVER_INQUIRY_COMPLETE;
}

/* ---- A probe ---- */

static void log_probe(const struct server_inquiry *inquiry)
{
    const struct hostname *sni = inquiry->request.sni;
    const struct hello_reply *hello = inquiry->result.hello;
    log_trace(inquiry->dialogues->config, "%s: probe '%s': %s, %s",
              sni != NULL ? hostname_text(sni) : "-", plan_step_name(&inquiry->step),
              outcome_name(inquiry->result.outcome),
              hello != NULL ? hello_reply_kind_name(hello->kind) : "no hello");
}

static void on_session_ended(struct session *session, void *user)
{
    struct server_inquiry *inquiry = user;
    (void)session;
    inquiry->attempts++;
    inquiry->num_connections += inquiry->result.started > 0 ? 1 : 0;
    log_probe(inquiry);
    inquiry->ended(inquiry);
}

bool server_inquiry_probe(struct server_inquiry *inquiry)
{
    enum plan_kind kind = plan_step_kind(&inquiry->step);
    struct session_request *request = &inquiry->request;
    request->hello = kind == PLAN_SSL2 ? NULL : &inquiry->step.hello;
    request->ssl2 = kind == PLAN_SSL2;
    request->want_flight = kind == PLAN_HELLO_FLIGHT;
    inquiry->session = session_new(inquiry->dialogues, request, &inquiry->arena, &inquiry->result,
                                   on_session_ended, inquiry);
    return inquiry->session != NULL;
}

bool server_inquiry_is_queued(const struct server_inquiry *inquiry)
{
    return inquiry->session != NULL && session_is_waiting(inquiry->session);
}

/* ---- What it has shown ---- */

/* Keeps what came beside the certificate. The reader of the reply, which holds it, is freed soon.
 */
static void keep_extras(struct server_inquiry *inquiry, const struct hello_reply *reply)
{
    struct certificate_extras *extras = &inquiry->facts->flight_extras;
    extras->has_sct_extension = reply->sct;
    if (reply->ocsp.len > 0) {
        /* One that is longer than will be looked at is kept cut, which makes it unreadable. */
        size_t len = reply->ocsp.len < OCSP_RESPONSE_MAX ? reply->ocsp.len : OCSP_RESPONSE_MAX;
        extras->ocsp_response.bytes =
            arena_copy(inquiry->facts_arena, (const char *)reply->ocsp.data, len);
        extras->ocsp_response.len = extras->ocsp_response.bytes != NULL ? len : 0;
        inquiry->lacks_memory |= extras->ocsp_response.bytes == NULL;
    }
}

static void keep_flight(struct server_inquiry *inquiry, const struct hello_reply *reply)
{
    struct server_facts *facts = inquiry->facts;
    if (reply == NULL || reply->num_certificates == 0 || reply->kind != HELLO_REPLY_SERVER_HELLO ||
        facts->flight_chain != NULL) {
        return;
    }
    struct text certificates[HELLO_REPLY_CERTIFICATES_MAX];
    for (size_t i = 0; i < reply->num_certificates; i++) {
        certificates[i].bytes = (const char *)reply->certificates[i].data;
        certificates[i].len = reply->certificates[i].len;
    }
    facts->flight_chain =
        chain_cache_add(inquiry->dialogues->chain_cache, certificates, reply->num_certificates);
    inquiry->lacks_memory |= facts->flight_chain == NULL;
    keep_extras(inquiry, reply);
}

/* False: the step is to be asked once more. */
static bool learn(struct server_inquiry *inquiry, const struct repetition *repetition)
{
    const struct observation *result = &inquiry->result;
    /* A dialogue that never came to the hello says nothing of the step. */
    bool never_asked = result->hello == NULL && repetition->again;
    bool learned = !never_asked && plan_learn(inquiry->facts, inquiry->facts_arena, &inquiry->step,
                                              result, inquiry->attempts);
    keep_flight(inquiry, result->hello);
    inquiry->lacks_memory |= inquiry->facts->lacks_memory;
    return learned;
}

static void end_session(struct server_inquiry *inquiry, double slow_down)
{
    if (slow_down > 0) {
        session_slow_down(inquiry->session, slow_down);
    }
    session_free(inquiry->session);
    inquiry->session = NULL;
    arena_free(&inquiry->arena);
}

/* What the server asks us to wait counts for all its questions. */
static struct repetition repetition_of(const struct server_inquiry *inquiry,
                                       struct server_evidence *server)
{
    const struct config *config = inquiry->dialogues->config;
    const enum outcome outcome = inquiry->result.outcome;
    struct moment now = loop_now(inquiry->dialogues->loop);
    struct repetition repetition =
        dialogue_plan_repeat(config, server, outcome, inquiry->attempts, now);
    if (repetition.is_wait) {
        server_evidence_wait(server, now, repetition.wait);
    } else if (repetition.gives_up) {
        server_evidence_give_up(server, outcome);
    }
    return repetition;
}

enum server_inquiry_next server_inquiry_next(struct server_inquiry *inquiry,
                                             struct server_evidence *server, double *out_wait)
{
    const struct repetition repetition = repetition_of(inquiry, server);
    bool learned = learn(inquiry, &repetition);
    end_session(inquiry, repetition.slow_down);
    if (!learned && affords_another(inquiry, server)) {
        inquiry->request.most_seconds = dialogue_plan_seconds(server);
        *out_wait = repetition.wait;
        return SERVER_INQUIRY_REPEAT;
    }
    return server_inquiry_begin(inquiry, server); /* what was asked only once stays unknown */
}
