#include "scanner/engine/server.h"

#include <string.h>

#include "scanner/base/log.h"
#include "scanner/dialogue/session.h"
#include "scanner/probe/repetition.h"
#include "scanner/engine/ledger.h"
#include "scanner/engine/worker.h"
#include "scanner/probe/dialogue_plan.h"
#include "scanner/x509/ocsp_response.h"

struct server {
    struct once_entry entry; /* first */
    struct address address;
    uint16_t port;
    bool lacks_memory; /* for something that a probe has shown */
    unsigned connections;
    const struct service *service;
    struct server_facts facts;
    struct arena arena; /* evidence: lives as long as the server */
};

/* What is needed while it is being probed. */
struct server_work {
    struct once_work work;       /* first */
    const struct hostname *host; /* references, as the next; NULL: none */
    const struct hostname *sni;
    struct ledger *ledger; /* held */
    struct session *session;
    struct session_request request;
    struct observation result; /* of the last dialogue; texts in `arena` */
    struct plan_step step;
    struct arena arena;
    unsigned attempts;
};

static struct server_work *work_of(const struct server *server)
{
    return (struct server_work *)server->entry.work;
}

static struct worker *worker_of(const struct server *server)
{
    return server->entry.once->worker;
}

/* ---- What a probe shows ---- */

/* What comes beside a certificate is in the reader, which is about to go. */
static void keep_extras(struct server *server, const struct hello_reply *reply)
{
    struct certificate_extras *extras = &server->facts.flight_extras;
    extras->has_sct_extension = reply->sct;
    if (reply->ocsp.len > 0) {
        /* One that is longer than will be looked at is kept cut, which makes it unreadable. */
        size_t len = reply->ocsp.len < OCSP_RESPONSE_MAX ? reply->ocsp.len : OCSP_RESPONSE_MAX;
        extras->ocsp_response.bytes =
            arena_copy(&server->arena, (const char *)reply->ocsp.data, len);
        extras->ocsp_response.len = extras->ocsp_response.bytes != NULL ? len : 0;
        server->lacks_memory |= extras->ocsp_response.bytes == NULL;
    }
}

static void keep_flight(struct server *server, const struct hello_reply *reply)
{
    struct server_facts *facts = &server->facts;
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
        chain_cache_get(worker_of(server)->chain_cache, certificates, reply->num_certificates);
    server->lacks_memory |= facts->flight_chain == NULL;
    keep_extras(server, reply);
}

/* ---- The probes ---- */

static void on_probe_done(struct session *session, void *user);

static void start_probe(struct once_entry *entry)
{
    struct server *server = (struct server *)entry;
    struct server_work *work = work_of(server);
    enum plan_kind kind = plan_step_kind(&work->step);
    struct session_request *request = &work->request;
    request->hello = kind == PLAN_SSL2 ? NULL : &work->step.hello;
    request->ssl2 = kind == PLAN_SSL2;
    request->want_flight = kind == PLAN_HELLO_FLIGHT;
    work->session = session_new(&worker_of(server)->dialogues, request, &work->arena, &work->result,
                                on_probe_done, server);
    if (work->session == NULL) {
        once_give_up(entry, ONCE_NO_MEMORY);
    }
}

static void start_or_give_up(struct once_entry *entry)
{
    if (entry->once->is_stopping) {
        once_give_up(entry, ONCE_STOPPED);
    } else {
        start_probe(entry);
    }
}

static bool affords_another(const struct server *server)
{
    return dialogue_plan_affords(worker_of(server)->config, &work_of(server)->ledger->evidence);
}

/* On to the next probe that the facts call for, or done. What the budget leaves unasked stays
 * unknown. A stop begins no probe: what would be unknown for that reason is left to the next run.
 */
static void next_probe(struct once_entry *entry)
{
    struct server *server = (struct server *)entry;
    struct server_work *work = work_of(server);
    const struct plan_context context = {worker_of(server)->config->depth, work->sni};
    work->attempts = 0;
    if (server->lacks_memory) {
        once_give_up(entry, ONCE_NO_MEMORY);
    } else if (affords_another(server) && plan_next(&server->facts, &context, &work->step)) {
        start_or_give_up(entry);
    } else {
        plan_conclude(&server->facts);
        once_finish(entry);
    }
}

static void log_probe(const struct server *server)
{
    const struct server_work *work = work_of(server);
    const struct hello_reply *hello = work->result.hello;
    log_trace(worker_of(server)->config, "%s: probe '%s': %s, %s",
              work->sni != NULL ? hostname_text(work->sni) : "-", plan_step_name(&work->step),
              outcome_name(work->result.outcome),
              hello != NULL ? hello_reply_kind_name(hello->kind) : "no hello");
}

static void on_probe_done(struct session *session, void *user)
{
    struct server *server = user;
    struct server_work *work = work_of(server);
    struct observation *result = &work->result;
    work->attempts++;
    server->connections++;
    log_probe(server);
    ledger_add(work->ledger, result, DIALOGUE_PROBE);
    struct repetition repetition =
        repetition_decide(worker_of(server)->config, result->outcome, work->attempts);
    /* A dialogue that never came to the hello says nothing of the step. */
    bool never_asked = result->hello == NULL && repetition.again;
    bool learned = !never_asked &&
                   plan_learn(&server->facts, &server->arena, &work->step, result, work->attempts);
    if (repetition.slow_down > 0) {
        session_slow_down(session, repetition.slow_down);
    }
    keep_flight(server, result->hello);
    server->lacks_memory |= server->facts.lacks_memory;
    session_free(session);
    work->session = NULL;
    arena_free(&work->arena);
    if (learned || !affords_another(server)) {
        next_probe(&server->entry); /* what was asked only once stays unknown */
    } else if (server->entry.once->is_stopping) {
        once_give_up(&server->entry, ONCE_STOPPED);
    } else {
        once_pause(&server->entry, repetition.wait);
    }
}

/* ---- The kind ---- */

static uint64_t server_hash(const struct table_seed *seed, const void *key)
{
    const struct server_question *question = key;
    uint8_t bytes[1 + 16 + 2 + sizeof(void *)];
    bytes[0] = question->address.family;
    memcpy(bytes + 1, question->address.bytes, 16);
    memcpy(bytes + 17, &question->port, 2);
    memcpy(bytes + 19, &question->service, sizeof(void *));
    return table_hash(seed, bytes, sizeof(bytes));
}

static bool server_equal(const struct once_entry *entry, const void *key)
{
    const struct server *server = (const struct server *)entry;
    const struct server_question *wanted = key;
    return server->port == wanted->port && server->service == wanted->service &&
           address_equal(&server->address, &wanted->address);
}

static void learn_handshake(struct server_facts *facts, const struct observation *handshake)
{
    plan_learn_handshake(facts, handshake);
    if (handshake->chain != NULL) {
        facts->has_first_chain = true;
        memcpy(facts->first_chain, chain_digest(handshake->chain), sizeof(facts->first_chain));
    }
}

static bool server_init(struct once_entry *entry, const void *key)
{
    struct server *server = (struct server *)entry;
    struct server_work *work = work_of(server);
    const struct server_question *question = key;
    server->address = question->address;
    server->port = question->port;
    server->service = question->service;
    work->host = hostname_hold(question->host);
    work->sni = hostname_hold(question->sni);
    work->request = (struct session_request){
        .service = question->service,
        .address = question->address,
        .port = question->port,
        .host = work->host,
        .sni = work->sni,
    };
    work->ledger =
        ledger_hold(&worker_of(server)->ledgers, &server->address, server->port, server->service);
    if (work->ledger == NULL) {
        return false;
    }
    plan_init(&server->facts);
    learn_handshake(&server->facts, question->handshake);
    if (worker_of(server)->config->depth != DEPTH_DEEP) {
        return true;
    }
    server->facts.deep = arena_alloc(&server->arena, sizeof(*server->facts.deep));
    return server->facts.deep != NULL;
}

/* What waits before a retry or for the pacer is given up; a dialogue that has begun goes on. */
static void server_stop(struct once_entry *entry)
{
    const struct session *session = ((const struct server_work *)entry->work)->session;
    if (entry->state == ONCE_WAITING || (session != NULL && session_is_waiting(session))) {
        once_give_up(entry, ONCE_STOPPED);
    }
}

static void server_end(struct once_entry *entry)
{
    struct server_work *work = (struct server_work *)entry->work;
    session_free(work->session);
    ledger_release(work->ledger);
    hostname_release(work->host);
    hostname_release(work->sni);
    arena_free(&work->arena);
}

static void server_free(struct once_entry *entry)
{
    struct server *server = (struct server *)entry;
    if (server->facts.flight_chain != NULL) {
        chain_release(worker_of(server)->chain_cache, server->facts.flight_chain);
    }
    arena_free(&server->arena);
}

static void server_copy_answer(struct once_entry *entry, struct once_waiter *waiter, bool is_first)
{
    const struct server *server = (const struct server *)entry;
    struct server_waiter *asker = (struct server_waiter *)waiter;
    asker->facts = &server->facts;
    asker->connections = is_first ? server->connections : 0;
}

static unsigned server_spares(const struct once_entry *entry)
{
    return ((const struct server *)entry)->connections;
}

static const struct once_kind server_kind = {
    .size = sizeof(struct server),
    .work_size = sizeof(struct server_work),
    .hash = server_hash,
    .equal = server_equal,
    .init = server_init,
    .start = next_probe,
    .resume = start_probe,
    .stop = server_stop,
    .begins_after_stop = true, /* for an endpoint whose dialogue calls for no probe */
    .end = server_end,
    .free = server_free,
    .copy_answer = server_copy_answer,
    .spares = server_spares,
};

void servers_init(struct once *servers, struct worker *worker)
{
    once_init(servers, &server_kind, worker, worker->loop, &worker->config->seed, WORKER_KEPT_MAX);
}

void server_ask(struct once *servers, const struct server_question *question,
                struct server_waiter *waiter)
{
    once_ask(servers, question, &waiter->waiter);
}
