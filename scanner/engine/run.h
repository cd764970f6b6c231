/*
 * A run: the workers, the writer, the list, and how they start and stop. The workers reach each
 * other and the counters of admission through it.
 */
#ifndef MXGRADE_SCANNER_RUN_H
#define MXGRADE_SCANNER_RUN_H

#include <stdatomic.h>

#include "scanner/base/config.h"
#include "scanner/engine/emit.h"
#include "scanner/engine/name_watch.h"
#include "scanner/engine/network_watch.h"
#include "scanner/engine/revised.h"
#include "scanner/grading/policy.h"
#include "scanner/dialogue/service.h"
#include "scanner/engine/worker.h"

#define RUN_SERVICES_MAX 8

struct run {
    const struct config *config;
    struct worker *workers; /* config->num_threads of them */
    unsigned num_workers;
    struct sink *sink;
    struct tally *tally;
    struct emitter emitter;
    struct blame *blame;               /* who is blamed for what is bogus */
    struct interception *interception; /* whether it is the servers that speak */
    struct emit_csv *csv;              /* NULL: JSON lines */
    struct trust_store *trust_store;
    struct chain_cache *chain_cache;
    struct dane_memory *dane_memory;
    struct pool *pool; /* of threads for the chains that strangers make */
    struct geo *geo;
    struct policy policy; /* what it grades by */
    const struct service *services[RUN_SERVICES_MAX];
    size_t num_services;
    bool wants_mail;      /* between servers, found by MX */
    bool wants_mx;        /* for that or for another service */
    struct ev_loop *loop; /* the main thread's */
    ev_async done_wake;   /* a target is done */
    uint64_t max_targets; /* admitted at once */
    struct pacer_rates rates;
    struct network_watch watch;
    struct name_watch names;
    uint32_t num_posted;    /* targets; the reader's */
    struct revised revised; /* servers whose later answers took back an accusation */
    atomic_uint_fast64_t targets_admitted;
    atomic_uint_fast64_t targets_held; /* of these, the reader's: not begun yet */
    atomic_uint_fast64_t targets_done;
    atomic_uint_fast64_t targets_in_doubt; /* done, and not believed so far; see target.h */
    atomic_uint_fast64_t targets_short;    /* given up, as memory was lacking for them */
    atomic_bool is_held;     /* nothing new is begun until it is known whether there is an outage */
    atomic_bool has_outage;  /* nothing that may come of it is believed any more */
    atomic_bool is_stopping; /* nothing new is begun, and not all that was begun is finished */
};

/*
 * Runs a scan as configured: reads the list, scans, writes. Returns the exit status: 0 complete, 1
 * a
 * --fail-on bar was crossed, 2 bad input, 3 could not run or was cut short.
 */
int run_scan(struct config *config);

/* ---- run_shared.c ---- */

/* Says so where records say local_error, which ends a run with 3. */
bool run_says_shortages(const struct tally *tally);

/* The worker on which whatever has that hash lives. */
struct worker *run_worker_for(struct run *run, uint64_t hash);

/* A target has been written or given up: its credit comes back. Any thread. */
void run_target_done(struct run *run);

/* A target has ended in a way that an outage could have, and waits to be believed. Of the last one
 * under way the main thread is told, so that none waits for its next look. Any thread. */
void run_target_doubted(struct run *run);

/* Memory was lacking for a target, which is kept until the end of the run. Any thread. */
void run_target_short(struct run *run);

/*
 * Are as many targets kept because memory was lacking as may be under way? Then no further line is
 * begun: what is kept would grow with the list. Any thread.
 */
bool run_has_too_many_short(const struct run *run);

#endif
