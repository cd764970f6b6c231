#include "scanner/engine/endpoint_internal.h"

#include "scanner/enforcement/leaf_names.h"

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

static bool endpoint_init(struct once_entry *entry, const void *key)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    const struct endpoint_request *request = key;
    endpoint->summary.address = request->summary.address;
    endpoint->summary.port = request->summary.port;
    endpoint->service = request->service;
    endpoint->host = hostname_hold(request->host);
    if (entry->work != NULL) {
        endpoint_scan_init(endpoint, request);
    }
    return true;
}

static void endpoint_start(struct once_entry *entry)
{
    endpoint_scan_start((struct endpoint *)entry);
}

static void endpoint_resume(struct once_entry *entry)
{
    endpoint_scan_resume((struct endpoint *)entry);
}

/* The probes of its server end by server_stop(). */
static void endpoint_stop(struct once_entry *entry)
{
    endpoint_scan_stop((struct endpoint *)entry);
}

static void endpoint_end(struct once_entry *entry)
{
    endpoint_scan_fini((struct endpoint_scan *)entry->work);
}

static void endpoint_free(struct once_entry *entry)
{
    struct endpoint *endpoint = (struct endpoint *)entry;
    leaf_names_release(endpoint->summary.leaf_names);
    hostname_release(endpoint->host);
}

struct ledger *endpoint_retrying(const struct once_entry *entry)
{
    const struct endpoint_scan *scan = (const struct endpoint_scan *)entry->work;
    return scan->is_in_doubt ? NULL : scan->ledger;
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
    bool is_told = endpoint_scan_uncontacted(&endpoint);
    endpoint_end(&endpoint.entry);
    endpoint_free(&endpoint.entry);
    return is_told;
}
