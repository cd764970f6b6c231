#include "scanner/inquiry/name_inquiry.h"

#include <stdlib.h>

#include "io/base/loop.h"
#include "scanner/base/log.h"
#include "scanner/x509/certificate.h"

static struct observation *last_observation(struct name_inquiry *inquiry)
{
    return inquiry->kind == DIALOGUE_HANDSHAKE ? &inquiry->result : inquiry->check;
}

void name_inquiry_init(struct name_inquiry *inquiry, struct dialogue_context *dialogues,
                       const struct session_request *request, name_inquiry_callback ended,
                       void *user)
{
    inquiry->dialogues = dialogues;
    inquiry->request = *request;
    inquiry->ended = ended;
    inquiry->user = user;
    inquiry->result.timings = (struct timings){-1, -1, -1, -1, -1, -1};
}

void name_inquiry_fini(struct name_inquiry *inquiry)
{
    session_free(inquiry->session);
    if (inquiry->is_under_way) {
        chain_release(inquiry->dialogues->chain_cache, last_observation(inquiry)->chain);
    }
    if (inquiry->leaves != NULL) {
        leaf_tally_fini(inquiry->leaves, inquiry->dialogues->chain_cache);
    }
    free(inquiry->check);
    arena_free(&inquiry->arena);
}

static struct dialogue_plan_service plan_service_of(const struct name_inquiry *inquiry)
{
    const struct service *service = inquiry->request.service;
    return (struct dialogue_plan_service){
        .implicit_tls = service->implicit_tls,
        .takes_mail = service->commands[PHASE_OF_MAIL] != NULL,
    };
}

void name_inquiry_begin(struct name_inquiry *inquiry, const struct server_evidence *server)
{
    const struct dialogue_plan_service service = plan_service_of(inquiry);
    inquiry->kind = DIALOGUE_HANDSHAKE;
    inquiry->request.most_seconds = dialogue_plan_name_seconds(&inquiry->name);
    inquiry->manner = dialogue_plan_begin(inquiry->dialogues->config, &service, server);
}

bool name_inquiry_begin_leaf(struct name_inquiry *inquiry)
{
    inquiry->kind = DIALOGUE_LEAF;
    inquiry->request.most_seconds = dialogue_plan_name_seconds(&inquiry->name);
    return dialogue_plan_affords_name(inquiry->dialogues->config, &inquiry->name);
}

/* ---- A dialogue ---- */

/* What the dialogue is to do, by its kind. */
static void prepare_request(struct name_inquiry *inquiry)
{
    const struct dialogue_manner *manner = &inquiry->manner;
    struct session_request *request = &inquiry->request;
    bool is_handshake = inquiry->kind == DIALOGUE_HANDSHAKE;
    request->test_plaintext = is_handshake ? manner->tests : inquiry->kind == DIALOGUE_GLUED;
    request->test_mail_without_tls = is_handshake && manner->mail_without_tls;
    request->test_mail_in_tls = inquiry->kind == DIALOGUE_MAIL;
    request->without_tls13 = manner->without_tls13;
    request->only_offer = inquiry->kind == DIALOGUE_OFFER;
    if (manner->without_sni) {
        request->sni = NULL;
    }
}

/* Where the dialogue's observation goes: a check leaves that of the handshake alone. NULL on lack
 * of memory. */
static struct observation *room_for_observation(struct name_inquiry *inquiry)
{
    if (inquiry->kind == DIALOGUE_HANDSHAKE) {
        return &inquiry->result;
    }
    if (inquiry->check == NULL) {
        inquiry->check = calloc(1, sizeof(*inquiry->check));
    }
    return inquiry->check;
}

static void on_session_ended(struct session *session, void *user);

bool name_inquiry_hold(struct name_inquiry *inquiry)
{
    struct observation *observation = room_for_observation(inquiry);
    prepare_request(inquiry);
    if (observation != NULL) {
        inquiry->session = session_new(inquiry->dialogues, &inquiry->request, &inquiry->arena,
                                       observation, on_session_ended, inquiry);
    }
    inquiry->is_under_way = inquiry->session != NULL;
    return inquiry->session != NULL;
}

bool name_inquiry_is_queued(const struct name_inquiry *inquiry)
{
    return inquiry->session != NULL && session_is_waiting(inquiry->session);
}

bool name_inquiry_skip(struct name_inquiry *inquiry)
{
    session_free(inquiry->session);
    inquiry->session = NULL;
    inquiry->is_under_way = false;
    return inquiry->kind != DIALOGUE_HANDSHAKE;
}

/* ---- What it has shown ---- */

/* What is said first is said to the whole offer. A later alert may be about what is left of it. */
static void note_refusal(struct name_inquiry *inquiry)
{
    struct observation *result = &inquiry->result;
    if (result->starttls_handshake.value == TRI_NO && result->outcome == OUTCOME_TLS_ALERT) {
        if (inquiry->first_alert == NULL) {
            inquiry->first_alert = result->detail;
        }
        result->detail = inquiry->first_alert;
    }
}

static void note_handshake(struct name_inquiry *inquiry)
{
    bool had_tests = inquiry->manner.tests;
    if (!name_evidence_is_spoilt(&inquiry->result, had_tests)) {
        note_refusal(inquiry);
    }
    name_evidence_add(&inquiry->name, &inquiry->result, had_tests);
}

/* A server that is not called any more has no moment at which it was. */
static bool is_held(const struct observation *observation)
{
    return observation->started > 0 || outcome_phase(observation->outcome) < PHASE_BANNER;
}

/* The chain of the dialogue goes to the tally of all of them. */
static void keep_leaf(struct name_inquiry *inquiry, struct observation *observation)
{
    struct chain_cache *cache = inquiry->dialogues->chain_cache;
    if (observation->chain == NULL) {
        return;
    }
    if (inquiry->leaves == NULL) {
        inquiry->leaves = arena_alloc(&inquiry->arena, sizeof(*inquiry->leaves));
    }
    if (inquiry->leaves == NULL) {
        chain_release(cache, observation->chain);
        observation->chain = NULL;
        return;
    }
    observation->chain =
        leaf_tally_take(inquiry->leaves, cache, observation->chain, &observation->extras);
}

static void on_session_ended(struct session *session, void *user)
{
    struct name_inquiry *inquiry = user;
    struct observation *observation = last_observation(inquiry);
    (void)session;
    inquiry->is_under_way = false;
    keep_leaf(inquiry, observation);
    inquiry->num_dialogues += is_held(observation) ? 1 : 0;
    if (inquiry->started == 0) {
        inquiry->started = observation->started;
    }
    if (inquiry->kind == DIALOGUE_HANDSHAKE) {
        note_handshake(inquiry);
    } else if (inquiry->kind == DIALOGUE_LEAF) {
        name_evidence_add(&inquiry->name, observation, false);
    }
    if (inquiry->name.was_taken_for_tls && observation->starttls_handshake.value == TRI_YES) {
        /* What a server takes for TLS it does not execute. */
        observation->injection_commands = (struct verdict){.value = TRI_NO};
        inquiry->name.was_taken_for_tls = false;
    }
    inquiry->ended(inquiry, observation);
}

static void log_dialogue(const struct name_inquiry *inquiry, enum outcome outcome,
                         const struct dialogue_step *step)
{
    const struct hostname *host = inquiry->request.host;
    log_trace(inquiry->dialogues->config, "%s: dialogue %u: %s%s",
              host != NULL ? hostname_text(host) : "-", inquiry->num_dialogues,
              outcome_name(outcome), step->kind != DIALOGUE_NONE ? ", another follows" : "");
}

static void end_session(struct name_inquiry *inquiry, double slow_down)
{
    if (slow_down > 0) {
        session_slow_down(inquiry->session, slow_down);
    }
    session_free(inquiry->session);
    inquiry->session = NULL;
}

struct dialogue_step name_inquiry_next(struct name_inquiry *inquiry, struct server_evidence *server)
{
    const struct observation *observation = last_observation(inquiry);
    const struct dialogue_plan_service service = plan_service_of(inquiry);
    struct moment now = loop_now(inquiry->dialogues->loop);
    struct dialogue_step step =
        dialogue_plan_next(inquiry->dialogues->config, &service, server, &inquiry->name,
                           observation, inquiry->kind, &inquiry->manner, now);
    if (step.is_wait) {
        server_evidence_wait(server, now, step.wait);
    } else if (step.gives_up) {
        server_evidence_give_up(server, observation->outcome);
    }
    log_dialogue(inquiry, observation->outcome, &step);
    end_session(inquiry, step.slow_down);
    if (step.kind != DIALOGUE_NONE) {
        inquiry->kind = step.kind;
        inquiry->request.most_seconds = step.kind == DIALOGUE_HANDSHAKE
                                            ? dialogue_plan_name_seconds(&inquiry->name)
                                            : dialogue_plan_seconds(server);
    }
    return step;
}
