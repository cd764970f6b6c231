/*
 * A thread of the engine: one libev loop and everything that lives on it. Nothing here is touched
 * by another thread but the mailbox and the counters.
 */
#ifndef MXGRADE_SCANNER_WORKER_H
#define MXGRADE_SCANNER_WORKER_H

#include <ev.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "io/base/kept.h"
#include "io/net/conn.h"
#include "io/dns/dns.h"
#include "io/base/geo.h"
#include "io/base/mailbox.h"
#include "io/net/pacer.h"
#include "io/base/table.h"
#include "scanner/x509/certificate.h"
#include "scanner/base/config.h"
#include "io/base/counter.h"
#include "scanner/dialogue/dialogue_context.h"
#include "scanner/engine/domain_policy.h"
#include "scanner/engine/emit.h"

struct run;

/* Written by the worker, read by the progress line: relaxed is enough. */
struct worker_counters {
    atomic_uint_fast64_t waiting;
    atomic_uint_fast64_t lines_begun;
    atomic_uint_fast64_t lines_told; /* all that is to be written of them has gone to the writer */
    atomic_uint_fast64_t addresses_unrouted; /* addresses of hosts that have no route here */
    atomic_uint_fast64_t dns_questions, dns_answered, dns_failed;
    atomic_uint_fast64_t dns_asking;  /* questions under way */
    atomic_uint_fast64_t dns_put_off; /* questions that wait to be asked late */
    atomic_uint_fast64_t dns_busy_ms; /* the questions' durations, summed */
    /* Of a worker on which nothing else goes on: servers and policies that are asked again later,
     * and the moment when the first of them is, in milliseconds; 0: none. */
    atomic_uint_fast64_t servers_retrying, policies_retrying, retry_at_ms;
};

/*
 * How many finished hosts, endpoints and servers a worker keeps, each: beyond that the least
 * recently asked for is forgotten, so that memory does not grow with the list.
 */
#define WORKER_KEPT_MAX (20000 / KEPT_ONE_IN)

struct worker {
    const struct config *config;
    struct run *run;
    unsigned index;
    pthread_t thread;
    struct ev_loop *loop;
    struct mailbox mailbox;
    struct message stop_message, quit_message; /* the main thread's to post */
    struct message late_message;               /* the main thread's while is_late_posted is false */
    atomic_bool is_late_posted;
    struct message believe_message; /* likewise, of is_believe_posted */
    atomic_bool is_believe_posted;
    struct conn_shared *conn_shared;
    struct tls_client *tls_client;
    struct dns *dns;
    struct pacer *pacer;
    struct dialogue_context dialogues; /* is lent what stands above and the cache below */
    struct chain_cache *chain_cache;   /* shared by all workers */
    const struct geo *geo;             /* shared, immutable; NULL: none */
    const struct emitter *emitter;     /* shared */
    struct once hosts;
    struct once ledgers;
    struct once endpoints;
    struct once servers;
    struct domain_policies policies;
    ev_prepare publisher;
    bool started;                             /* the thread runs */
    bool stopping;                            /* finish what has been started, start nothing new */
    LIST_HEAD(begun_targets, target) targets; /* begun, and not written yet */
    LIST_HEAD(doubted_targets, target) doubted; /* of them, those that wait to be believed */
    uint32_t num_waits_counts;                  /* of waits_count(): never 0 while one is made */
    struct worker_counters counters;
};

/*
 * Makes everything but the thread. False with a sentence in out_error. All workers are made before
 * any thread starts, as a thread that has its own descriptor table must find its loop made.
 */
bool worker_init(struct worker *worker, struct run *run, unsigned index, char *out_error,
                 size_t error_size);
void worker_fini(struct worker *worker);

bool worker_start(struct worker *worker);
void worker_join(struct worker *worker);

/* From the main thread: finish what has been started / leave the loop now. Takes no memory. */
void worker_post_stop(struct worker *worker);
void worker_post_quit(struct worker *worker);

/* From the main thread: makes the worker ask the questions that were put off / look whether what
 * waits to be believed can be believed. */
void worker_post_late(struct worker *worker);
void worker_post_believe(struct worker *worker);

#endif
