#include "scanner/engine/host.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/enforcement/dane_domain.h"
#include "scanner/enforcement/leaf_names.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/host_caa.h"
#include "scanner/engine/host_dane.h"
#include "scanner/base/lookup.h"
#include "scanner/engine/run.h"

/* While it is being looked up and scanned. */
struct host_scan {
    struct address *addresses; /* owned; as many as there are, at most HOST_ADDRESSES_MAX */
    size_t num_addresses;
    struct host_result *result; /* owned; filled by the endpoints as they end */
    unsigned questions_left;
    size_t endpoints_left;
    struct dane_lookup ipv4, ipv6;
    struct dns_waiter ipv4_waiter, ipv6_waiter;
    struct host_dane *dane; /* a reference */
    struct host_caa *caa;   /* owned */
    bool aliased;
    bool abandoned;
    enum outcome dns_outcome; /* of both look-ups together, where they gave no address */
};

struct host {
    struct table_node node; /* first */
    struct lru_node kept;   /* once done */
    struct worker *worker;
    const struct hostname *name; /* a reference */
    uint16_t port;
    const struct service *service;
    struct host_scan *scan; /* NULL once done */
    struct host_request *waiting;
    struct host_result *result;
};

/* ---- Results and requests ---- */

void host_result_release(struct host_result *result)
{
    if (result != NULL &&
        atomic_fetch_sub_explicit(&result->references, 1, memory_order_acq_rel) == 1) {
        for (size_t i = 0; i < result->num_endpoints; i++) {
            leaf_names_release(result->endpoints[i].leaf_names);
        }
        free(result->caa);
        free(result);
    }
}

static struct host_result *result_new(size_t num_endpoints)
{
    struct host_result *result =
        calloc(1, sizeof(*result) + num_endpoints * sizeof(result->endpoints[0]));
    if (result != NULL) {
        atomic_init(&result->references, 1);
        result->num_endpoints = num_endpoints;
    }
    return result;
}

struct host_request *host_request_new(struct worker *from, const struct hostname *name,
                                      uint16_t port, const struct service *service)
{
    struct host_request *request = calloc(1, sizeof(*request));
    if (request != NULL) {
        request->from = from;
        request->port = port;
        request->service = service;
        request->name = hostname_hold(name);
    }
    return request;
}

void host_request_free(struct host_request *request)
{
    if (request != NULL) {
        host_result_release(request->result);
        hostname_release(request->name);
        free(request);
    }
}

static void on_request(struct message *message, void *owner);

void host_request_post(struct host_request *request)
{
    request->message.deliver = on_request;
    uint64_t hash = hostname_hash(request->name, &request->from->config->seed);
    mailbox_post(&run_worker_for(request->from->run, hash)->mailbox, &request->message);
}

static void on_reply(struct message *message, void *owner)
{
    (void)owner;
    struct host_request *request = (struct host_request *)message;
    request->done(request);
}

static void reply(struct host_request *request, struct host_result *result)
{
    if (result != NULL) {
        atomic_fetch_add_explicit(&result->references, 1, memory_order_relaxed);
    }
    request->result = result;
    request->message.deliver = on_reply;
    mailbox_post(&request->from->mailbox, &request->message);
}

/* ---- The end ---- */

static void free_scan(struct host *host)
{
    if (host->scan != NULL) {
        dane_lookup_fini(&host->scan->ipv4);
        dane_lookup_fini(&host->scan->ipv6);
        free(host->scan->addresses);
        host_result_release(host->scan->result);
        host_dane_release(host->scan->dane);
        free(host->scan->caa);
        free(host->scan);
        host->scan = NULL;
    }
}

static void host_free(struct host *host)
{
    free_scan(host);
    host_result_release(host->result);
    hostname_release(host->name);
    free(host);
}

static void forget_oldest(struct worker *worker)
{
    while (worker->done_hosts.num_nodes > WORKER_KEPT_MAX) {
        struct lru_node *oldest = lru_oldest(&worker->done_hosts);
        struct host *host = (struct host *)((char *)oldest - offsetof(struct host, kept));
        lru_remove(&worker->done_hosts, oldest);
        table_remove(&worker->hosts, &host->node);
        host_free(host);
    }
}

/* One endpoint that was observed makes the host observed. */
static enum outcome outcome_of(const struct host_scan *scan, const struct host_result *result)
{
    enum outcome outcome = scan->dns_outcome;
    for (size_t i = 0; i < result->num_endpoints; i++) {
        if (result->endpoints[i].grade != GRADE_U) {
            return OUTCOME_OK;
        }
        outcome = result->endpoints[i].outcome;
    }
    return outcome;
}

/* Dialogues that someone's question did not cost. */
static void count_saved(const struct host *host)
{
    if (host->result != NULL) {
        counter_add(&host->worker->counters.saved, host->result->num_endpoints);
    }
}

/* With records it is the endpoints that match them or do not; else the host has its answer. */
static enum dane_status dane_of(const struct host_scan *scan, const struct host_result *result)
{
    enum dane_status statuses[HOST_ADDRESSES_MAX] = {0};
    if (scan->dane == NULL || scan->dane->set == NULL) {
        return scan->dane != NULL ? scan->dane->status : DANE_UNKNOWN;
    }
    for (size_t i = 0; i < result->num_endpoints; i++) {
        statuses[i] = result->endpoints[i].dane;
    }
    return dane_host_status(statuses, result->num_endpoints);
}

static struct verdict dnssec_of(const struct host *host)
{
    const struct host_scan *scan = host->scan;
    struct verdict verdict = {TRI_UNKNOWN, scan->dns_outcome};
    if (host->worker->config->trust_ad && scan->num_addresses > 0) {
        bool is_signed = scan->ipv4.authentic || scan->ipv6.authentic;
        verdict.value = is_signed ? TRI_YES : TRI_NO;
    }
    return verdict;
}

static void finish(struct host *host)
{
    struct host_scan *scan = host->scan;
    struct host_result *result = scan->result;
    scan->result = NULL; /* moved along */
    if (result != NULL) {
        result->abandoned = scan->abandoned;
        result->aliased = scan->aliased;
        result->dnssec = dnssec_of(host);
        result->dane = dane_of(scan, result);
        result->outcome = outcome_of(scan, result);
        result->lookup = scan->dns_outcome;
        result->caa = scan->caa;
        scan->caa = NULL;
    }
    host->result = result;
    free_scan(host);
    struct host_request *request = host->waiting;
    host->waiting = NULL;
    while (request != NULL) {
        struct host_request *next = request->next_waiting;
        reply(request, result);
        if (next != NULL) {
            count_saved(host); /* the first one's work serves them all */
        }
        request = next;
    }
    lru_add(&host->worker->done_hosts, &host->kept);
    forget_oldest(host->worker);
}

/* ---- Endpoints ---- */

static void endpoint_ended(struct host *host)
{
    if (--host->scan->endpoints_left == 0) {
        finish(host);
    }
}

static void on_endpoint_done(struct once_request *asked)
{
    struct endpoint_request *request = (struct endpoint_request *)asked;
    struct host *host = request->user;
    struct host_scan *scan = host->scan;
    scan->abandoned |= request->summary.abandoned;
    if (request->index < scan->result->num_endpoints) {
        scan->result->endpoints[request->index] = request->summary;
        request->summary.leaf_names = NULL; /* the reference has moved along */
    }
    endpoint_request_free(request);
    endpoint_ended(host);
}

static void start_endpoint(struct host *host, size_t index, const struct address *address,
                           enum outcome uncontacted)
{
    struct endpoint_request *request =
        endpoint_request_new(host->worker, host->name, address, host->port, host->service);
    if (request == NULL) {
        host->scan->abandoned = true;
        endpoint_ended(host);
        return;
    }
    request->uncontacted = uncontacted;
    request->dane = host_dane_hold(host->scan->dane);
    request->asked.done = on_endpoint_done;
    request->user = host;
    request->index = index;
    endpoint_request_post(request);
}

static bool is_only_implied(const struct host *host)
{
    for (const struct host_request *request = host->waiting; request != NULL;
         request = request->next_waiting) {
        if (!request->is_implicit) {
            return false;
        }
    }
    return true;
}

/* Every address has its line, also one that is not contacted; so has a host without any. */
static void start_endpoints(struct host *host)
{
    struct host_scan *scan = host->scan;
    scan->result = result_new(scan->num_addresses);
    if (scan->result == NULL || (scan->num_addresses == 0 && is_only_implied(host))) {
        finish(host);
        return;
    }
    if (scan->num_addresses == 0) {
        const struct address none = {0};
        scan->endpoints_left = 1;
        start_endpoint(host, 0, &none, scan->dns_outcome);
        return;
    }
    /* One more than there are, so that none of them can finish the host before all are started. */
    scan->endpoints_left = scan->num_addresses + 1;
    for (size_t i = 0; i < scan->num_addresses; i++) {
        const struct address *address = &scan->addresses[i];
        start_endpoint(host, i, address, contact_check(host->worker->config, address));
    }
    endpoint_ended(host);
}

/* ---- Addresses ---- */

/* False without memory. */
static bool add_address(struct host_scan *scan, const struct address *address)
{
    for (size_t i = 0; i < scan->num_addresses; i++) {
        if (address_equal(&scan->addresses[i], address)) {
            return true;
        }
    }
    if (scan->num_addresses == HOST_ADDRESSES_MAX) {
        return true;
    }
    struct address *more =
        realloc(scan->addresses, (scan->num_addresses + 1) * sizeof(scan->addresses[0]));
    if (more == NULL) {
        return false;
    }
    scan->addresses = more;
    scan->addresses[scan->num_addresses++] = *address;
    return true;
}

/*
 * Two look-ups, one verdict: what could not be answered outranks "no such record", which outranks
 * nothing at all. NXDOMAIN holds for every type (RFC 8020).
 */
static enum outcome worse_lookup(enum outcome a, enum outcome b)
{
    static const enum outcome order[] = {OUTCOME_DNS_NODATA,  OUTCOME_DNS_NXDOMAIN,
                                         OUTCOME_DNS_REFUSED, OUTCOME_DNS_MALFORMED,
                                         OUTCOME_DNS_TIMEOUT, OUTCOME_DNS_SERVFAIL};
    enum outcome worse = OUTCOME_OK;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        worse = a == order[i] || b == order[i] ? order[i] : worse;
    }
    return worse;
}

/* ---- TLSA and CAA ---- */

static void question_answered(struct host *host)
{
    if (--host->scan->questions_left == 0) {
        start_endpoints(host);
    }
}

static void on_dane(void *user, struct host_dane *dane)
{
    struct host *host = user;
    host->scan->dane = dane;
    question_answered(host);
}

static void on_caa(void *user, struct host_caa *caa)
{
    struct host *host = user;
    host->scan->caa = caa;
    question_answered(host);
}

/* What hangs on the addresses: whether there are any, and whether they are signed. */
static void ask_further(struct host *host)
{
    struct host_scan *scan = host->scan;
    const struct config *config = host->worker->config;
    if (!host->service->is_between_servers || scan->abandoned) {
        start_endpoints(host);
        return;
    }
    const struct dane_plan_input input = {
        .host = host->name,
        .port = host->port,
        .trusts_resolver = config->trust_ad,
        .a = config->ipv4 ? &scan->ipv4 : NULL,
        .aaaa = config->ipv6 ? &scan->ipv6 : NULL,
    };
    bool wants_caa = scan->num_addresses > 0 && config->depth >= DEPTH_STANDARD;
    scan->questions_left = wants_caa ? 2 : 1;
    host_dane_ask(host->worker->dns, &input, on_dane, host);
    if (wants_caa) {
        host_caa_ask(host->worker->dns, host->name, on_caa, host);
    }
}

static void take_addresses(struct host *host, struct dane_lookup *lookup,
                           const struct dns_answer *answer)
{
    struct host_scan *scan = host->scan;
    for (size_t i = 0; answer->outcome == DNS_OK && i < answer->num_records; i++) {
        scan->abandoned |= !add_address(scan, &answer->records[i].address);
    }
    scan->aliased |= answer->aliased;
    scan->abandoned |= !dane_lookup_note(lookup, answer) || dns_is_our_failure(answer->outcome);
    scan->dns_outcome = worse_lookup(scan->dns_outcome, outcome_of_lookup(answer->outcome));
    if (--scan->questions_left == 0) {
        ask_further(host);
    }
}

static void on_ipv4(void *user, const struct dns_answer *answer)
{
    struct host *host = user;
    take_addresses(host, &host->scan->ipv4, answer);
}

static void on_ipv6(void *user, const struct dns_answer *answer)
{
    struct host *host = user;
    take_addresses(host, &host->scan->ipv6, answer);
}

static void host_start(struct host *host)
{
    const struct config *config = host->worker->config;
    if (exclude_has_name(config->exclude, host->name)) {
        host->scan->dns_outcome = OUTCOME_EXCLUDED;
        start_endpoints(host);
        return;
    }
    host->scan->questions_left = (config->ipv4 ? 1u : 0u) + (config->ipv6 ? 1u : 0u);
    host->scan->dns_outcome = OUTCOME_OK;
    if (config->ipv4) {
        dns_ask(host->worker->dns, &host->scan->ipv4_waiter, hostname_text(host->name), DNS_A,
                on_ipv4, host);
    }
    if (config->ipv6) {
        dns_ask(host->worker->dns, &host->scan->ipv6_waiter, hostname_text(host->name), DNS_AAAA,
                on_ipv6, host);
    }
}

/* ---- Finding or making one ---- */

static bool host_equal(const struct table_node *node, const void *key)
{
    const struct host *host = (const struct host *)node;
    const struct host_request *wanted = key;
    return host->port == wanted->port && host->service == wanted->service &&
           hostname_equal(host->name, wanted->name);
}

static struct host *host_new(struct worker *worker, const struct host_request *request,
                             uint64_t hash)
{
    struct host *host = calloc(1, sizeof(*host));
    if (host == NULL) {
        return NULL;
    }
    host->worker = worker;
    host->port = request->port;
    host->service = request->service;
    host->name = hostname_hold(request->name);
    host->scan = calloc(1, sizeof(*host->scan));
    if (host->scan == NULL || !table_insert(&worker->hosts, &host->node, hash)) {
        host_free(host);
        return NULL;
    }
    return host;
}

static void on_request(struct message *message, void *owner)
{
    struct worker *worker = owner;
    struct host_request *request = (struct host_request *)message;
    uint64_t hash = hostname_hash(request->name, &worker->config->seed);
    struct host *host = (struct host *)table_find(&worker->hosts, hash, host_equal, request);
    if (host != NULL && host->scan == NULL) {
        lru_touch(&worker->done_hosts, &host->kept);
        count_saved(host);
        reply(request, host->result);
        return;
    }
    bool is_new = host == NULL;
    if (is_new && (worker->stopping || (host = host_new(worker, request, hash)) == NULL)) {
        reply(request, NULL);
        return;
    }
    request->next_waiting = host->waiting;
    host->waiting = request;
    if (is_new) {
        host_start(host);
    }
}

void host_free_all(struct worker *worker)
{
    struct table_node *node;
    while ((node = table_take_any(&worker->hosts)) != NULL) {
        struct host *host = (struct host *)node;
        while (host->waiting != NULL) {
            struct host_request *next = host->waiting->next_waiting;
            host_request_free(host->waiting);
            host->waiting = next;
        }
        host_free(host);
    }
    table_fini(&worker->hosts);
}
