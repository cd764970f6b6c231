/*
 * The scan of an endpoint: the dialogues under its own name, then what its server is asked besides,
 * then the appraisal of the certificates, and the record.
 */
#include "scanner/engine/endpoint_internal.h"

#include "io/base/loop.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/endpoint_watch.h"
#include "scanner/engine/run.h"

/* From one look at a verdict that is in doubt to the next. */
#define DOUBT_SECONDS 0.5

/* ---- The end ---- */

static void tell(struct endpoint *endpoint)
{
    if (endpoint_record(endpoint)) {
        once_finish(&endpoint->entry);
    } else {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
    }
}

/* What one dialogue alone shows does not accuse: the certificate is asked for once more. False:
 * that is not due, or cannot be; then it stands open. */
static bool ask_leaf(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    if (scan->has_asked_leaf || endpoint->entry.once->is_stopping ||
        !endpoint_findings_are_lone(endpoint)) {
        return false;
    }
    scan->has_asked_leaf = true;
    return name_inquiry_begin_leaf(&scan->inquiry) && name_inquiry_hold(&scan->inquiry);
}

static void on_appraised(struct appraisal *appraisal, void *user)
{
    struct endpoint *endpoint = user;
    if (appraisal->was_dropped) {
        once_give_up(&endpoint->entry, ONCE_STOPPED);
    } else if (appraisal->lacked_memory) {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
    } else if (!ask_leaf(endpoint)) {
        tell(endpoint);
    }
}

/* The certificate was asked for once more. */
static void conclude_again(struct endpoint *endpoint)
{
    struct worker *worker = worker_of(endpoint);
    if (endpoint_findings_renew(endpoint)) {
        appraisal_start(scan_of(endpoint)->findings->appraisal, worker->run->pool, &worker->mailbox,
                        on_appraised, endpoint);
    } else {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
    }
}

/* `probes` is NULL where there were none. */
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

static void set_uncontacted(struct endpoint *endpoint)
{
    struct name_inquiry *inquiry = &scan_of(endpoint)->inquiry;
    const enum outcome why = scan_of(endpoint)->uncontacted;
    const char *detail =
        contact_detail(worker_of(endpoint)->config, &endpoint->summary.address, why);
    inquiry->started = clock_wall();
    observation_set_uncontacted(&inquiry->result, why, detail);
}

/* ---- The server ---- */

static void on_server_asked(struct endpoint_question *question,
                            const struct endpoint_probes *probes)
{
    struct endpoint *endpoint = question->user;
    if (probes == NULL && question->failure == ONCE_STOPPED) {
        once_give_up(&endpoint->entry, ONCE_STOPPED);
        return;
    }
    if (probes == NULL) {
        scan_of(endpoint)->inquiry.result.outcome = OUTCOME_LOCAL_ERROR;
    }
    conclude(endpoint, probes);
}

/* The outcome is believed: on to what the address as such can do, if it came to TLS at all. */
static void on_believed(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    if (scan->findings != NULL) {
        conclude_again(endpoint);
        return;
    }
    if (scan->inquiry.result.starttls_accepted.value != TRI_YES) {
        conclude(endpoint, NULL);
        return;
    }
    scan->question = endpoint_question_new(&worker_of(endpoint)->servers, &scan->inquiry,
                                           on_server_asked, endpoint);
    if (scan->question == NULL) {
        once_give_up(&endpoint->entry, ONCE_NO_MEMORY);
        return;
    }
    endpoint_question_ask(scan->question);
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
    const struct server_key server = {
        .address = endpoint->summary.address,
        .port = endpoint->summary.port,
        .service = endpoint->service,
    };
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

/* ---- Beginning and end ---- */

/* RFC 7672 section 8.1: a sender that has TLSA records asks for the certificate of their name.
 * Where that is no host name, SNI cannot have it (RFC 6066 section 3) and names the host. */
static const struct hostname *sni_of(const struct endpoint_request *request)
{
    const struct host_dane *dane = request->dane;
    return dane != NULL && dane->sni != NULL ? dane->sni : request->host;
}

void endpoint_scan_init(struct endpoint *endpoint, const struct endpoint_request *request)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    struct worker *worker = worker_of(endpoint);
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

void endpoint_scan_start(struct endpoint *endpoint)
{
    if (scan_of(endpoint)->uncontacted != OUTCOME_OK) {
        set_uncontacted(endpoint);
        conclude(endpoint, NULL);
    } else {
        begin_dialogues(endpoint);
    }
}

bool endpoint_scan_uncontacted(struct endpoint *endpoint)
{
    set_uncontacted(endpoint);
    if (!endpoint_findings_make(endpoint, NULL)) {
        return false;
    }
    appraisal_make(scan_of(endpoint)->findings->appraisal); /* no chain was shown */
    return endpoint_record(endpoint);
}

void endpoint_scan_resume(struct endpoint *endpoint)
{
    if (scan_of(endpoint)->is_in_doubt) {
        settle(endpoint);
    } else {
        hold_dialogue(endpoint);
    }
}

void endpoint_scan_stop(struct endpoint *endpoint)
{
    struct endpoint_scan *scan = scan_of(endpoint);
    if (scan->is_in_doubt) {
        return; /* until the dialogue that has begun under another name has ended */
    }
    if (endpoint->entry.state == ONCE_WAITING || name_inquiry_is_queued(&scan->inquiry)) {
        once_end_pause(&endpoint->entry);
        skip_dialogue(endpoint);
    }
}

void endpoint_scan_fini(struct endpoint_scan *scan)
{
    endpoint_findings_free(scan->findings);
    endpoint_question_free(scan->question);
    name_inquiry_fini(&scan->inquiry);
    ledger_note_offer(scan->ledger, &scan->is_offered, false);
    ledger_release(scan->ledger);
    host_dane_release(scan->dane);
}
