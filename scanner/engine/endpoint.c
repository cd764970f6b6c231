#include "scanner/engine/endpoint_internal.h"

#include "io/base/loop.h"
#include "scanner/enforcement/leaf_names.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/endpoint_watch.h"
#include "scanner/engine/run.h"

/* From one look at a verdict that is in doubt to the next. */
#define DOUBT_SECONDS 0.5

/* ---- The end ---- */

static void on_appraised(struct appraisal *appraisal, void *user)
{
    struct endpoint *endpoint = user;
    if (!appraisal->lacked_memory && endpoint_record(endpoint)) {
        once_finish(&endpoint->entry);
    } else {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
    }
}

static void conclude(struct endpoint *endpoint, const struct endpoint_probes *probes)
{
    struct worker *worker = worker_of(endpoint);
    if (endpoint_findings_make(endpoint, probes)) {
        appraisal_start(scan_of(endpoint)->findings->appraisal, worker->run->pool, &worker->mailbox,
                        on_appraised, endpoint);
    } else {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
    }
}

static void conclude_without_facts(struct endpoint *endpoint)
{
    conclude(endpoint, NULL);
}

static void set_uncontacted(struct endpoint *endpoint, enum outcome why)
{
    struct name_inquiry *inquiry = &scan_of(endpoint)->inquiry;
    const char *detail =
        contact_detail(worker_of(endpoint)->config, &endpoint->summary.address, why);
    inquiry->started = clock_wall();
    observation_set_uncontacted(&inquiry->result, why, detail);
}

/* ---- The server ---- */

static struct server_key server_of(const struct endpoint *endpoint)
{
    return (struct server_key){
        .address = endpoint->summary.address,
        .port = endpoint->summary.port,
        .service = endpoint->service,
    };
}

static void ask_server(struct endpoint *endpoint, struct server_waiter *waiter, bool is_of_name)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    const struct server_question question = {
        .server = server_of(endpoint),
        .turn = scan->inquiry.request.turn,
        .lag = scan->inquiry.request.lag,
        .host = endpoint->host,
        .sni = scan->inquiry.request.sni, /* whose second leaf is looked for */
        .is_of_name = is_of_name,
        .handshake = &scan->inquiry.result,
    };
    server_ask(&worker_of(endpoint)->servers, &question, waiter);
}

static void on_no_facts(struct endpoint *endpoint, const struct once_waiter *waiter)
{
    if (waiter->failure == ONCE_STOPPED) {
        once_give_up(&endpoint->entry, ONCE_STOPPED);
    } else {
        scan_of(endpoint)->inquiry.result.outcome = OUTCOME_LOCAL_ERROR;
        conclude_without_facts(endpoint);
    }
}

static void on_facts_of_name(struct once_waiter *waiter)
{
    struct endpoint_scan *scan =
        (struct endpoint_scan *)((char *)waiter - offsetof(struct endpoint_scan, name_waiter));
    if (waiter->is_given_up) {
        on_no_facts(scan->endpoint, waiter);
        return;
    }
    server_hold(&scan->name_waiter);
    const struct server_waiter *server = &scan->waiter;
    const struct endpoint_probes probes = {
        .facts = server->facts,
        .of_name = server->connections > 0 ? server->facts : NULL,
        .others = scan->name_waiter.facts,
        .connections = server->connections + scan->name_waiter.connections,
    };
    conclude(scan->endpoint, &probes);
}

/* The server ended the handshake by an alert, and whether another library could go on under this
 * name was not asked: the probes were made under another name. */
static bool wants_facts_of_name(const struct endpoint_scan *scan)
{
    const struct server_waiter *waiter = &scan->waiter;
    return scan->inquiry.result.outcome == OUTCOME_TLS_ALERT && scan->inquiry.result.lack == NULL &&
           (waiter->connections == 0 || !plan_others_are_asked(waiter->facts));
}

static void on_facts(struct once_waiter *waiter)
{
    struct endpoint_scan *scan =
        (struct endpoint_scan *)((char *)waiter - offsetof(struct endpoint_scan, waiter));
    if (waiter->is_given_up) {
        on_no_facts(scan->endpoint, waiter);
        return;
    }
    server_hold(&scan->waiter);
    if (wants_facts_of_name(scan)) {
        scan->name_waiter.waiter.ready = on_facts_of_name;
        ask_server(scan->endpoint, &scan->name_waiter, true);
        return;
    }
    const struct server_facts *of_name = scan->waiter.connections > 0 ? scan->waiter.facts : NULL;
    const struct endpoint_probes probes = {
        .facts = scan->waiter.facts,
        .of_name = of_name,
        .others = of_name,
        .connections = scan->waiter.connections,
    };
    conclude(scan->endpoint, &probes);
}

/* The outcome is believed: on to what the address as such can do, if it came to TLS at all. */
static void on_believed(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    if (scan->inquiry.result.starttls_accepted.value == TRI_YES) {
        scan->waiter.waiter.ready = on_facts;
        ask_server(endpoint, &scan->waiter, false);
    } else {
        conclude_without_facts(endpoint);
    }
}

/* ---- The dialogues ---- */

static void hold_dialogue(struct endpoint *endpoint)
{
    struct name_inquiry *inquiry = &scan_of(endpoint)->inquiry;
    if (!name_inquiry_hold(inquiry)) {
        inquiry->result.outcome = OUTCOME_LOCAL_ERROR;
        on_believed(endpoint);
    }
}

/* A stop begins no dialogue. What the handshakes have shown is kept, and judged without the checks
 * that would have followed. */
static void skip_dialogue(struct endpoint *endpoint)
{
    if (name_inquiry_skip(&scan_of(endpoint)->inquiry)) {
        on_believed(endpoint);
    } else {
        once_give_up(&endpoint->entry, ONCE_STOPPED);
    }
}

/* The dialogues of this name are over: on, unless one under another name may change the verdict.
 * That one ends by its own limits, and its vote ends the doubt. */
static void settle(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    scan->is_in_doubt = ledger_is_in_doubt(scan->ledger);
    if (scan->is_in_doubt) {
        once_pause(&endpoint->entry, DOUBT_SECONDS);
    } else {
        on_believed(endpoint);
    }
}

static void take_step(struct endpoint *endpoint, const struct dialogue_step *step)
{
    struct once_entry *entry = &endpoint->entry;
    if (step->kind == DIALOGUE_NONE) {
        settle(endpoint);
    } else if (entry->once->is_stopping) {
        skip_dialogue(endpoint);
    } else {
        once_pause(entry, step->wait);
    }
}

static void on_progress(enum session_progress progress, void *user)
{
    const struct endpoint *endpoint = user;
    struct endpoint_scan *scan = scan_of(endpoint);
    if (progress == SESSION_OFFERED) {
        ledger_note_offer(scan->ledger, &scan->is_offered, true);
    } else {
        endpoint_watch_progress(endpoint, progress);
    }
}

static void on_dialogue_ended(struct name_inquiry *inquiry, const struct observation *observation)
{
    struct endpoint *endpoint = inquiry->user;
    struct ledger *ledger = scan_of(endpoint)->ledger;
    endpoint_watch_ended(endpoint);
    endpoint_watch_heard(endpoint, observation);
    ledger_note_offer(ledger, &scan_of(endpoint)->is_offered, false);
    ledger_add(ledger, observation, inquiry->kind);
    const struct dialogue_step step = name_inquiry_next(inquiry, &ledger->evidence);
    take_step(endpoint, &step);
}

static void begin_dialogues(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    const struct server_key server = server_of(endpoint);
    scan->ledger = ledger_hold(&worker_of(endpoint)->ledgers, &server);
    if (scan->ledger == NULL) {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
        return;
    }
    scan->inquiry.request.refusal = ledger_refusal;
    scan->inquiry.request.refusal_user = scan->ledger;
    name_inquiry_begin(&scan->inquiry, &scan->ledger->evidence);
    hold_dialogue(endpoint);
}

/* ---- The kind ---- */

static uint64_t endpoint_hash(const struct table_seed *seed, const void *key)
{
    return endpoint_request_hash(key, seed);
}

static bool endpoint_equal(const struct once_entry *entry, const void *key)
{
    const struct endpoint *endpoint = (const struct endpoint *)entry;
    const struct endpoint_request *wanted = key;
    return endpoint->summary.port == wanted->summary.port && endpoint->service == wanted->service &&
           address_equal(&endpoint->summary.address, &wanted->summary.address) &&
           hostname_equal(endpoint->host, wanted->host);
}

/* RFC 7672 section 8.1: a sender that has TLSA records asks for the certificate of their name.
 * Where that is no host name, SNI cannot have it (RFC 6066 section 3) and names the host. */
static const struct hostname *sni_of(const struct endpoint_request *request)
{
    const struct host_dane *dane = request->dane;
    return dane != NULL && dane->sni != NULL ? dane->sni : request->host;
}

static void init_scan(struct endpoint *endpoint, const struct endpoint_request *request)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    struct worker *worker = worker_of(endpoint);
    scan->endpoint = endpoint;
    scan->uncontacted = request->uncontacted;
    scan->opened = loop_now(worker->loop);
    scan->dane = host_dane_hold(request->dane);
    const struct session_request session = {
        .service = endpoint->service,
        .address = endpoint->summary.address,
        .port = endpoint->summary.port,
        .turn = request->turn,
        .lag = request->lag,
        .host = endpoint->host,
        .sni = sni_of(request),
        .on_progress = on_progress,
        .progress_user = endpoint,
    };
    name_inquiry_init(&scan->inquiry, &worker->dialogues, &session, on_dialogue_ended, endpoint);
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
        set_uncontacted(endpoint, scan_of(endpoint)->uncontacted);
        conclude_without_facts(endpoint);
    } else {
        begin_dialogues(endpoint);
    }
}

static void endpoint_resume(struct once_entry *entry)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    if (scan_of(endpoint)->is_in_doubt) {
        settle(endpoint);
    } else {
        hold_dialogue(endpoint);
    }
}

/* What waits before a dialogue or for the pacer waits no longer; a dialogue that has begun goes on.
 * The probes of its server end by server_stop(). */
static void endpoint_stop(struct once_entry *entry)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    if (scan_of(endpoint)->is_in_doubt) {
        return; /* until the dialogue that has begun under another name has ended */
    }
    if (entry->state == ONCE_WAITING || name_inquiry_is_queued(&scan_of(endpoint)->inquiry)) {
        once_end_pause(entry);
        skip_dialogue(endpoint);
    }
}

static void endpoint_end(struct once_entry *entry)
{
    struct endpoint_scan *scan = (struct endpoint_scan *)entry->work;
    endpoint_findings_free(scan->findings);
    server_release(&scan->name_waiter);
    server_release(&scan->waiter);
    name_inquiry_fini(&scan->inquiry);
    ledger_note_offer(scan->ledger, &scan->is_offered, false);
    ledger_release(scan->ledger);
    host_dane_release(scan->dane);
}

static void endpoint_free(struct once_entry *entry)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    leaf_names_release(endpoint->summary.leaf_names);
    hostname_release(endpoint->host);
}

static struct endpoint_request *request_of(struct once_waiter *waiter)
{
    return (struct endpoint_request *)((char *)waiter -
                                       offsetof(struct endpoint_request, asked.waiter));
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

bool endpoint_tell_uncontacted(struct worker *worker, const struct endpoint_request *request)
{
    struct endpoint_scan scan = {0};
    struct endpoint endpoint = {.entry = {.once = &worker->endpoints, .work = &scan.work}};
    endpoint_init(&endpoint.entry, request);
    set_uncontacted(&endpoint, request->uncontacted);
    bool is_told = endpoint_findings_make(&endpoint, NULL);
    if (is_told) {
        appraisal_make(scan.findings->appraisal); /* no chain was shown */
        is_told = endpoint_record(&endpoint);
    }
    endpoint_end(&endpoint.entry);
    endpoint_free(&endpoint.entry);
    return is_told;
}
