#include "scanner/engine/endpoint_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"
#include "scanner/base/log.h"
#include "scanner/enforcement/leaf_names.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/run.h"

/* ---- Requests ---- */

struct endpoint_request *endpoint_request_new(struct worker *from, const struct hostname *host,
                                              const struct address *address, uint16_t port,
                                              const struct service *service)
{
    struct endpoint_request *request = calloc(1, sizeof(*request));
    if (request != NULL) {
        request->from = from;
        request->summary.address = *address;
        request->summary.port = port;
        request->service = service;
        request->host = hostname_hold(host);
    }
    return request;
}

void endpoint_request_free(struct endpoint_request *request)
{
    if (request != NULL) {
        host_dane_release(request->dane);
        leaf_names_release(request->summary.leaf_names);
        hostname_release(request->host);
        free(request);
    }
}

struct worker *endpoint_owner(struct run *run, const struct hostname *host,
                              const struct address *address)
{
    const struct table_seed *seed = &run->config->seed;
    if (address->family == 0) {
        return run_worker_for(run, hostname_hash(host, seed));
    }
    struct prefix prefix = prefix_around(address, address->family == 4 ? 24 : 48);
    return run_worker_for(run, table_hash(seed, prefix.base.bytes, sizeof(prefix.base.bytes)));
}

void endpoint_request_post(struct endpoint_request *request)
{
    struct worker *owner =
        endpoint_owner(request->from->run, request->host, &request->summary.address);
    once_post(&request->asked, &owner->mailbox, &owner->endpoints, &request->from->mailbox);
}

static struct endpoint_request *request_of(struct once_waiter *waiter)
{
    return (struct endpoint_request *)((char *)waiter -
                                       offsetof(struct endpoint_request, asked.waiter));
}

/* ---- The dialogues ---- */

static void conclude(struct endpoint *endpoint, const struct server_facts *facts,
                     unsigned probe_connections)
{
    if (endpoint_record(endpoint, facts, probe_connections)) {
        once_finish(&endpoint->entry);
    } else {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
    }
}

/* Nothing is known of the server, for the reason why the dialogue ended. */
static void conclude_without_facts(struct endpoint *endpoint)
{
    struct server_facts facts;
    plan_init(&facts);
    plan_learn_handshake(&facts, &scan_of(endpoint)->result);
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        facts.versions[i].reason = scan_of(endpoint)->result.outcome;
    }
    conclude(endpoint, &facts, 0);
}

static void on_facts(struct once_waiter *waiter)
{
    struct endpoint_scan *scan =
        (struct endpoint_scan *)((char *)waiter - offsetof(struct endpoint_scan, waiter));
    struct endpoint *endpoint = scan->endpoint;
    if (!scan->waiter.waiter.is_given_up) {
        conclude(endpoint, scan->waiter.facts, scan->waiter.connections);
    } else if (scan->waiter.waiter.failure == ONCE_STOPPED) {
        once_give_up(&endpoint->entry, ONCE_STOPPED);
    } else {
        scan->result.outcome = OUTCOME_LOCAL_ERROR;
        conclude_without_facts(endpoint);
    }
}

static struct server_question server_of(const struct endpoint *endpoint)
{
    return (struct server_question){
        .address = endpoint->summary.address,
        .port = endpoint->summary.port,
        .service = endpoint->service,
        .host = endpoint->host,
        .sni = scan_of(endpoint)->request.sni, /* whose second leaf is looked for */
        .handshake = &scan_of(endpoint)->result,
    };
}

/* The outcome is believed: on to what the address as such can do, if it came to TLS at all. */
static void on_believed(struct endpoint *endpoint)
{
    if (scan_of(endpoint)->result.starttls_accepted.value == TRI_YES) {
        const struct server_question question = server_of(endpoint);
        scan_of(endpoint)->waiter.waiter.ready = on_facts;
        server_ask(&worker_of(endpoint)->servers, &question, &scan_of(endpoint)->waiter);
    } else {
        conclude_without_facts(endpoint);
    }
}

static void on_dialogue_done(struct session *session, void *user);

static void release_chain(struct endpoint *endpoint, struct observation *observation)
{
    if (observation->chain != NULL) {
        chain_release(worker_of(endpoint)->chain_cache, observation->chain);
        observation->chain = NULL;
    }
}

/* What the next dialogue is to do, by its kind. */
static void prepare_request(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    bool is_handshake = scan->kind == DIALOGUE_HANDSHAKE;
    scan->request.test_plaintext = is_handshake ? scan->manner.tests : scan->kind == DIALOGUE_GLUED;
    scan->request.test_mail_without_tls = is_handshake && scan->manner.mail_without_tls;
    scan->request.without_tls13 = scan->manner.without_tls13;
    scan->request.only_offer = scan->kind == DIALOGUE_OFFER;
    if (scan->manner.without_sni) {
        scan->request.sni = NULL;
    }
}

/* Where the dialogue's observation goes: a check leaves that of the handshake alone. NULL on lack
 * of memory. */
static struct observation *observation_for(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    if (scan->kind == DIALOGUE_HANDSHAKE) {
        release_chain(endpoint, &scan->result); /* of the dialogue before */
        return &scan->result;
    }
    if (scan->check == NULL) {
        scan->check = calloc(1, sizeof(*scan->check));
    }
    return scan->check;
}

static void start_dialogue(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    struct observation *observation = observation_for(endpoint);
    prepare_request(endpoint);
    if (observation != NULL) {
        scan->session = session_new(&worker_of(endpoint)->dialogues, &scan->request, &scan->arena,
                                    observation, on_dialogue_done, endpoint);
    }
    if (scan->session == NULL) {
        scan->result.outcome = OUTCOME_LOCAL_ERROR;
        on_believed(endpoint);
    }
}

/*
 * For the notice that networks block outbound port 25: did the first connection to this address
 * come to anything? The ports of other services say nothing about that.
 */
static void count_reachability(struct worker *worker, const struct endpoint *endpoint)
{
    const struct endpoint_scan *scan = scan_of(endpoint);
    if (scan->attempts > 1 || !endpoint->service->is_between_servers) {
        return;
    }
    if (scan->result.outcome == OUTCOME_CONNECT_TIMEOUT) {
        counter_add(&worker->counters.addresses_timed_out, 1);
    } else {
        counter_add(&worker->counters.addresses_answered, 1);
    }
}

static struct dialogue_plan_service plan_service_of(const struct endpoint *endpoint)
{
    return (struct dialogue_plan_service){
        .implicit_tls = endpoint->service->implicit_tls,
        .takes_mail = endpoint->service->commands[PHASE_OF_MAIL] != NULL,
    };
}

/* What is said first is said to the whole offer. A later alert may be about what is left of it. */
static void note_refusal(struct endpoint_scan *scan)
{
    struct observation *result = &scan->result;
    if (result->starttls_handshake.value == TRI_NO && result->outcome == OUTCOME_TLS_ALERT) {
        if (scan->first_alert == NULL) {
            scan->first_alert = result->detail;
        }
        result->detail = scan->first_alert;
    }
}

/* Adds the dialogue to what is known, and asks the plan what comes next. */
static struct dialogue_step take_dialogue(struct endpoint *endpoint,
                                          struct observation *observation)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    struct worker *worker = worker_of(endpoint);
    const struct dialogue_plan_service service = plan_service_of(endpoint);
    if (scan->kind == DIALOGUE_HANDSHAKE) {
        if (!name_evidence_is_spoilt(observation, scan->manner.tests)) {
            note_refusal(scan);
        }
        name_evidence_add(&scan->name, observation, scan->manner.tests);
    }
    if (scan->name.was_taken_for_tls && observation->starttls_handshake.value == TRI_YES) {
        /* What a server takes for TLS it does not execute. */
        observation->injection_commands = (struct verdict){.value = TRI_NO};
        scan->name.was_taken_for_tls = false;
    }
    ledger_add(scan->ledger, observation, scan->kind);
    struct moment now = loop_now(worker->loop);
    struct dialogue_step step =
        dialogue_plan_next(worker->config, &service, &scan->ledger->evidence, &scan->name,
                           observation, scan->kind, &scan->manner, now);
    if (step.is_wait) {
        server_evidence_wait(&scan->ledger->evidence, now, step.wait);
    }
    return step;
}

static void take_step(struct endpoint *endpoint, const struct dialogue_step *step)
{
    struct once_entry *entry = &endpoint->entry;
    if (step->kind == DIALOGUE_NONE) {
        on_believed(endpoint);
        return;
    }
    scan_of(endpoint)->kind = step->kind;
    if (!entry->once->is_stopping) {
        once_pause(entry, step->wait);
    } else if (step->kind == DIALOGUE_HANDSHAKE) {
        once_give_up(entry, ONCE_STOPPED);
    } else {
        on_believed(endpoint); /* a check that is not held decides nothing */
    }
}

static void on_dialogue_done(struct session *session, void *user)
{
    struct endpoint *endpoint = user;
    struct worker *worker = worker_of(endpoint);
    struct endpoint_scan *scan = scan_of(endpoint);
    bool is_handshake = scan->kind == DIALOGUE_HANDSHAKE;
    struct observation *observation = is_handshake ? &scan->result : scan->check;
    scan->attempts++;
    if (scan->started == 0) {
        scan->started = observation->started;
    }
    count_reachability(worker, endpoint);
    struct dialogue_step step = take_dialogue(endpoint, observation);
    if (step.slow_down > 0) {
        session_slow_down(session, step.slow_down);
    }
    session_free(session);
    scan->session = NULL;
    log_trace(worker->config, "%s: dialogue %u: %s%s",
              endpoint->host != NULL ? hostname_text(endpoint->host) : "-", scan->attempts,
              outcome_name(observation->outcome),
              step.kind != DIALOGUE_NONE ? ", another follows" : "");
    if (!is_handshake) {
        release_chain(endpoint, observation);
    }
    take_step(endpoint, &step);
}

/* ---- The kind ---- */

static void conclude_uncontacted(struct endpoint *endpoint, enum outcome outcome)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    const struct verdict unknown = {TRI_UNKNOWN, outcome};
    scan->started = clock_wall();
    scan->result.outcome = outcome;
    scan->result.detail =
        contact_detail(worker_of(endpoint)->config, &endpoint->summary.address, outcome);
    scan->result.esmtp = unknown;
    scan->result.starttls_advertised = unknown;
    scan->result.starttls_accepted = unknown;
    scan->result.starttls_handshake = unknown;
    conclude_without_facts(endpoint);
}

/* RFC 7672 section 8.1: a sender that has TLSA records asks for the certificate of their name.
 * Where that is no host name, SNI cannot have it (RFC 6066 section 3) and names the host. */
static void take_dane(struct endpoint *endpoint, struct host_dane *dane)
{
    scan_of(endpoint)->dane = host_dane_hold(dane);
    if (dane != NULL && dane->sni != NULL) {
        scan_of(endpoint)->request.sni = dane->sni;
    }
}

static uint64_t endpoint_hash(const struct table_seed *seed, const void *key)
{
    const struct endpoint_request *request = key;
    const struct address *address = &request->summary.address;
    uint8_t bytes[17 + 2 + HOSTNAME_SIZE];
    size_t host_len = request->host != NULL ? hostname_len(request->host) : 0;
    bytes[0] = address->family;
    memcpy(bytes + 1, address->bytes, 16);
    memcpy(bytes + 17, &request->summary.port, 2);
    if (host_len > 0) {
        memcpy(bytes + 19, hostname_text(request->host), host_len);
    }
    return table_hash(seed, bytes, 19 + host_len);
}

static bool endpoint_equal(const struct once_entry *entry, const void *key)
{
    const struct endpoint *endpoint = (const struct endpoint *)entry;
    const struct endpoint_request *wanted = key;
    return endpoint->summary.port == wanted->summary.port && endpoint->service == wanted->service &&
           address_equal(&endpoint->summary.address, &wanted->summary.address) &&
           hostname_equal(endpoint->host, wanted->host);
}

static void init_scan(struct endpoint *endpoint, const struct endpoint_request *request)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    scan->endpoint = endpoint;
    scan->uncontacted = request->uncontacted;
    scan->opened = loop_now(worker_of(endpoint)->loop);
    scan->result.timings = (struct timings){-1, -1, -1, -1, -1, -1};
    scan->request = (struct session_request){
        .service = endpoint->service,
        .address = endpoint->summary.address,
        .port = endpoint->summary.port,
        .host = endpoint->host,
        .sni = endpoint->host,
    };
    take_dane(endpoint, request->dane);
}

static bool endpoint_init(struct once_entry *entry, const void *key)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    const struct endpoint_request *request = key;
    endpoint->summary.address = request->summary.address;
    endpoint->summary.port = request->summary.port;
    endpoint->service = request->service;
    endpoint->host = hostname_hold(request->host);
    if (entry->work != NULL) {
        init_scan(endpoint, request);
    }
    return true;
}

static void begin_dialogues(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    struct worker *worker = worker_of(endpoint);
    const struct dialogue_plan_service service = plan_service_of(endpoint);
    scan->ledger = ledger_hold(&worker->ledgers, &endpoint->summary.address, endpoint->summary.port,
                               endpoint->service);
    if (scan->ledger == NULL) {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
        return;
    }
    scan->kind = DIALOGUE_HANDSHAKE;
    scan->manner = dialogue_plan_begin(worker->config, &service, &scan->ledger->evidence);
    start_dialogue(endpoint);
}

static void endpoint_start(struct once_entry *entry)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    if (scan_of(endpoint)->uncontacted != OUTCOME_OK) {
        conclude_uncontacted(endpoint, scan_of(endpoint)->uncontacted);
    } else {
        begin_dialogues(endpoint);
    }
}

static void endpoint_resume(struct once_entry *entry)
{
    start_dialogue((struct endpoint *)entry);
}

/* What waits before a retry or for the pacer is given up; a dialogue that has begun goes on. The
 * probes of its server end by server_stop(). */
static void endpoint_stop(struct once_entry *entry)
{
    const struct session *session = ((const struct endpoint_scan *)entry->work)->session;
    if (entry->state == ONCE_WAITING || (session != NULL && session_is_waiting(session))) {
        once_give_up(entry, ONCE_STOPPED);
    }
}

static void endpoint_end(struct once_entry *entry)
{
    struct endpoint_scan *scan = (struct endpoint_scan *)entry->work;
    session_free(scan->session);
    release_chain(scan->endpoint, &scan->result);
    if (scan->check != NULL) {
        release_chain(scan->endpoint, scan->check);
        free(scan->check);
    }
    ledger_release(scan->ledger);
    host_dane_release(scan->dane);
    arena_free(&scan->arena);
}

static void endpoint_free(struct once_entry *entry)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    leaf_names_release(endpoint->summary.leaf_names);
    hostname_release(endpoint->host);
}

static void endpoint_copy_answer(struct once_entry *entry, struct once_waiter *waiter,
                                 bool is_first)
{
    (void)is_first;
    struct endpoint_request *request = request_of(waiter);
    request->summary = ((const struct endpoint *)entry)->summary;
    leaf_names_hold(request->summary.leaf_names);
}

static unsigned endpoint_spares(const struct once_entry *entry)
{
    (void)entry;
    return 1;
}

static void endpoint_drop(struct once_waiter *waiter)
{
    endpoint_request_free(request_of(waiter));
}

static const struct once_kind endpoint_kind = {
    .size = sizeof(struct endpoint),
    .work_size = sizeof(struct endpoint_scan),
    .hash = endpoint_hash,
    .equal = endpoint_equal,
    .init = endpoint_init,
    .start = endpoint_start,
    .resume = endpoint_resume,
    .stop = endpoint_stop,
    .end = endpoint_end,
    .free = endpoint_free,
    .copy_answer = endpoint_copy_answer,
    .spares = endpoint_spares,
    .drop = endpoint_drop,
};

void endpoints_init(struct once *endpoints, struct worker *worker)
{
    once_init(endpoints, &endpoint_kind, worker, worker->loop, &worker->config->seed,
              WORKER_KEPT_MAX);
}

bool endpoint_preload(struct worker *worker, const struct hostname *host,
                      const struct address *address, uint16_t port, const struct service *service,
                      const struct endpoint_summary *summary)
{
    const struct endpoint_request key = {
        .host = host, .service = service, .summary = {.address = *address, .port = port}};
    struct endpoint *endpoint = (struct endpoint *)once_preload(&worker->endpoints, &key);
    if (endpoint != NULL) {
        endpoint->summary = *summary;
    }
    return endpoint != NULL;
}
