#include "scanner/engine/worker.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"
#include "scanner/engine/endpoint.h"
#include "scanner/engine/host.h"
#include "scanner/engine/ledger.h"
#include "scanner/base/log.h"
#include "scanner/engine/run.h"
#include "scanner/engine/server.h"
#include "scanner/engine/target.h"
#include "scanner/engine/waits.h"

/* Seconds before a failed question is asked again. A shorter --retry-wait shortens the pause. */
#define DNS_PAUSE 5.

/* ---- Figures for the progress line ---- */

static void put(atomic_uint_fast64_t *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

/* They are counted where nobody waits for this worker, as that takes a look at each. */
static void publish_waits(struct worker *worker)
{
    struct waits waits = {.num_servers = 0};
    if (counter_read(&worker->dialogues.counters.in_flight) == 0) {
        waits_count(worker, &waits);
    }
    put(&worker->counters.servers_retrying, waits.num_servers);
    put(&worker->counters.policies_retrying, waits.num_policies);
    put(&worker->counters.retry_at_ms, waits.retry_at_ms);
}

static void publish(struct ev_loop *loop, ev_prepare *watcher, int events)
{
    (void)loop;
    (void)events;
    struct worker *worker = watcher->data;
    struct worker_counters *counters = &worker->counters;
    const struct dns_stats *dns = dns_stats(worker->dns);
    put(&counters->waiting, pacer_waiting(worker->pacer));
    put(&counters->dns_questions, dns->questions);
    put(&counters->dns_answered, dns->answered);
    put(&counters->dns_failed, dns->failed);
    put(&counters->dns_put_off, dns_num_put_off(worker->dns));
    put(&counters->dns_asking, dns_num_asking(worker->dns));
    put(&counters->dns_busy_ms, dns->busy_ms);
    publish_waits(worker);
}

/* ---- Stopping ---- */

static void on_stop(struct message *message, void *owner)
{
    struct worker *worker = owner;
    (void)message;
    worker->stopping = true;
    dns_stop(worker->dns);
    once_stop(&worker->policies.once);
    once_stop(&worker->hosts);
    once_stop(&worker->endpoints);
    once_stop(&worker->servers);
    target_stop_doubted(worker);
}

static void on_quit(struct message *message, void *owner)
{
    struct worker *worker = owner;
    (void)message;
    ev_break(worker->loop, EVBREAK_ALL);
}

/* The messages are the worker's own, so that telling it takes no memory; each is posted once. */
static void post_once(struct worker *worker, struct message *message,
                      void (*deliver)(struct message *message, void *owner))
{
    if (message->deliver == NULL) {
        message->deliver = deliver;
        mailbox_post(&worker->mailbox, message);
    }
}

void worker_post_stop(struct worker *worker)
{
    post_once(worker, &worker->stop_message, on_stop);
}

void worker_post_quit(struct worker *worker)
{
    post_once(worker, &worker->quit_message, on_quit);
}

static void on_late(struct message *message, void *owner)
{
    struct worker *worker = owner;
    (void)message;
    atomic_store(&worker->is_late_posted, false);
    dns_ask_late_now(worker->dns);
}

void worker_post_late(struct worker *worker)
{
    if (!atomic_exchange(&worker->is_late_posted, true)) {
        worker->late_message.deliver = on_late;
        mailbox_post(&worker->mailbox, &worker->late_message);
    }
}

static void on_believe(struct message *message, void *owner)
{
    struct worker *worker = owner;
    (void)message;
    atomic_store(&worker->is_believe_posted, false);
    target_believe(worker);
}

void worker_post_believe(struct worker *worker)
{
    if (!atomic_exchange(&worker->is_believe_posted, true)) {
        worker->believe_message.deliver = on_believe;
        mailbox_post(&worker->mailbox, &worker->believe_message);
    }
}

/* ---- The thread ---- */

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    /*
     * A descriptor table, and so a descriptor limit, of its own: the limit of the process then
     * holds per thread. Where that is refused the threads share one, and the pacer lives with it.
     */
    if (worker->config->own_descriptor_tables && unshare(CLONE_FILES) != 0) {
        log_message("the threads share one descriptor table; fewer connections at once");
    }
    ev_run(worker->loop, 0);
    return NULL;
}

static bool fail(char *out_error, size_t error_size, const char *what)
{
    snprintf(out_error, error_size, "cannot start a worker: %s", what);
    return false;
}

/* This worker's share of a limit of the whole run; never none. */
static unsigned share_of(const struct worker *worker, unsigned limit)
{
    unsigned share = limit / worker->config->num_threads;
    return share > 0 ? share : 1;
}

static bool make_parts(struct worker *worker, char *out_error, size_t error_size)
{
    const struct config *config = worker->config;
    worker->loop = loop_new();
    if (worker->loop == NULL) {
        return fail(out_error, error_size, "libev has no loop for it");
    }
    mailbox_init(&worker->mailbox, worker->loop, worker);
    worker->tls_client = tls_client_new();
    worker->conn_shared = calloc(1, sizeof(*worker->conn_shared));
    if (worker->tls_client == NULL || worker->conn_shared == NULL) {
        return fail(out_error, error_size, "out of memory");
    }
    worker->conn_shared->loop = worker->loop;
    worker->conn_shared->tls_client = worker->tls_client;
    worker->conn_shared->sources = config->sources;
    worker->conn_shared->proxy = config->proxy;
    const double pause = config->retry_wait < DNS_PAUSE ? config->retry_wait : DNS_PAUSE;
    struct dns_options dns_options = {
        .servers = config->resolver,
        .timeout_ms = (unsigned)(config->dns_timeout * 1000),
        .max_in_flight = share_of(worker, config->dns_concurrency),
        .max_unread = share_of(worker, DNS_MAX_UNREAD),
        .again_ms = (unsigned)(pause * 1000),
    };
    worker->dns = dns_new(worker->loop, &dns_options);
    if (worker->dns == NULL) {
        return fail(out_error, error_size, "the resolver cannot be used; see --resolver");
    }
    struct pacer_limits limits = {
        .max_in_flight = share_of(worker, config->concurrency),
        .starts_per_second = config->rate,
        .per_address = config->per_address, /* an address lives on one worker */
        .per_provider = share_of(worker, config->per_provider),
        .provider_starts_per_second = config->provider_rate,
    };
    worker->pacer =
        pacer_new(worker->loop, &config->seed, &limits, &worker->run->rates, config->sources);
    if (worker->pacer == NULL) {
        return fail(out_error, error_size, "out of memory");
    }
    dialogue_context_init(&worker->dialogues, config, worker->conn_shared, worker->pacer,
                          worker->chain_cache);
    hosts_init(&worker->hosts, worker);
    ledgers_init(&worker->ledgers, worker);
    endpoints_init(&worker->endpoints, worker);
    servers_init(&worker->servers, worker);
    domain_policies_init(&worker->policies, worker);
    return true;
}

bool worker_init(struct worker *worker, struct run *run, unsigned index, char *out_error,
                 size_t error_size)
{
    memset(worker, 0, sizeof(*worker));
    worker->config = run->config;
    worker->run = run;
    worker->index = index;
    worker->chain_cache = run->chain_cache;
    worker->geo = run->geo;
    worker->emitter = &run->emitter;
    if (!make_parts(worker, out_error, error_size)) {
        return false;
    }
    ev_prepare_init(&worker->publisher, publish);
    worker->publisher.data = worker;
    ev_prepare_start(worker->loop, &worker->publisher);
    return true;
}

void worker_fini(struct worker *worker)
{
    if (worker->loop == NULL) {
        return;
    }
    target_free_all(worker);
    once_fini(&worker->endpoints);
    once_fini(&worker->servers);
    once_fini(&worker->ledgers);
    dns_free(worker->dns);
    once_fini(&worker->policies.once);
    once_fini(&worker->hosts);
    dialogue_context_fini(&worker->dialogues);
    pacer_free(worker->pacer);
    tls_client_free(worker->tls_client);
    free(worker->conn_shared);
    mailbox_fini(&worker->mailbox);
    ev_prepare_stop(worker->loop, &worker->publisher);
    loop_free(worker->loop);
}

bool worker_start(struct worker *worker)
{
    worker->started = pthread_create(&worker->thread, NULL, worker_main, worker) == 0;
    return worker->started;
}

void worker_join(struct worker *worker)
{
    if (worker->started) {
        pthread_join(worker->thread, NULL);
        worker->started = false;
    }
}
