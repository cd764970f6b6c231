#include "scanner/engine/endpoint_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"
#include "scanner/base/log.h"
#include "scanner/enforcement/leaf_names.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/run.h"
#include "scanner/dialogue/trouble.h"

#define ALERT_UNRECOGNIZED_NAME 112 /* RFC 6066 section 9 */

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
    endpoint_record(endpoint, facts, probe_connections);
    once_finish(&endpoint->entry);
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
    if (scan->waiter.facts != NULL) {
        conclude(endpoint, scan->waiter.facts, scan->waiter.connections);
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

static void on_injection_confirmed(struct endpoint *endpoint, struct verdict verdict)
{
    scan_of(endpoint)->result.injection_commands = verdict;
    on_believed(endpoint);
}

static void on_dialogue_done(struct session *session, void *user);

static void start_dialogue(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    if (scan->result.chain != NULL) { /* of the dialogue before */
        chain_release(worker_of(endpoint)->chain_cache, scan->result.chain);
        scan->result.chain = NULL;
    }
    scan->session = session_new(&worker_of(endpoint)->dialogues, &scan->request, &scan->arena,
                                &scan->result, on_dialogue_done, endpoint);
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
 * gives up: Dovecot does. One that says that it has nothing of what was offered would say so again,
 * and one that has sent a ServerHello has understood.
 */
static bool is_spoilt_by_test(const struct endpoint_scan *scan)
{
    const struct observation *result = &scan->result;
    return scan->request.test_plaintext && result->starttls_accepted.value == TRI_YES &&
           result->starttls_handshake.value != TRI_YES &&
           outcome_phase(result->outcome) == PHASE_TLS && result->choice.version == 0 &&
           !plan_is_refusal_alert(result->alert);
}

/*
 * A second try at the same hello would only fail again: servers are known that hang up on a hello
 * with TLS 1.3 in it, and others that refuse a name they do not know (RFC 6066 section 3).
 */
static void change_offer(struct endpoint_scan *scan)
{
    if (outcome_phase(scan->result.outcome) != PHASE_TLS ||
        scan->result.outcome == OUTCOME_TLS_CLIENT_CERTIFICATE ||
        scan->result.outcome == OUTCOME_TLS_UNSUPPORTED) {
        return;
    }
    if (scan->result.alert == ALERT_UNRECOGNIZED_NAME) {
        scan->request.sni = NULL;
    } else {
        scan->request.without_tls13 = true;
    }
}

/* A "no" is damning, and takes two dialogues that agree; so many are held for it at most. */
#define REFUSALS_NEEDED 2
#define REFUSALS_TRIES  3

/* What is said first is said to the whole offer. A later alert may be about what is left of it. */
static void note_refusal(struct endpoint_scan *scan, struct observation *result)
{
    if (result->starttls_handshake.value != TRI_NO) {
        return;
    }
    scan->num_refused++;
    if (result->outcome == OUTCOME_TLS_ALERT) {
        if (scan->first_alert == NULL) {
            scan->first_alert = result->detail;
        }
        result->detail = scan->first_alert;
    }
}

/* A dialogue that refused where the others could not tell is not believed alone. */
static bool is_doubtful(const struct endpoint_scan *scan)
{
    return scan->result.starttls_handshake.value == TRI_NO && scan->num_refused < REFUSALS_NEEDED;
}

static struct trouble ask_again(const struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    unsigned tries = scan->attempts - scan->num_spoilt;
    struct trouble trouble =
        trouble_decide(worker_of(endpoint)->config, scan->result.outcome, tries);
    if (!trouble.retry && is_doubtful(scan) && tries < REFUSALS_TRIES) {
        trouble.retry = true;
        trouble.wait = worker_of(endpoint)->config->retry_wait;
    } else if (!trouble.retry && is_doubtful(scan)) {
        scan->result.starttls_handshake = (struct verdict){TRI_UNKNOWN, scan->result.outcome};
    }
    return trouble;
}

/* What to do now, and what to do differently. A test that may have been in the way is not made
 * again: where it has broken the handshake, the next dialogue is the first that counts. */
static struct trouble decide(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
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
    note_refusal(scan, &scan->result);
    return ask_again(endpoint);
}

static void on_dialogue_done(struct session *session, void *user)
{
    struct endpoint *endpoint = user;
    struct worker *worker = worker_of(endpoint);
    struct endpoint_scan *scan = scan_of(endpoint);
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
    if (!trouble.retry && scan->injection_commands.value == TRI_YES) {
        endpoint_injection_confirm(endpoint, on_injection_confirmed);
    } else if (!trouble.retry) {
        on_believed(endpoint);
    } else if (endpoint->entry.once->is_stopping) {
        once_give_up(&endpoint->entry, ONCE_STOPPED);
    } else {
        once_pause(&endpoint->entry, trouble.wait);
    }
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

/* Once for an address, whatever it is called; with TLS from the first byte nothing is before it. */
static void test_before_tls(struct endpoint *endpoint)
{
    const struct server_question question = server_of(endpoint);
    scan_of(endpoint)->request.test_plaintext =
        worker_of(endpoint)->config->depth >= DEPTH_STANDARD && !endpoint->service->implicit_tls &&
        !server_is_known(&worker_of(endpoint)->servers, &question);
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

static void endpoint_start(struct once_entry *entry)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    if (scan_of(endpoint)->uncontacted != OUTCOME_OK) {
        conclude_uncontacted(endpoint, scan_of(endpoint)->uncontacted);
    } else {
        test_before_tls(endpoint);
        start_dialogue(endpoint);
    }
}

static void endpoint_resume(struct once_entry *entry)
{
    start_dialogue((struct endpoint *)entry);
}

/* What waits before a retry or for the pacer is given up; a dialogue that has begun, and the probes
 * of its server, go on. */
static void endpoint_stop(struct once_entry *entry)
{
    const struct session *session = ((const struct endpoint_scan *)entry->work)->session;
    if (entry->state == ONCE_WAITING || (session != NULL && session_is_waiting(session)) ||
        endpoint_injection_is_waiting((const struct endpoint_scan *)entry->work)) {
        once_give_up(entry, ONCE_STOPPED);
    }
}

static void endpoint_end(struct once_entry *entry)
{
    struct endpoint_scan *scan = (struct endpoint_scan *)entry->work;
    session_free(scan->session);
    endpoint_injection_end(scan);
    if (scan->result.chain != NULL) {
        chain_release(entry->once->worker->chain_cache, scan->result.chain);
    }
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

static void endpoint_no_answer(struct once_waiter *waiter, enum once_failure why)
{
    request_of(waiter)->is_given_up = true;
    request_of(waiter)->failure = why;
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
    .no_answer = endpoint_no_answer,
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
