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
    inquiry->facts = facts;
    inquiry->facts_arena = facts_arena;
    inquiry->ended = ended;
    inquiry->user = user;
    for (size_t i = 0; i < SERVER_INQUIRY_PROBES; i++) {
        inquiry->probes[i].inquiry = inquiry;
        inquiry->probes[i].request = *request;
    }
}

void server_inquiry_fini(struct server_inquiry *inquiry)
{
    for (size_t i = 0; i < SERVER_INQUIRY_PROBES; i++) {
        session_free(inquiry->probes[i].session);
        arena_free(&inquiry->probes[i].arena);
    }
}

bool server_inquiry_learn_handshake(struct server_inquiry *inquiry,
                                    const struct observation *handshake)
{
    static const struct certificate_extras nothing;
    struct chain_cache *cache = inquiry->dialogues->chain_cache;
    struct server_facts *facts = inquiry->facts;
    plan_init(facts);
    if (inquiry->dialogues->config->depth == DEPTH_DEEP) {
        facts->deep = arena_alloc(inquiry->facts_arena, sizeof(*facts->deep));
        if (facts->deep == NULL) {
            return false;
        }
    }
    plan_learn_handshake(facts, handshake);
    if (handshake->chain != NULL) {
        leaf_tally_take(&facts->first_leaf, cache, chain_hold(cache, handshake->chain), &nothing);
    }
    return true;
}

/* ---- Which probe ---- */

static struct plan_context context_of(const struct server_inquiry *inquiry)
{
    return (struct plan_context){.depth = inquiry->dialogues->config->depth,
                                 .sni = inquiry->probes[0].request.sni,
                                 .only_others = inquiry->only_others};
}

static bool affords_another(const struct server_inquiry *inquiry,
                            const struct server_evidence *server)
{
    return dialogue_plan_affords(inquiry->dialogues->config, server, 0);
}

/* The next probe that the facts call for. What the limits leave unasked stays unknown. */
enum server_inquiry_next server_inquiry_begin(struct server_inquiry *inquiry,
                                              const struct server_evidence *server)
{
    const struct plan_context context = context_of(inquiry);
    struct server_probe *probe = &inquiry->probes[0];
    if (inquiry->lacks_memory) {
        return SERVER_INQUIRY_NO_MEMORY;
    }
    bool is_left = plan_next(inquiry->facts, &context, &probe->step);
    if (is_left && affords_another(inquiry, server)) {
        probe->attempts = 0;
        inquiry->next = probe;
        return SERVER_INQUIRY_PROBE;
    }
    plan_conclude(inquiry->facts, is_left ? dialogue_plan_limit(server) : OUTCOME_NOT_TESTED);
    return SERVER_INQUIRY_COMPLETE;
}

/* ---- A probe ---- */

static void log_probe(const struct server_probe *probe)
{
    const struct hostname *sni = probe->request.sni;
    const struct hello_reply *hello = probe->result.hello;
    log_trace(probe->inquiry->dialogues->config, "%s: probe '%s': %s, %s",
              sni != NULL ? hostname_text(sni) : "-", plan_step_name(&probe->step),
              outcome_name(probe->result.outcome),
              hello != NULL ? hello_reply_kind_name(hello->kind) : "no hello");
}

static void on_session_ended(struct session *session, void *user)
{
    struct server_probe *probe = user;
    (void)session;
    probe->attempts++;
    probe->inquiry->num_connections += probe->result.started > 0 ? 1 : 0;
    log_probe(probe);
    probe->inquiry->ended(probe->inquiry, probe);
}

/* False on lack of memory. */
static bool make_probe(struct server_probe *probe, const struct server_evidence *server)
{
    enum plan_kind kind = plan_step_kind(&probe->step);
    struct session_request *request = &probe->request;
    request->hello = kind == PLAN_SSL2 ? NULL : &probe->step.hello;
    request->ssl2 = kind == PLAN_SSL2;
    request->want_flight = kind == PLAN_HELLO_FLIGHT;
    request->most_seconds = dialogue_plan_seconds(server);
    probe->is_repeated = false;
    probe->session = session_new(probe->inquiry->dialogues, request, &probe->arena, &probe->result,
                                 on_session_ended, probe);
    return probe->session != NULL;
}

static struct server_probe *other_than(struct server_inquiry *inquiry,
                                       const struct server_probe *probe)
{
    return probe == &inquiry->probes[0] ? &inquiry->probes[1] : &inquiry->probes[0];
}

/* The first try at a question may have company. */
static bool may_go_beside(struct server_inquiry *inquiry, const struct server_evidence *server,
                          const struct server_probe *other)
{
    const struct plan_context context = context_of(inquiry);
    return inquiry->next->attempts == 0 && !other->is_repeated &&
           dialogue_plan_affords(inquiry->dialogues->config, server, 1) &&
           plan_next_beside(inquiry->facts, &context, &inquiry->next->step,
                            &other_than(inquiry, inquiry->next)->step);
}

bool server_inquiry_probe(struct server_inquiry *inquiry, const struct server_evidence *server)
{
    struct server_probe *other = other_than(inquiry, inquiry->next);
    if (!make_probe(inquiry->next, server)) {
        return false;
    }
    if (!may_go_beside(inquiry, server, other)) {
        return true;
    }
    other->attempts = 0;
    return make_probe(other, server);
}

bool server_inquiry_skip_queued(struct server_inquiry *inquiry)
{
    bool is_busy = false;
    for (size_t i = 0; i < SERVER_INQUIRY_PROBES; i++) {
        struct server_probe *probe = &inquiry->probes[i];
        if (probe->session != NULL && session_is_waiting(probe->session)) {
            session_free(probe->session);
            probe->session = NULL;
        }
        is_busy |= probe->session != NULL;
    }
    return is_busy;
}

/* ---- What it has shown ---- */

/* What came beside the certificate. The reader of the reply, which holds it, is freed soon. */
static struct certificate_extras keep_extras(struct server_inquiry *inquiry,
                                             const struct hello_reply *reply)
{
    struct certificate_extras extras = {.has_sct_extension = reply->sct};
    if (reply->ocsp.len > 0) {
        /* One that is longer than will be looked at is kept cut, which makes it unreadable. */
        size_t len = reply->ocsp.len < OCSP_RESPONSE_MAX ? reply->ocsp.len : OCSP_RESPONSE_MAX;
        extras.ocsp_response.bytes =
            arena_copy(inquiry->facts_arena, (const char *)reply->ocsp.data, len);
        extras.ocsp_response.len = extras.ocsp_response.bytes != NULL ? len : 0;
        inquiry->lacks_memory |= extras.ocsp_response.bytes == NULL;
    }
    return extras;
}

/*
 * Does the flight vote on the certificate? Clients without TLS 1.2 may get one that nobody else
 * gets, as they know no newer signatures. Where a server has nothing newer, it has one all the
 * same.
 */
static bool has_vote(const struct server_facts *facts, const struct hello_reply *reply)
{
    return reply != NULL && reply->num_certificates > 0 &&
           reply->kind == HELLO_REPLY_SERVER_HELLO &&
           (facts->flight_leaves.num_sights == 0 || (reply->version == 0x0303 && !reply->alert));
}

static void keep_flight(struct server_inquiry *inquiry, const struct hello_reply *reply)
{
    struct chain_cache *cache = inquiry->dialogues->chain_cache;
    struct server_facts *facts = inquiry->facts;
    if (!has_vote(facts, reply)) {
        return;
    }
    struct text certificates[HELLO_REPLY_CERTIFICATES_MAX];
    for (size_t i = 0; i < reply->num_certificates; i++) {
        certificates[i].bytes = (const char *)reply->certificates[i].data;
        certificates[i].len = reply->certificates[i].len;
    }
    const struct chain *chain = chain_cache_add(cache, certificates, reply->num_certificates);
    if (chain == NULL) {
        inquiry->lacks_memory = true;
        return;
    }
    struct certificate_extras extras = {0};
    if (!leaf_tally_has(&facts->flight_leaves, chain)) {
        extras = keep_extras(inquiry, reply);
    }
    leaf_tally_take(&facts->flight_leaves, cache, chain, &extras);
}

/* False: the step is to be asked once more. */
static bool learn(const struct server_probe *probe, const struct repetition *repetition)
{
    struct server_inquiry *inquiry = probe->inquiry;
    const struct observation *result = &probe->result;
    /* A dialogue that never came to the hello says nothing of the step. */
    bool never_asked = result->hello == NULL && repetition->again;
    bool learned = !never_asked && plan_learn(inquiry->facts, inquiry->facts_arena, &probe->step,
                                              result, probe->attempts);
    keep_flight(inquiry, result->hello);
    inquiry->lacks_memory |= inquiry->facts->lacks_memory;
    return learned;
}

static void end_session(struct server_probe *probe, double slow_down)
{
    if (slow_down > 0) {
        session_slow_down(probe->session, slow_down);
    }
    session_free(probe->session);
    probe->session = NULL;
    arena_free(&probe->arena);
}

/* What the server asks us to wait counts for all its questions. */
static struct repetition repetition_of(const struct server_probe *probe,
                                       struct server_evidence *server)
{
    const struct dialogue_context *dialogues = probe->inquiry->dialogues;
    const enum outcome outcome = probe->result.outcome;
    struct moment now = loop_now(dialogues->loop);
    struct repetition repetition =
        dialogue_plan_repeat(dialogues->config, server, outcome, probe->attempts, now);
    if (repetition.is_wait) {
        server_evidence_wait(server, now, repetition.wait);
    } else if (repetition.gives_up) {
        server_evidence_give_up(server, outcome);
    }
    return repetition;
}

/* Nothing is under way: what is to be repeated first, or NULL. */
static struct server_probe *next_repetition(struct server_inquiry *inquiry)
{
    struct server_probe *first = NULL;
    for (size_t i = 0; i < SERVER_INQUIRY_PROBES; i++) {
        struct server_probe *probe = &inquiry->probes[i];
        if (probe->is_repeated && (first == NULL || moment_between(first->due, probe->due) < 0)) {
            first = probe;
        }
    }
    return first;
}

enum server_inquiry_next server_inquiry_next(struct server_inquiry *inquiry,
                                             struct server_probe *probe,
                                             struct server_evidence *server, double *out_wait)
{
    struct moment now = loop_now(inquiry->dialogues->loop);
    const struct repetition repetition = repetition_of(probe, server);
    probe->is_repeated = !learn(probe, &repetition);
    probe->due = moment_after(now, repetition.wait);
    end_session(probe, repetition.slow_down);
    if (inquiry->lacks_memory) {
        return SERVER_INQUIRY_NO_MEMORY;
    }
    if (other_than(inquiry, probe)->session != NULL) {
        return SERVER_INQUIRY_BUSY;
    }
    struct server_probe *repeated = next_repetition(inquiry);
    if (repeated != NULL && affords_another(inquiry, server)) {
        double left = moment_between(now, repeated->due);
        *out_wait = left > 0 ? left : 0;
        inquiry->next = repeated;
        return SERVER_INQUIRY_REPEAT;
    }
    return server_inquiry_begin(inquiry, server); /* what was asked only once stays unknown */
}
