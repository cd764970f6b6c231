#include "scanner/engine/host.h"

#include <stddef.h>

#include "scanner/engine/contact.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/host_scan.h"
#include "scanner/engine/host_summary.h"
#include "scanner/engine/run.h"

/* While it is being looked up and scanned. */
struct host_work {
    struct once_work work; /* first */
    struct host_lookup lookup;
    struct host_scan scan;
};

struct host {
    struct once_entry entry;     /* first; its work is the host_work */
    const struct hostname *name; /* a reference */
    uint16_t port;
    unsigned max_addresses;
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

static void on_scanned(struct host_scan *scan)
{
    struct host *host = scan->user;
    if (scan->has_failed) {
        once_give_up(&host->entry, scan->failure);
        return;
    }
    host->result = scan->result;
    scan->result = NULL; /* the host owns it now */
    once_finish(&host->entry);
}

static void start_scan(struct host *host)
{
    host_scan_start(&work_of(host)->scan, is_only_implied(host));
}

static void tell_watch(const struct host *host)
{
    const struct host_lookup *lookup = &work_of(host)->lookup;
    struct name_watch *names = &worker_of(host)->run->names;
    const uint32_t turn = work_of(host)->scan.turn;
    if (lookup->num_addresses > 0) {
        const struct address *first = &lookup->addresses[0];
        bool is_called = contact_check(lookup->config, first) == OUTCOME_OK;
        name_watch_leads_to_address(names, host->name, turn, first, is_called);
    } else if (lookup->outcome == OUTCOME_DNS_NXDOMAIN || lookup->outcome == OUTCOME_DNS_NODATA) {
        name_watch_missing(names, host->name, turn);
    }
}

/* An endpoint's record contains the TLSA records of its host. So no endpoint is begun when memory
 * was lacking for these. */
static void on_looked_up(struct host_lookup *lookup, enum host_lookup_end end)
{
    struct host *host = lookup->user;
    switch (end) {
    case HOST_LOOKUP_COMPLETE:
        tell_watch(host);
        start_scan(host);
        break;
    case HOST_LOOKUP_NO_MEMORY:
        once_give_up(&host->entry, ONCE_NO_MEMORY);
        break;
    case HOST_LOOKUP_CANCELLED:
        once_give_up(&host->entry, ONCE_STOPPED);
        break;
    }
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
           host->max_addresses == wanted->max_addresses && hostname_equal(host->name, wanted->name);
}

static bool host_init(struct once_entry *entry, const void *key)
{
    struct host *host = (struct host *)entry;
    const struct host_request *request = key;
    host->name = hostname_hold(request->name);
    host->port = request->port;
    host->service = request->service;
    host->max_addresses = request->max_addresses;
    work_of(host)->lookup = (struct host_lookup){
        .dns = worker_of(host)->dns,
        .config = worker_of(host)->config,
        .watch = &worker_of(host)->run->names,
        .name = host->name,
        .port = host->port,
        .service = host->service,
        .done = on_looked_up,
        .user = host,
    };
    work_of(host)->scan = (struct host_scan){
        .worker = worker_of(host),
        .lookup = &work_of(host)->lookup,
        .max_addresses = request->max_addresses,
        .turn = request->turn,
        .num_siblings = request->num_siblings,
        .is_own = request->is_own,
        .done = on_scanned,
        .user = host,
    };
    return true;
}

static void host_start(struct once_entry *entry)
{
    struct host *host = (struct host *)entry;
    if (exclude_has_name(worker_of(host)->config->exclude, host->name)) {
        work_of(host)->lookup.outcome = OUTCOME_EXCLUDED;
        start_scan(host);
    } else {
        name_watch_asked(&worker_of(host)->run->names, host->name);
        host_lookup_start(&work_of(host)->lookup);
    }
}

static void host_end(struct once_entry *entry)
{
    struct host_work *work = (struct host_work *)entry->work;
    host_scan_fini(&work->scan);
    host_lookup_fini(&work->lookup);
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
