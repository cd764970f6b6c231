#include "scanner/engine/host_scan.h"

#include <stdlib.h>

#include "scanner/engine/contact.h"
#include "scanner/engine/endpoint_request.h"
#include "scanner/engine/host_caa.h"
#include "scanner/engine/host_dane.h"
#include "scanner/engine/host_summary.h"
#include "scanner/engine/run.h"
#include "scanner/engine/turn_lag.h"
#include "scanner/engine/worker.h"

void host_scan_fini(struct host_scan *scan)
{
    free(scan->caa);
    host_summary_release(scan->result);
}

/* ONCE_STOPPED outlasts every other failure, so that the next run begins the host again. */
static void note_failure(struct host_scan *scan, enum once_failure failure)
{
    scan->failure = scan->has_failed && scan->failure == ONCE_STOPPED ? ONCE_STOPPED : failure;
    scan->has_failed = true;
}

static void complete_result(struct host_scan *scan)
{
    if (host_summary_fill(scan->result, scan->lookup)) {
        scan->result->caa = scan->caa;
        scan->caa = NULL;
    } else {
        note_failure(scan, ONCE_NO_MEMORY);
    }
}

static void part_ended(struct host_scan *scan)
{
    if (--scan->parts_left == 0) {
        if (!scan->has_failed) {
            complete_result(scan);
        }
        scan->done(scan);
    }
}

/* ---- CAA: no connection waits for it, the host's result does ---- */

static void on_caa(void *user, struct host_caa *caa, enum dns_outcome outcome)
{
    struct host_scan *scan = user;
    scan->caa = caa;
    if (dns_is_our_failure(outcome)) {
        note_failure(scan, outcome == DNS_CANCELLED ? ONCE_STOPPED : ONCE_NO_MEMORY);
    }
    part_ended(scan);
}

static void start_caa(struct host_scan *scan)
{
    const struct host_lookup *lookup = scan->lookup;
    if (lookup->service->is_between_servers && lookup->config->depth >= DEPTH_STANDARD) {
        scan->parts_left++;
        host_caa_ask(lookup->dns, lookup->name, on_caa, scan);
    }
}

/* ---- Endpoints ---- */

static void on_endpoint_done(struct once_request *asked)
{
    struct endpoint_request *request = (struct endpoint_request *)asked;
    struct host_scan *scan = request->user;
    if (asked->waiter.is_given_up) {
        note_failure(scan, asked->waiter.failure);
    } else if (request->index < scan->result->num_endpoints) {
        scan->result->endpoints[request->index] = request->summary;
        request->summary.leaf_names = NULL; /* the reference has moved along */
    }
    endpoint_request_free(request);
    part_ended(scan);
}

/* A host of another name than the domain's may be what many targets wait for. */
static uint32_t lag_of(const struct host_scan *scan)
{
    return scan->is_own ? turn_lag(scan->num_siblings + 1, scan->lookup->num_addresses,
                                   scan->worker->run->max_targets)
                        : 0;
}

static void start_endpoint(struct host_scan *scan, size_t index, const struct address *address,
                           enum outcome uncontacted)
{
    const struct host_lookup *lookup = scan->lookup;
    struct endpoint_request *request = endpoint_request_new(
        scan->worker, lookup->name, address, lookup->port, lookup->service, scan->turn);
    if (request == NULL) {
        note_failure(scan, ONCE_NO_MEMORY);
        return;
    }
    scan->parts_left++;
    request->uncontacted = uncontacted;
    request->lag = lag_of(scan);
    request->dane = host_dane_hold(lookup->dane);
    request->asked.done = on_endpoint_done;
    request->user = scan;
    request->index = (uint32_t)index;
    endpoint_request_post(request);
}

/* Counts the address if it is left out for lack of a route, or of a source, of its family. */
static void count_unrouted(struct worker *worker, const struct address *address,
                           enum outcome outcome)
{
    bool is_unrouted = address->family == worker->config->unrouted;
    counter_add(&worker->counters.addresses_unrouted,
                outcome == OUTCOME_FAMILY_NOT_ASKED && is_unrouted ? 1 : 0);
}

static void start_address(struct host_scan *scan, size_t index)
{
    const struct address *address = &scan->lookup->addresses[index];
    enum outcome outcome = contact_check(scan->lookup->config, address);
    count_unrouted(scan->worker, address, outcome);
    start_endpoint(scan, index, address, outcome);
}

/* ---- All parts ---- */

static size_t num_asked(const struct host_scan *scan)
{
    size_t num = scan->lookup->num_addresses;
    return num < scan->max_addresses ? num : scan->max_addresses;
}

/* Of the addresses the first ones are asked. */
static void leave_addresses(struct host_scan *scan)
{
    struct host_lookup *lookup = scan->lookup;
    scan->result->num_left =
        lookup->num_addresses + lookup->num_beyond - scan->result->num_endpoints;
    if (scan->result->num_left > 0) {
        host_lookup_sort(lookup);
    }
}

static void start_parts(struct host_scan *scan, bool is_only_implied)
{
    const size_t num = scan->result->num_endpoints;
    if (num == 0 && !is_only_implied) {
        const struct address none = {0};
        start_endpoint(scan, 0, &none, scan->lookup->outcome);
    }
    for (size_t i = 0; i < num; i++) {
        start_address(scan, i);
    }
    if (num > 0) {
        start_caa(scan);
    }
}

void host_scan_start(struct host_scan *scan, bool is_only_implied)
{
    scan->parts_left = 1; /* so that none of them can end the scan before all are started */
    scan->result = host_summary_new(num_asked(scan));
    if (scan->result != NULL) {
        leave_addresses(scan);
        start_parts(scan, is_only_implied);
    } else {
        note_failure(scan, ONCE_NO_MEMORY);
    }
    part_ended(scan);
}
