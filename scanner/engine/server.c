#include "scanner/engine/server.h"

#include "scanner/engine/ledger.h"
#include "scanner/engine/worker.h"
#include "scanner/inquiry/server_inquiry.h"
#include "scanner/probe/dialogue_plan.h"

/* From one look at whether another name is asked about to the next. */
#define TURN_SECONDS 0.2

struct server {
    struct once_entry entry; /* first */
    struct server_key key;
    bool is_of_name;             /* as in the question: these are facts about one name ... */
    const struct hostname *name; /* ... a reference; NULL: none was sent, or all are meant */
    unsigned connections;
    struct server_facts facts;
    struct arena arena; /* evidence: lives as long as the server */
};

/* What is needed while it is being probed. */
struct server_work {
    struct once_work work;       /* first */
    const struct hostname *host; /* references, as the next; NULL: none */
    const struct hostname *sni;
    struct ledger *ledger; /* held */
    bool has_begun;
    bool has_turn; /* among the names of the server: see ledger.h */
    struct server_inquiry inquiry;
};

static struct server_work *work_of(const struct server *server)
{
    return (struct server_work *)server->entry.work;
}

static struct worker *worker_of(const struct server *server)
{
    return server->entry.once->worker;
}

/* ---- The probes ---- */

static void start_probe(struct once_entry *entry)
{
    struct server_work *work = (struct server_work *)entry->work;
    if (!server_inquiry_probe(&work->inquiry, &work->ledger->evidence)) {
        once_give_up(entry, ONCE_NO_MEMORY);
    }
}

/* A stop begins no probe: what would be unknown for that reason is left to the next run. */
static void take_step(struct server *server, enum server_inquiry_next next, double wait)
{
    struct once_entry *entry = &server->entry;
    bool goes_on = next == SERVER_INQUIRY_PROBE || next == SERVER_INQUIRY_REPEAT;
    if (goes_on && entry->once->is_stopping) {
        once_give_up(entry, ONCE_STOPPED);
        return;
    }
    switch (next) {
    case SERVER_INQUIRY_PROBE:
        start_probe(entry);
        break;
    case SERVER_INQUIRY_REPEAT:
        once_pause(entry, wait);
        break;
    case SERVER_INQUIRY_BUSY:
        break;
    case SERVER_INQUIRY_COMPLETE:
        server->connections = work_of(server)->inquiry.num_connections;
        once_finish(entry);
        break;
    case SERVER_INQUIRY_NO_MEMORY:
        once_give_up(entry, ONCE_NO_MEMORY);
        break;
    }
}

static void on_probe_ended(struct server_inquiry *inquiry, struct server_probe *probe)
{
    struct server *server = inquiry->user;
    struct ledger *ledger = work_of(server)->ledger;
    double wait = 0;
    ledger_add(ledger, &probe->result, DIALOGUE_PROBE);
    take_step(server, server_inquiry_next(inquiry, probe, &ledger->evidence, &wait), wait);
}

/* ---- The kind ---- */

static const struct hostname *name_of(const struct server_question *question)
{
    return question->is_of_name ? question->sni : NULL;
}

static uint64_t server_hash(const struct table_seed *seed, const void *key)
{
    const struct server_question *question = key;
    const struct hostname *name = name_of(question);
    uint64_t hash = server_key_hash(seed, &question->server);
    return name != NULL ? hash ^ hostname_hash(name, seed) : hash;
}

static bool server_equal(const struct once_entry *entry, const void *key)
{
    const struct server *server = (const struct server *)entry;
    const struct server_question *wanted = key;
    return server_key_equal(&server->key, &wanted->server) &&
           server->is_of_name == wanted->is_of_name &&
           hostname_equal(server->name, name_of(wanted));
}

static void init_inquiry(struct server *server, const struct server_question *question)
{
    struct server_work *work = work_of(server);
    const struct session_request request = {
        .service = server->key.service,
        .address = server->key.address,
        .port = server->key.port,
        .turn = question->turn,
        .lag = question->lag,
        .host = work->host,
        .sni = work->sni,
        .refusal = ledger_refusal,
        .refusal_user = work->ledger,
    };
    server_inquiry_init(&work->inquiry, &worker_of(server)->dialogues, &request, &server->facts,
                        &server->arena, on_probe_ended, server);
    work->inquiry.only_others = server->is_of_name;
}

static bool server_init(struct once_entry *entry, const void *key)
{
    struct server *server = (struct server *)entry;
    struct server_work *work = work_of(server);
    const struct server_question *question = key;
    server->key = question->server;
    server->is_of_name = question->is_of_name;
    server->name = hostname_hold(name_of(question));
    work->host = hostname_hold(question->host);
    work->sni = hostname_hold(question->sni);
    work->ledger = ledger_hold(&worker_of(server)->ledgers, &server->key);
    if (work->ledger == NULL) {
        return false;
    }
    init_inquiry(server, question);
    return server_inquiry_learn_handshake(&work->inquiry, question->handshake);
}

/* A name that is asked about in part only has no verdict, so that they use up the budget one after
 * the other. */
static bool has_to_wait(const struct server *server)
{
    const struct server_work *work = work_of(server);
    return server->is_of_name && work->ledger->is_asking_name && !server->entry.once->is_stopping &&
           dialogue_plan_affords(worker_of(server)->config, &work->ledger->evidence, 0);
}

static void server_start(struct once_entry *entry)
{
    struct server *server = (struct server *)entry;
    struct server_work *work = work_of(server);
    if (has_to_wait(server)) {
        once_pause(entry, TURN_SECONDS);
        return;
    }
    work->has_begun = true;
    work->has_turn = server->is_of_name && !work->ledger->is_asking_name;
    work->ledger->is_asking_name |= work->has_turn;
    take_step(server, server_inquiry_begin(&work->inquiry, &work->ledger->evidence), 0);
}

struct ledger *server_retrying(const struct once_entry *entry)
{
    const struct server_work *work = (const struct server_work *)entry->work;
    return work->has_begun ? work->ledger : NULL;
}

static void server_resume(struct once_entry *entry)
{
    if (((struct server_work *)entry->work)->has_begun) {
        start_probe(entry);
    } else {
        server_start(entry);
    }
}

/* What waits before a retry or for the pacer is given up; a dialogue that has begun goes on. */
static void server_stop(struct once_entry *entry)
{
    struct server_inquiry *inquiry = &((struct server_work *)entry->work)->inquiry;
    if (!server_inquiry_skip_queued(inquiry)) {
        once_give_up(entry, ONCE_STOPPED);
    }
}

static void server_end(struct once_entry *entry)
{
    struct server_work *work = (struct server_work *)entry->work;
    server_inquiry_fini(&work->inquiry);
    if (work->has_turn) {
        work->ledger->is_asking_name = false;
    }
    ledger_release(work->ledger);
    hostname_release(work->host);
    hostname_release(work->sni);
}

static void server_free(struct once_entry *entry)
{
    struct server *server = (struct server *)entry;
    leaf_tally_fini(&server->facts.first_leaf, worker_of(server)->chain_cache);
    leaf_tally_fini(&server->facts.flight_leaves, worker_of(server)->chain_cache);
    hostname_release(server->name);
    arena_free(&server->arena);
}

static void server_copy_answer(struct once_entry *entry, struct once_waiter *waiter, bool is_first)
{
    const struct server *server = (const struct server *)entry;
    struct server_waiter *asker = (struct server_waiter *)waiter;
    asker->facts = &server->facts;
    asker->server = entry;
    asker->connections = is_first ? server->connections : 0;
}

static unsigned server_spares(const struct once_entry *entry)
{
    const struct server *server = (const struct server *)entry;
    return server->is_of_name ? 0 : server->connections;
}

static const struct once_kind server_kind = {
    .size = sizeof(struct server),
    .work_size = sizeof(struct server_work),
    .hash = server_hash,
    .equal = server_equal,
    .init = server_init,
    .start = server_start,
    .resume = server_resume,
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

void server_hold(struct server_waiter *waiter)
{
    once_hold(waiter->server);
    waiter->is_holding = true;
}

void server_release(struct server_waiter *waiter)
{
    if (waiter->is_holding) {
        once_release(waiter->server);
        waiter->is_holding = false;
    }
}

void server_ask(struct once *servers, const struct server_question *question,
                struct server_waiter *waiter)
{
    once_ask(servers, question, &waiter->waiter);
}
