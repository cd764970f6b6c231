#include "scanner/engine/endpoint_internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"
#include "scanner/base/log.h"
#include "scanner/enforcement/leaf_names.h"
#include "scanner/engine/run.h"
#include "scanner/dialogue/trouble.h"

#define ALERT_UNRECOGNIZED_NAME 112 /* RFC 6066 section 9 */

/* ---- Requests ---- */

static void on_request(struct message *message, void *owner);

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
    request->message.deliver = on_request;
    mailbox_post(&owner->mailbox, &request->message);
}

static void on_reply(struct message *message, void *owner)
{
    (void)owner;
    struct endpoint_request *request = (struct endpoint_request *)message;
    request->done(request);
}

static void reply(struct endpoint_request *request, const struct endpoint_summary *summary)
{
    request->summary = *summary;
    leaf_names_hold(summary->leaf_names);
    request->message.deliver = on_reply;
    mailbox_post(&request->from->mailbox, &request->message);
}

/* ---- The end ---- */

static void free_scan(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = endpoint->scan;
    if (scan == NULL) {
        return;
    }
    ev_timer_stop(endpoint->worker->loop, &scan->retry);
    session_free(scan->session);
    if (scan->result.chain != NULL) {
        chain_release(endpoint->worker->chain_cache, scan->result.chain);
    }
    host_dane_release(scan->dane);
    arena_free(&scan->arena);
    free(scan);
    endpoint->scan = NULL;
}

static void endpoint_free(struct endpoint *endpoint)
{
    free_scan(endpoint);
    leaf_names_release(endpoint->summary.leaf_names);
    hostname_release(endpoint->host);
    free(endpoint);
}

static void forget_oldest(struct worker *worker)
{
    while (worker->done_endpoints.num_nodes > WORKER_KEPT_MAX) {
        struct lru_node *oldest = lru_oldest(&worker->done_endpoints);
        struct endpoint *endpoint =
            (struct endpoint *)((char *)oldest - offsetof(struct endpoint, kept));
        lru_remove(&worker->done_endpoints, oldest);
        table_remove(&worker->endpoints, &endpoint->node);
        endpoint_free(endpoint);
    }
}

/* Exactly once per endpoint: everyone who asked is told, and the result is kept for a while. */
static void finish(struct endpoint *endpoint)
{
    assert(endpoint->scan != NULL);
    free_scan(endpoint);
    struct endpoint_request *request = endpoint->waiting;
    endpoint->waiting = NULL;
    while (request != NULL) {
        struct endpoint_request *next = request->next_waiting;
        reply(request, &endpoint->summary);
        request = next;
    }
    lru_add(&endpoint->worker->done_endpoints, &endpoint->kept);
    forget_oldest(endpoint->worker);
}

static void abandon(struct endpoint *endpoint)
{
    endpoint->summary.abandoned = true;
    finish(endpoint);
}

static void conclude(struct endpoint *endpoint, const struct server_facts *facts,
                     unsigned probe_connections)
{
    endpoint_record(endpoint, facts, probe_connections);
    finish(endpoint);
}

/* ---- The dialogues ---- */

/* Nothing is known of the server, for the reason why the dialogue ended. */
static void conclude_without_facts(struct endpoint *endpoint)
{
    struct server_facts facts;
    plan_init(&facts);
    plan_learn_handshake(&facts, &endpoint->scan->result);
    for (unsigned i = 0; i < TLS_VERSION_COUNT; i++) {
        facts.versions[i].reason = endpoint->scan->result.outcome;
    }
    conclude(endpoint, &facts, 0);
}

static void on_facts(struct once_waiter *waiter)
{
    struct endpoint *endpoint =
        (struct endpoint *)((char *)waiter - offsetof(struct endpoint, waiter));
    if (endpoint->waiter.facts != NULL) {
        conclude(endpoint, endpoint->waiter.facts, endpoint->waiter.connections);
    } else {
        endpoint->scan->result.outcome = OUTCOME_LOCAL_ERROR;
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
        .sni = endpoint->scan->request.sni, /* whose second leaf is looked for */
        .handshake = &endpoint->scan->result,
    };
}

/* The outcome is believed: on to what the address as such can do, if it came to TLS at all. */
static void on_believed(struct endpoint *endpoint)
{
    if (endpoint->scan->result.starttls_accepted.value == TRI_YES) {
        const struct server_question question = server_of(endpoint);
        endpoint->waiter.waiter.ready = on_facts;
        server_ask(&endpoint->worker->servers, &question, &endpoint->waiter);
    } else {
        conclude_without_facts(endpoint);
    }
}

static void on_dialogue_done(struct session *session, void *user);

static void start_dialogue(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = endpoint->scan;
    if (scan->result.chain != NULL) { /* of the dialogue before */
        chain_release(endpoint->worker->chain_cache, scan->result.chain);
        scan->result.chain = NULL;
    }
    scan->session = session_new(&endpoint->worker->dialogues, &scan->request, &scan->arena,
                                &scan->result, on_dialogue_done, endpoint);
    if (scan->session == NULL) {
        scan->result.outcome = OUTCOME_LOCAL_ERROR;
        on_believed(endpoint);
    }
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    start_dialogue(watcher->data);
}

/*
 * For the notice that networks block outbound port 25: did the first connection to this address
 * come to anything? The ports of other services say nothing about that.
 */
static void count_reachability(struct worker *worker, const struct endpoint *endpoint)
{
    const struct endpoint_scan *scan = endpoint->scan;
    if (scan->attempts > 1 || !endpoint->service->is_between_servers) {
        return;
    }
    if (scan->result.outcome == OUTCOME_CONNECT_TIMEOUT) {
        counter_add(&worker->counters.addresses_timed_out, 1);
    } else {
        counter_add(&worker->counters.addresses_answered, 1);
    }
}

/* What an earlier dialogue saw counts against "sometimes": RFC 3207 promises nothing per
 * connection. */
static void note_offer(struct endpoint_scan *scan, const struct observation *result)
{
    scan->seen_with_starttls |= result->starttls_advertised.value == TRI_YES;
    scan->seen_without_starttls |= result->starttls_advertised.value == TRI_NO;
}

/* ---- What is tried before TLS, in the first dialogue with an address ---- */

/* A later dialogue, without the tests, takes nothing back. */
static void note_tests(struct endpoint_scan *scan, struct observation *result)
{
    if (result->plaintext_mail == PLAINTEXT_MAIL_UNKNOWN) {
        result->plaintext_mail = scan->plaintext_mail;
    }
    if (scan->was_taken_for_tls && result->starttls_handshake.value == TRI_YES) {
        /* What a server takes for TLS it does not execute. */
        scan->injection_commands.value = TRI_NO;
    }
    if (result->injection_commands.value == TRI_UNKNOWN) {
        result->injection_commands = scan->injection_commands;
    }
    scan->plaintext_mail = result->plaintext_mail;
    scan->injection_commands = result->injection_commands;
}

/*
 * A server that keeps the command that was glued to STARTTLS takes it for its first TLS record, and
 * gives up: Dovecot does. One that says that it has nothing of what was offered would say so again.
 */
static bool is_spoilt_by_test(const struct endpoint_scan *scan)
{
    const struct observation *result = &scan->result;
    return scan->request.test_plaintext && result->starttls_accepted.value == TRI_YES &&
           result->starttls_handshake.value != TRI_YES &&
           outcome_phase(result->outcome) == PHASE_TLS &&
           result->outcome != OUTCOME_TLS_CLIENT_CERTIFICATE &&
           !plan_is_refusal_alert(result->alert);
}

/*
 * A second try at the same hello would only fail again: servers are known that hang up on a hello
 * with TLS 1.3 in it, and others that refuse a name they do not know (RFC 6066 section 3).
 */
static void change_offer(struct endpoint_scan *scan)
{
    if (outcome_phase(scan->result.outcome) != PHASE_TLS ||
        scan->result.outcome == OUTCOME_TLS_CLIENT_CERTIFICATE) {
        return;
    }
    if (scan->result.alert == ALERT_UNRECOGNIZED_NAME) {
        scan->request.sni = NULL;
    } else {
        scan->request.without_tls13 = true;
    }
}

/* What to do now, and what to do differently. A test that may have been in the way is not made
 * again: where it has broken the handshake, the next dialogue is the first that counts. */
static struct trouble decide(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = endpoint->scan;
    const struct observation *result = &scan->result;
    if (is_spoilt_by_test(scan)) {
        scan->num_spoilt++;
        /* A time-out may have any cause: it says nothing of the command. */
        scan->was_taken_for_tls = result->outcome != OUTCOME_TLS_TIMEOUT;
        scan->request.test_plaintext = false;
        return (struct trouble){.retry = true, .wait = 0, .slow_down = 0};
    }
    if (result->starttls_advertised.value == TRI_YES &&
        outcome_phase(result->outcome) == PHASE_STARTTLS) {
        scan->request.test_plaintext = false;
    }
    change_offer(scan);
    return trouble_decide(endpoint->worker->config, result->outcome,
                          scan->attempts - scan->num_spoilt);
}

static void on_dialogue_done(struct session *session, void *user)
{
    struct endpoint *endpoint = user;
    struct worker *worker = endpoint->worker;
    struct endpoint_scan *scan = endpoint->scan;
    scan->attempts++;
    if (scan->started == 0) {
        scan->started = scan->result.started;
    }
    note_offer(scan, &scan->result);
    note_tests(scan, &scan->result);
    count_reachability(worker, endpoint);
    struct trouble trouble = decide(endpoint);
    if (trouble.slow_down > 0) {
        session_slow_down(session, trouble.slow_down);
    }
    session_free(session);
    scan->session = NULL;
    log_trace(worker->config, "%s: dialogue %u: %s%s",
              endpoint->host != NULL ? hostname_text(endpoint->host) : "-", scan->attempts,
              outcome_name(scan->result.outcome), trouble.retry ? ", again later" : "");
    if (!trouble.retry) {
        on_believed(endpoint);
    } else if (worker->stopping) {
        abandon(endpoint);
    } else {
        ev_timer_set(&scan->retry, trouble.wait, 0.);
        ev_timer_start(worker->loop, &scan->retry);
    }
}

/* ---- Finding or making one ---- */

struct endpoint_key {
    const struct hostname *host;
    const struct address *address;
    uint16_t port;
    const struct service *service;
};

static bool endpoint_equal(const struct table_node *node, const void *key)
{
    const struct endpoint *endpoint = (const struct endpoint *)node;
    const struct endpoint_key *wanted = key;
    return endpoint->summary.port == wanted->port && endpoint->service == wanted->service &&
           address_equal(&endpoint->summary.address, wanted->address) &&
           hostname_equal(endpoint->host, wanted->host);
}

static uint64_t endpoint_hash(const struct worker *worker, const struct endpoint_key *key)
{
    uint8_t bytes[17 + 2 + HOSTNAME_SIZE];
    size_t host_len = key->host != NULL ? hostname_len(key->host) : 0;
    bytes[0] = key->address->family;
    memcpy(bytes + 1, key->address->bytes, 16);
    memcpy(bytes + 17, &key->port, 2);
    if (host_len > 0) {
        memcpy(bytes + 19, hostname_text(key->host), host_len);
    }
    return table_hash(&worker->config->seed, bytes, 19 + host_len);
}

static struct endpoint *endpoint_new(struct worker *worker, const struct endpoint_key *key)
{
    struct endpoint *endpoint = calloc(1, sizeof(*endpoint));
    if (endpoint == NULL) {
        return NULL;
    }
    endpoint->worker = worker;
    endpoint->summary.address = *key->address;
    endpoint->summary.port = key->port;
    endpoint->service = key->service;
    endpoint->host = hostname_hold(key->host);
    if (!table_insert(&worker->endpoints, &endpoint->node, endpoint_hash(worker, key))) {
        endpoint_free(endpoint);
        return NULL;
    }
    return endpoint;
}

static struct endpoint_scan *scan_new(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = malloc(sizeof(*scan));
    if (scan == NULL) {
        return NULL;
    }
    *scan = (struct endpoint_scan){
        .opened = loop_now(endpoint->worker->loop),
        .result.timings = {-1, -1, -1, -1, -1, -1},
        .request =
            {
                .service = endpoint->service,
                .address = endpoint->summary.address,
                .port = endpoint->summary.port,
                .host = endpoint->host,
                .sni = endpoint->host,
            },
    };
    ev_timer_init(&scan->retry, on_retry, 0., 0.);
    scan->retry.data = endpoint;
    return scan;
}

static struct endpoint *endpoint_new_scan(struct worker *worker, const struct endpoint_key *key)
{
    struct endpoint *endpoint = endpoint_new(worker, key);
    if (endpoint != NULL && (endpoint->scan = scan_new(endpoint)) == NULL) {
        table_remove(&worker->endpoints, &endpoint->node);
        endpoint_free(endpoint);
        return NULL;
    }
    return endpoint;
}

static void conclude_uncontacted(struct endpoint *endpoint, enum outcome outcome)
{
    struct endpoint_scan *scan = endpoint->scan;
    const struct verdict unknown = {TRI_UNKNOWN, outcome};
    scan->started = clock_wall();
    scan->result.outcome = outcome;
    scan->result.detail = outcome == OUTCOME_ADDRESS_NOT_PUBLIC
                              ? address_not_public(&endpoint->summary.address)
                              : NULL;
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
    endpoint->scan->dane = host_dane_hold(dane);
    if (dane != NULL && dane->sni != NULL) {
        endpoint->scan->request.sni = dane->sni;
    }
}

/* Once for an address, whatever it is called; with TLS from the first byte nothing is before it. */
static void test_before_tls(struct endpoint *endpoint)
{
    const struct server_question question = server_of(endpoint);
    endpoint->scan->request.test_plaintext =
        endpoint->worker->config->depth >= DEPTH_STANDARD && !endpoint->service->implicit_tls &&
        !server_is_known(&endpoint->worker->servers, &question);
}

static void on_request(struct message *message, void *owner)
{
    struct worker *worker = owner;
    struct endpoint_request *request = (struct endpoint_request *)message;
    struct endpoint_key key = {request->host, &request->summary.address, request->summary.port,
                               request->service};
    struct endpoint *endpoint = (struct endpoint *)table_find(
        &worker->endpoints, endpoint_hash(worker, &key), endpoint_equal, &key);
    if (endpoint != NULL && endpoint->scan == NULL) {
        lru_touch(&worker->done_endpoints, &endpoint->kept);
        counter_add(&worker->counters.saved, 1);
        reply(request, &endpoint->summary);
        return;
    }
    bool is_new = endpoint == NULL;
    if (is_new && (worker->stopping || (endpoint = endpoint_new_scan(worker, &key)) == NULL)) {
        struct endpoint_summary given_up = {
            .address = request->summary.address, .port = request->summary.port, .abandoned = true};
        reply(request, &given_up);
        return;
    }
    request->next_waiting = endpoint->waiting;
    endpoint->waiting = request;
    if (is_new) {
        take_dane(endpoint, request->dane);
    }
    if (!is_new) {
        counter_add(&worker->counters.saved, 1);
    } else if (request->uncontacted != OUTCOME_OK) {
        conclude_uncontacted(endpoint, request->uncontacted);
    } else {
        test_before_tls(endpoint);
        start_dialogue(endpoint);
    }
}

bool endpoint_preload(struct worker *worker, const struct hostname *host,
                      const struct address *address, uint16_t port, const struct service *service,
                      const struct endpoint_summary *summary)
{
    struct endpoint_key key = {host, address, port, service};
    struct endpoint *endpoint = endpoint_new(worker, &key);
    if (endpoint == NULL) {
        return false;
    }
    endpoint->summary = *summary;
    lru_add(&worker->done_endpoints, &endpoint->kept);
    return true;
}

/* ---- Stopping ---- */

/* Has anything of it been started and is still going on? */
static bool is_under_way(const struct endpoint *endpoint)
{
    const struct endpoint_scan *scan = endpoint->scan;
    if (scan->session != NULL) {
        return !session_is_waiting(scan->session);
    }
    return !ev_is_active(&scan->retry); /* it waits for its server's facts */
}

void endpoint_stop_all(struct worker *worker)
{
    /* finish() changes the table only by evicting what is done, so a walk over buckets is safe as
     * long as the next node is taken first and eviction cannot hit it: collect, then abandon. */
    size_t num = 0;
    struct endpoint **given_up = calloc(worker->endpoints.num_nodes + 1, sizeof(*given_up));
    if (given_up == NULL) {
        return; /* then everything is finished properly instead */
    }
    for (size_t i = 0; i < worker->endpoints.num_buckets; i++) {
        for (struct table_node *node = SLIST_FIRST(&worker->endpoints.buckets[i]); node != NULL;
             node = SLIST_NEXT(node, next)) {
            struct endpoint *endpoint = (struct endpoint *)node;
            if (endpoint->scan != NULL && !is_under_way(endpoint)) {
                given_up[num++] = endpoint;
            }
        }
    }
    for (size_t i = 0; i < num; i++) {
        abandon(given_up[i]);
    }
    free(given_up);
}

void endpoint_free_all(struct worker *worker)
{
    struct table_node *node;
    while ((node = table_take_any(&worker->endpoints)) != NULL) {
        struct endpoint *endpoint = (struct endpoint *)node;
        while (endpoint->waiting != NULL) {
            struct endpoint_request *next = endpoint->waiting->next_waiting;
            endpoint_request_free(endpoint->waiting);
            endpoint->waiting = next;
        }
        endpoint_free(endpoint);
    }
    table_fini(&worker->endpoints);
}
