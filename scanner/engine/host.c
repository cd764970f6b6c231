#include "scanner/engine/host.h"

#include <stdlib.h>

#include "scanner/engine/contact.h"
#include "scanner/engine/endpoint.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/host_caa.h"
#include "scanner/engine/host_dane.h"
#include "scanner/engine/host_lookup.h"
#include "scanner/engine/host_summary.h"
#include "scanner/engine/run.h"

/* While it is being looked up and scanned. */
struct host_work {
    struct once_work work; /* first */
    struct host_lookup lookup;
    struct host_result *result; /* owned; filled by the endpoints as they end */
    uint32_t turn;              /* of the target that asked first */
    struct host_caa *caa;       /* owned; NULL: none found so far */
    size_t parts_left;          /* endpoints, the look-up of CAA, and whoever is starting these */
    bool has_failed;            /* one of the parts was given up */
    enum once_failure failure;
};

struct host {
    struct once_entry entry;     /* first; its work is the host_work */
    const struct hostname *name; /* a reference */
    uint16_t port;
    const struct service *service;
    struct host_result *result; /* a reference; NULL before it is done */
};

static struct host_work *work_of(const struct host *host)
{
    return (struct host_work *)host->entry.work;
}

static struct worker *worker_of(const struct host *host)
{
    return host->entry.once->worker;
}

static void host_finish(struct host *host)
{
    struct host_work *work = work_of(host);
    if (work->has_failed) {
        once_give_up(&host->entry, work->failure);
        return;
    }
    if (!host_summary_fill(work->result, &work->lookup)) {
        once_give_up(&host->entry, ONCE_NO_MEMORY);
        return;
    }
    work->result->caa = work->caa;
    work->caa = NULL;
    host->result = work->result;
    work->result = NULL; /* the host owns it now */
    once_finish(&host->entry);
}

static void part_ended(struct host *host)
{
    if (--work_of(host)->parts_left == 0) {
        host_finish(host);
    }
}

/* ONCE_STOPPED outlasts every other failure, so that the next run begins the host again. */
static void note_failure(struct host_work *work, enum once_failure failure)
{
    work->failure = work->has_failed && work->failure == ONCE_STOPPED ? ONCE_STOPPED : failure;
    work->has_failed = true;
}

/* ---- CAA: no connection waits for it, the host's result does ---- */

static void on_caa(void *user, struct host_caa *caa, enum dns_outcome outcome)
{
    struct host *host = user;
    work_of(host)->caa = caa;
    if (dns_is_our_failure(outcome)) {
        note_failure(work_of(host), outcome == DNS_CANCELLED ? ONCE_STOPPED : ONCE_NO_MEMORY);
    }
    part_ended(host);
}

static void start_caa(struct host *host)
{
    struct worker *worker = worker_of(host);
    if (host->service->is_between_servers && worker->config->depth >= DEPTH_STANDARD) {
        work_of(host)->parts_left++;
        host_caa_ask(worker->dns, host->name, on_caa, host);
    }
}

/* ---- Endpoints ---- */

static void on_endpoint_done(struct once_request *asked)
{
    struct endpoint_request *request = (struct endpoint_request *)asked;
    struct host *host = request->user;
    struct host_work *work = work_of(host);
    if (asked->waiter.is_given_up) {
        note_failure(work, asked->waiter.failure);
    } else if (request->index < work->result->num_endpoints) {
        work->result->endpoints[request->index] = request->summary;
        request->summary.leaf_names = NULL; /* the reference has moved along */
    }
    endpoint_request_free(request);
    part_ended(host);
}

static void start_endpoint(struct host *host, size_t index, const struct address *address,
                           enum outcome uncontacted)
{
    struct host_work *work = work_of(host);
    struct endpoint_request *request = endpoint_request_new(worker_of(host), host->name, address,
                                                            host->port, host->service, work->turn);
    if (request == NULL) {
        note_failure(work, ONCE_NO_MEMORY);
        return;
    }
    work->parts_left++;
    request->uncontacted = uncontacted;
    request->dane = host_dane_hold(work->lookup.dane);
    request->asked.done = on_endpoint_done;
    request->user = host;
    request->index = index;
    endpoint_request_post(request);
}

static struct host_request *request_of(struct once_waiter *waiter)
{
    return (struct host_request *)((char *)waiter - offsetof(struct host_request, asked.waiter));
}

static bool is_only_implied(const struct host *host)
{
    for (struct once_waiter *waiter = STAILQ_FIRST(&host->entry.work->waiters); waiter != NULL;
         waiter = STAILQ_NEXT(waiter, link)) {
        if (!request_of(waiter)->is_implicit) {
            return false;
        }
    }
    return true;
}

/* Counts the address if it is left out because this machine has no route to its family. */
static void count_unrouted(struct worker *worker, const struct address *address,
                           enum outcome outcome)
{
    bool is_unrouted = address->family == worker->config->unrouted;
    counter_add(&worker->counters.addresses_unrouted,
                outcome == OUTCOME_FAMILY_NOT_ASKED && is_unrouted ? 1 : 0);
}

/* Every address has its line, also one that is not contacted; so has a host without any. */
static void start_endpoints(struct host *host)
{
    struct host_work *work = work_of(host);
    const struct host_lookup *lookup = &work->lookup;
    const size_t num = lookup->num_addresses;
    work->result = host_summary_new(num);
    if (work->result == NULL) {
        once_give_up(&host->entry, ONCE_NO_MEMORY);
        return;
    }
    work->parts_left = 1; /* so that none of them can finish the host before all are started */
    if (num == 0 && !is_only_implied(host)) {
        const struct address none = {0};
        start_endpoint(host, 0, &none, lookup->outcome);
    }
    for (size_t i = 0; i < num; i++) {
        const struct address *address = &lookup->addresses[i];
        enum outcome outcome = contact_check(worker_of(host)->config, address);
        count_unrouted(worker_of(host), address, outcome);
        start_endpoint(host, i, address, outcome);
    }
    if (num > 0) {
        start_caa(host);
    }
    part_ended(host);
}

/* An endpoint's record contains the TLSA records of its host. So no endpoint is begun when memory
 * was lacking for these. */
static void on_looked_up(struct host_lookup *lookup, enum host_lookup_end end)
{
    struct host *host = lookup->user;
    switch (end) {
    case HOST_LOOKUP_COMPLETE:
        start_endpoints(host);
        break;
    case HOST_LOOKUP_NO_MEMORY:
        once_give_up(&host->entry, ONCE_NO_MEMORY);
        break;
    case HOST_LOOKUP_CANCELLED:
        once_give_up(&host->entry, ONCE_STOPPED);
        break;
    }
}

/* ---- Requests ---- */

struct host_request *host_request_new(struct worker *from, const struct hostname *name,
                                      uint16_t port, const struct service *service, uint32_t turn)
{
    struct host_request *request = calloc(1, sizeof(*request));
    if (request != NULL) {
        request->from = from;
        request->port = port;
        request->service = service;
        request->turn = turn;
        request->name = hostname_hold(name);
    }
    return request;
}

void host_request_free(struct host_request *request)
{
    if (request != NULL) {
        host_summary_release(request->result);
        hostname_release(request->name);
        free(request);
    }
}

void host_request_post(struct host_request *request)
{
    uint64_t hash = hostname_hash(request->name, &request->from->config->seed);
    struct worker *owner = run_worker_for(request->from->run, hash);
    once_post(&request->asked, &owner->mailbox, &owner->hosts, &request->from->mailbox);
}

/* ---- The kind ---- */

static uint64_t host_hash(const struct table_seed *seed, const void *key)
{
    return hostname_hash(((const struct host_request *)key)->name, seed);
}

static bool host_equal(const struct once_entry *entry, const void *key)
{
    const struct host *host = (const struct host *)entry;
    const struct host_request *wanted = key;
    return host->port == wanted->port && host->service == wanted->service &&
           hostname_equal(host->name, wanted->name);
}

static bool host_init(struct once_entry *entry, const void *key)
{
    struct host *host = (struct host *)entry;
    const struct host_request *request = key;
    host->name = hostname_hold(request->name);
    host->port = request->port;
    host->service = request->service;
    work_of(host)->turn = request->turn;
    work_of(host)->lookup = (struct host_lookup){
        .dns = worker_of(host)->dns,
        .config = worker_of(host)->config,
        .name = host->name,
        .port = host->port,
        .service = host->service,
        .done = on_looked_up,
        .user = host,
    };
    return true;
}

static void host_start(struct once_entry *entry)
{
    struct host *host = (struct host *)entry;
    if (exclude_has_name(worker_of(host)->config->exclude, host->name)) {
        work_of(host)->lookup.outcome = OUTCOME_EXCLUDED;
        start_endpoints(host);
    } else {
        host_lookup_start(&work_of(host)->lookup);
    }
}

static void host_end(struct once_entry *entry)
{
    struct host_work *work = (struct host_work *)entry->work;
    host_lookup_fini(&work->lookup);
    free(work->caa);
    host_summary_release(work->result);
}

static void host_free(struct once_entry *entry)
{
    struct host *host = (struct host *)entry;
    host_summary_release(host->result);
    hostname_release(host->name);
}

static void host_copy_answer(struct once_entry *entry, struct once_waiter *waiter, bool is_first)
{
    (void)is_first;
    request_of(waiter)->result = host_summary_hold(((const struct host *)entry)->result);
}

static unsigned host_spares(const struct once_entry *entry)
{
    return (unsigned)((const struct host *)entry)->result->num_endpoints;
}

static void host_drop(struct once_waiter *waiter)
{
    host_request_free(request_of(waiter));
}

static const struct once_kind host_kind = {
    .size = sizeof(struct host),
    .work_size = sizeof(struct host_work),
    .hash = host_hash,
    .equal = host_equal,
    .init = host_init,
    .start = host_start,
    .end = host_end,
    .free = host_free,
    .copy_answer = host_copy_answer,
    .spares = host_spares,
    .drop = host_drop,
};

void hosts_init(struct once *hosts, struct worker *worker)
{
    once_init(hosts, &host_kind, worker, worker->loop, &worker->config->seed, WORKER_KEPT_MAX);
}
