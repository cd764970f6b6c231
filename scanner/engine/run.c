#include "scanner/engine/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/base/kept.h"
#include "io/base/loop.h"
#include "io/base/placed_file.h"
#include "io/net/source_addresses.h"
#include "output/file/progress.h"
#include "output/metrics/run_metrics.h"
#include "scanner/enforcement/dane_memory.h"
#include "scanner/engine/continuation.h"
#include "scanner/engine/descriptors.h"
#include "scanner/engine/ehlo.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/feeder.h"
#include "scanner/engine/file_digest.h"
#include "scanner/base/log.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/policy_file.h"
#include "scanner/engine/notices.h"
#include "scanner/engine/outage.h"
#include "scanner/engine/own_resolver.h"
#include "scanner/engine/proxy_check.h"
#include "scanner/engine/resolver.h"
#include "scanner/engine/route.h"
#include "scanner/engine/run_options.h"
#include "scanner/engine/signals.h"
#include "scanner/engine/target.h"
#include "scanner/base/version.h"

#define CHAINS_KEPT_MAX        (4000 / KEPT_ONE_IN)
#define DANE_VERDICTS_KEPT_MAX (20000 / KEPT_ONE_IN)
/*
 * Targets under way: so many more than connections, because on a usual list most of them come to
 * wait for one or two providers, and must not keep the others out. One that waits takes some 12
 * KiB.
 */
#define TARGETS_PER_CONNECTION 4
#define TARGETS_MIN            1000
#define TICK_SECONDS           0.05
/* A few lines that wait to be believed are all that is under way if that lasts so long: others may
 * just be on their way from the reader. TARGETS_MIN of them, or as many as may be under way, have
 * voted and keep no list waiting. */
#define ALL_DOUBTED_SECONDS 0.5
/* After a stop, certificates are judged for so long when no dialogue is under way any more. */
#define LAST_VERDICTS_SECONDS 1
/* At the end of a list as few networks are mentioned, which is no verdict. */
#define NETWORKS_TOLD_MIN 3

/* What the main thread adds to the shared part. */
struct scan {
    struct run run; /* first */
    struct config *config;
    int list_fd;
    struct file_digest digest;
    struct continuation continuation;
    struct own_resolver own_resolver;
    struct feeder *feeder;
    struct progress *progress;
    struct signals signals;
    ev_timer tick;
    double started; /* wall time */
    struct moment loop_started;
    double half_after, most_after;
    unsigned num_stops;
    bool leaving;                             /* at once: what is in flight is not waited for */
    struct interception_verdict interception; /* its reason: of the run's being void */
    struct canaries canaries;
    struct outage outage;
    bool has_said_outage;
    bool has_said_silent;
    uint64_t proofs_told;         /* that what waits to be believed may rest on */
    struct moment last_undoubted; /* when something else than such lines was under way */
    struct moment last_dialogue;  /* since a stop: when one was under way */
    bool has_said_unrouted;
    bool has_said_blamed;
    bool cut_short;       /* not all of the list was read, or not all that was read was done */
    uint64_t lines_short; /* given up, as memory was lacking for them */
    bool complete;        /* every line has its record, and none was given up */
    struct summary_record summary; /* as it was written */
};

/* ---- Figures ---- */

struct totals {
    uint64_t connections, in_flight, waiting, saved, lines_begun, lines_told, unrouted,
        dns_questions, dns_answered, dns_failed, dns_asking, dns_put_off, dns_busy_ms, dialogues_ms,
        servers_retrying, policies_retrying, retry_at_ms;
};

/* 0 is never. */
static uint64_t earlier_of(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static double seconds_until(uint64_t at_ms)
{
    double seconds = ((double)at_ms - (double)clock_now_ms()) / 1000;
    return seconds > 0 ? seconds : 0;
}

/* Of a run that is continued, what it saw of the network before counts too. */
static struct totals totals_of(const struct scan *scan)
{
    const struct run *run = &scan->run;
    struct totals totals = {
        .lines_begun = scan->continuation.num_lines,
        .lines_told = scan->continuation.num_lines,
        .dns_answered = scan->continuation.dns_answered,
    };
    for (unsigned i = 0; i < run->num_workers; i++) {
        const struct worker_counters *counters = &run->workers[i].counters;
        const struct dialogue_counters *dialogues = &run->workers[i].dialogues.counters;
        totals.connections += counter_read(&dialogues->connections);
        totals.in_flight += counter_read(&dialogues->in_flight);
        totals.waiting += counter_read(&counters->waiting);
        totals.saved += counter_read(&run->workers[i].hosts.spared) +
                        counter_read(&run->workers[i].endpoints.spared) +
                        counter_read(&run->workers[i].servers.spared);
        totals.lines_begun += counter_read(&counters->lines_begun);
        totals.lines_told += counter_read(&counters->lines_told);
        totals.unrouted += counter_read(&counters->addresses_unrouted);
        totals.dns_questions += counter_read(&counters->dns_questions);
        totals.dns_answered += counter_read(&counters->dns_answered);
        totals.dns_failed += counter_read(&counters->dns_failed);
        totals.dns_asking += counter_read(&counters->dns_asking);
        totals.dns_put_off += counter_read(&counters->dns_put_off);
        totals.dns_busy_ms += counter_read(&counters->dns_busy_ms);
        totals.dialogues_ms += counter_read(&dialogues->milliseconds);
        totals.servers_retrying += counter_read(&counters->servers_retrying);
        totals.policies_retrying += counter_read(&counters->policies_retrying);
        totals.retry_at_ms = earlier_of(totals.retry_at_ms, counter_read(&counters->retry_at_ms));
    }
    return totals;
}

/* Of the time that questions and dialogues took, summed, that of the questions; -1: none took any.
 */
static double dns_share(const struct totals *totals)
{
    double all = (double)totals->dns_busy_ms + (double)totals->dialogues_ms;
    return all > 0 ? (double)totals->dns_busy_ms / all : -1;
}

static uint64_t lines_done(const struct scan *scan)
{
    return counter_read(&scan->run.targets_done) + scan->continuation.num_lines;
}

/* As many as the list has line ends, until what is a line has been found by reading it. */
static uint64_t lines_total(const struct scan *scan)
{
    return feeder_is_done(scan->feeder) ? feeder_num_own_lines(scan->feeder)
                                        : scan->digest.num_lines / scan->config->num_shards;
}

static struct progress_snapshot snapshot_of(const struct scan *scan)
{
    struct totals totals = totals_of(scan);
    return (struct progress_snapshot){
        .seconds = loop_since(scan->run.loop, scan->loop_started),
        .lines_total = lines_total(scan),
        .is_of_hosts = scan->config->hosts,
        .hosts_done = lines_done(scan),
        .in_flight = totals.in_flight,
        .connections = totals.connections,
        .waiting = totals.waiting,
        .servers_retrying = totals.servers_retrying,
        .policies_retrying = totals.policies_retrying,
        .retry_seconds = seconds_until(totals.retry_at_ms),
        .dns_asking = totals.dns_asking,
    };
}

static void draw_progress(struct scan *scan)
{
    const struct progress_snapshot snapshot = snapshot_of(scan);
    progress_draw(scan->progress, &snapshot, tally_counters(scan->run.tally));
}

static void on_question(void *user)
{
    struct scan *scan = user;
    const struct progress_snapshot snapshot = snapshot_of(scan);
    progress_say(scan->progress, &snapshot, tally_counters(scan->run.tally));
}

/* ---- Stopping ---- */

static void stop_starting(struct scan *scan)
{
    atomic_store(&scan->run.is_stopping, true);
    feeder_stop(scan->feeder);
    for (unsigned i = 0; i < scan->run.num_workers; i++) {
        worker_post_stop(&scan->run.workers[i]);
    }
}

/* What the chains of strangers cost may not keep a stop waiting once the dialogues have ended. */
static void drop_late_verdicts(struct scan *scan, const struct totals *totals)
{
    const struct moment now = clock_now();
    if (!atomic_load(&scan->run.is_stopping) || totals->in_flight > 0) {
        scan->last_dialogue = now;
    } else if (moment_between(scan->last_dialogue, now) >= LAST_VERDICTS_SECONDS) {
        pool_drop_waiting(scan->run.pool);
    }
}

static void on_stop(void *user, unsigned num_stops)
{
    struct scan *scan = user;
    progress_clear(scan->progress);
    scan->num_stops = num_stops;
    if (num_stops == 1) {
        log_message("stopping: waiting for the dialogues that are under way; once more to leave at "
                    "once");
        stop_starting(scan);
    } else {
        scan->leaving = true;
        ev_break(scan->run.loop, EVBREAK_ALL);
    }
}

/* On the writer's thread. */
static void on_write_error(void *user)
{
    struct scan *scan = user;
    ev_async_send(scan->run.loop, &scan->run.done_wake);
}

static unsigned watched_port(const struct scan *scan)
{
    return scan->config->port != 0 ? scan->config->port : scan->run.services[0]->port;
}

/* ---- Outages ---- */

static bool is_port_blocked(const struct scan *scan)
{
    return scan->outage.state == OUTAGE_PORT;
}

static bool has_dns_failed(const struct scan *scan)
{
    return outage_is_verdict(scan->outage.state) && !is_port_blocked(scan);
}

static uint64_t lines_under_way(const struct run *run)
{
    uint64_t done = counter_read(&run->targets_done);
    return counter_read(&run->targets_admitted) - done;
}

/* Of the lines that were begun, do all that are not finished wait to be believed? */
static bool are_all_doubted(struct scan *scan, const struct totals *totals, struct moment now)
{
    const struct run *run = &scan->run;
    uint64_t doubted = counter_read(&run->targets_in_doubt);
    uint64_t done = counter_read(&run->targets_done) + scan->continuation.num_lines;
    if (doubted == 0 || totals->lines_begun != done + doubted) {
        scan->last_undoubted = now;
        return false;
    }
    return doubted >= TARGETS_MIN || lines_under_way(run) >= run->max_targets ||
           moment_between(scan->last_undoubted, now) >= ALL_DOUBTED_SECONDS;
}

static struct outage_sight sight_of(struct scan *scan)
{
    const struct run *run = &scan->run;
    const struct totals totals = totals_of(scan);
    const struct moment now = clock_now();
    return (struct outage_sight){
        .now = now,
        .dns_answered = totals.dns_answered,
        .dns_failed = totals.dns_failed,
        .dns_asking = totals.dns_asking,
        .is_all_in_doubt = are_all_doubted(scan, &totals, now),
        .is_at_end = feeder_is_done(scan->feeder) &&
                     lines_under_way(run) == counter_read(&run->targets_in_doubt),
    };
}

static void say_outage(struct scan *scan)
{
    scan->has_said_outage = true;
    progress_clear(scan->progress);
    notice_outage(scan->config, &scan->outage, watched_port(scan));
}

/* Servers are known that greet after half a minute, so this is no verdict yet. */
static void mention_waiting(struct scan *scan)
{
    if (scan->has_said_silent || scan->outage.state != OUTAGE_SUSPECTED ||
        scan->outage.suspicion != SUSPECT_SILENCE) {
        return;
    }
    scan->has_said_silent = true;
    progress_clear(scan->progress);
    notice_waiting(watched_port(scan));
}

static void hold(struct scan *scan, bool is_held)
{
    if (atomic_exchange(&scan->run.is_held, is_held) && !is_held) {
        feeder_wake(scan->feeder);
    }
}

/* Tells the workers that a name has resolved, or a server greeted, since they were told last. */
static void have_believed(struct scan *scan)
{
    struct run *run = &scan->run;
    uint64_t proofs = name_watch_num_resolved(&run->names) + network_watch_num_greeted(&run->watch);
    if (counter_read(&run->targets_in_doubt) == 0 || proofs == scan->proofs_told) {
        return;
    }
    scan->proofs_told = proofs;
    for (unsigned i = 0; i < run->num_workers; i++) {
        worker_post_believe(&run->workers[i]);
    }
}

/* Looks whether the network or the resolver fails for everyone; ends the run if so. */
static void watch_outages(struct scan *scan)
{
    const struct outage_sight sight = sight_of(scan);
    enum outage_state state = outage_look(&scan->outage, &sight);
    hold(scan, state == OUTAGE_SUSPECTED);
    mention_waiting(scan);
    if (outage_is_verdict(state) && !scan->has_said_outage) {
        say_outage(scan);
        atomic_store(&scan->run.has_outage, true);
        stop_starting(scan);
    }
    have_believed(scan);
}

/* The outage of a resolver that is not started again ends the run. */
static void watch_own_resolver(struct scan *scan)
{
    const enum own_resolver_news news = own_resolver_look(&scan->own_resolver);
    if (news != OWN_RESOLVER_NO_NEWS) {
        progress_clear(scan->progress);
        notice_own_resolver(&scan->own_resolver, news);
    }
}

/* Too few networks for a verdict, and yet worth a word. */
static void mention_silence(struct scan *scan)
{
    const struct network_verdict verdict = network_watch_verdict(&scan->run.watch);
    if (!is_port_blocked(scan) && verdict.is_unanswered && verdict.num_heard >= NETWORKS_TOLD_MIN) {
        notice_no_answer(watched_port(scan), &verdict);
    }
}

/* Nothing is under way any more, nor any control. */
static void leave_if_done(struct scan *scan)
{
    const struct run *run = &scan->run;
    if (!feeder_is_done(scan->feeder) || lines_under_way(run) > 0) {
        return;
    }
    if (!atomic_load(&run->is_stopping)) {
        watch_outages(scan);
    }
    if (atomic_load(&run->is_stopping) || scan->outage.state == OUTAGE_NONE) {
        ev_break(run->loop, EVBREAK_ALL);
    }
}

static void on_done_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    (void)events;
    struct scan *scan = watcher->data;
    feeder_wake(scan->feeder);
    if (sink_error(scan->run.sink) != NULL) {
        scan->leaving = true; /* nothing that is still to come could be kept */
        ev_break(loop, EVBREAK_ALL);
    }
    if (counter_read(&scan->run.targets_in_doubt) > 0 && !atomic_load(&scan->run.is_stopping)) {
        watch_outages(scan);
    }
    leave_if_done(scan);
}

static void void_the_run(struct scan *scan)
{
    const struct emitter *emitter = &scan->run.emitter;
    const struct line_outlet outlet = emit_outlet(emitter);
    const struct run_void_record record = {
        .reason = scan->interception.reason,
        .detail = scan->interception.detail,
        .records_kept = scan->continuation.is_active ? scan->continuation.num_records : 1,
        .time = clock_wall(),
    };
    emit_run_void(emitter, &record);
    interception_convict(emitter->interception, &outlet);
}

/* Is it the servers that speak? If not, it is said once, and nothing of the run counts. */
static void check_interception(struct scan *scan)
{
    const struct line_outlet outlet = emit_outlet(&scan->run.emitter);
    if (scan->interception.reason != VOID_NONE) {
        return;
    }
    interception_verdict(scan->run.interception, &scan->interception);
    if (scan->interception.reason == VOID_NONE) {
        interception_settle(scan->run.interception, &outlet);
        return;
    }
    progress_clear(scan->progress);
    notice_intercepted(watched_port(scan), &scan->interception);
    void_the_run(scan);
    stop_starting(scan);
}

/* The list has ended. */
static void end_interception(struct scan *scan)
{
    const struct line_outlet outlet = emit_outlet(&scan->run.emitter);
    check_interception(scan);
    interception_end(scan->run.interception, &outlet);
    if (scan->interception.reason == VOID_NONE) {
        notice_uniform(watched_port(scan), &scan->interception);
    }
}

/*
 * Has the workers ask the questions that were put off. That is due when no dialogue is under way or
 * waits for its turn: all else is done, or the targets that wait for such questions fill all
 * places.
 */
static void ask_late(struct scan *scan, const struct totals *totals)
{
    bool is_late = totals->in_flight == 0 && totals->waiting == 0;
    for (unsigned i = 0; totals->dns_put_off > 0 && is_late && i < scan->run.num_workers; i++) {
        worker_post_late(&scan->run.workers[i]);
    }
}

static const char *unrouted_family(const struct scan *scan)
{
    return scan->config->unrouted == 4 ? "ipv4" : "ipv6";
}

/* Says it once, and only if some host has an address of that family. */
static void say_unrouted(struct scan *scan, const struct totals *totals)
{
    if (totals->unrouted == 0 || scan->has_said_unrouted) {
        return;
    }
    scan->has_said_unrouted = true;
    progress_clear(scan->progress);
    notice_unrouted(scan->config);
}

/* Says it once. The verdict may come before the list has ended. */
static void say_blamed(struct scan *scan)
{
    const struct blame_counts counts = blame_counts(scan->run.blame);
    if (!counts.is_resolver || scan->has_said_blamed) {
        return;
    }
    scan->has_said_blamed = true;
    progress_clear(scan->progress);
    notice_blamed(scan->config, &counts);
}

/* What is kept of lines that were given up may not grow with the list. */
static void watch_shortages(struct scan *scan)
{
    struct run *run = &scan->run;
    if (run_has_too_many_short(run) && !atomic_load(&run->is_stopping)) {
        progress_clear(scan->progress);
        notice_too_many_given_up(counter_read(&run->targets_short));
        stop_starting(scan);
    }
}

static void note_milestones(struct scan *scan)
{
    double seconds = moment_between(scan->loop_started, clock_now());
    uint64_t total = scan->digest.num_lines / scan->config->num_shards;
    uint64_t done = lines_done(scan);
    if (total > 0 && scan->half_after < 0 && done * 2 >= total) {
        scan->half_after = seconds;
    }
    if (total > 0 && scan->most_after < 0 && done * 20 >= total * 19) {
        scan->most_after = seconds;
    }
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct scan *scan = watcher->data;
    struct totals totals = totals_of(scan);
    watch_own_resolver(scan);
    if (!atomic_load(&scan->run.is_stopping)) {
        watch_outages(scan);
    }
    check_interception(scan);
    watch_shortages(scan);
    ask_late(scan, &totals);
    drop_late_verdicts(scan, &totals);
    say_unrouted(scan, &totals);
    say_blamed(scan);
    note_milestones(scan);
    draw_progress(scan);
    leave_if_done(scan);
}

/* ---- Setting up ---- */

static bool choose_format(struct scan *scan, char *error, size_t error_size)
{
    struct run *run = &scan->run;
    bool is_csv = strcmp(scan->config->format, "csv") == 0;
    if (is_csv) {
        run->csv = emit_csv_new(scan->config->byte_order_mark);
        run->emitter.csv = run->csv;
        snprintf(error, error_size, "out of memory");
    }
    return !is_csv || run->csv != NULL;
}

static bool has_service(const struct run *run, const struct service *service)
{
    for (size_t i = 0; i < run->num_services; i++) {
        if (run->services[i] == service) {
            return true;
        }
    }
    return false;
}

static bool read_services(struct run *run, char *error, size_t error_size)
{
    const char *at = run->config->services;
    for (;;) {
        size_t len = strcspn(at, ",");
        const struct service *service = service_find(at, len);
        if (service == NULL) {
            snprintf(error, error_size, "--services: there is no service \"%.*s\"", (int)len, at);
            return false;
        }
        if (!has_service(run, service)) { /* so there are never more than there is room for */
            run->services[run->num_services++] = service;
            run->wants_mail |= service->is_between_servers;
        }
        if (at[len] == '\0') {
            break;
        }
        at += len + 1;
    }
    run->wants_mx = run->wants_mail || run->config->submission_on_mx;
    if (run->config->port != 0 && run->num_services > 1) {
        snprintf(error, error_size, "--port is for one service, and --services names more");
        return false;
    }
    return true;
}

static bool load_roots(struct run *run, char *error, size_t error_size)
{
    const struct config_texts *extra = &run->config->extra_ca;
    run->trust_store = trust_store_new(run->config->ca_file, error, error_size);
    bool ok = run->trust_store != NULL;
    for (size_t i = 0; ok && i < extra->num_items; i++) {
        ok = trust_store_add_roots(run->trust_store, extra->items[i], error, error_size);
    }
    return ok;
}

static bool is_own_resolver(const struct config *config)
{
    return config->resolver != NULL && strcmp(config->resolver, OWN_RESOLVER) == 0;
}

static bool load_parts(struct scan *scan, char *error, size_t error_size)
{
    struct run *run = &scan->run;
    struct config *config = scan->config;
    if (!read_services(run, error, error_size)) {
        return false;
    }
    if (!choose_format(scan, error, error_size)) {
        return false;
    }
    if (!is_own_resolver(config) && !resolver_is_valid(config->resolver)) {
        snprintf(error, error_size,
                 "--resolver %s: not ADDRESS or ADDRESS:PORT, several with commas, and not \"own\"",
                 config->resolver);
        return false;
    }
    if (!is_own_resolver(config) && config->resolver_config != NULL) {
        snprintf(error, error_size, "--resolver-config goes with --resolver own only");
        return false;
    }
    if (!canaries_read(&scan->canaries, config, error, error_size)) {
        return false;
    }
    if (config->exclude_file != NULL) {
        config->exclude = exclude_new(config->exclude_file, error, error_size);
        if (config->exclude == NULL) {
            return false;
        }
    }
    if (config->geo.num_items > 0) {
        run->geo = geo_new(config->geo.items, config->geo.num_items, error, error_size);
        if (run->geo == NULL) {
            return false;
        }
    }
    if (!load_roots(run, error, error_size)) {
        return false;
    }
    run->chain_cache = chain_cache_new(run->trust_store, config->now, CHAINS_KEPT_MAX);
    run->dane_memory = dane_memory_new(DANE_VERDICTS_KEPT_MAX);
    revised_init(&run->revised);
    network_watch_init(&run->watch, &config->seed, run->geo);
    name_watch_init(&run->names, &config->seed);
    run->tally = tally_new();
    run->blame = run->emitter.blame = blame_new();
    run->interception = run->emitter.interception = interception_new(&run->watch);
    if (run->chain_cache == NULL || run->dane_memory == NULL || run->tally == NULL ||
        run->blame == NULL || run->interception == NULL) {
        snprintf(error, error_size, "out of memory");
        return false;
    }
    return true;
}

static void check_ehlo(const struct ehlo_name *name)
{
    const char *problem = ehlo_name_problem(name);
    if (problem != NULL) {
        log_message(EHLO_NAME_PROBLEM "; " EHLO_NAME_REMEDY, name->text, problem);
    }
}

/* Where it is wanted, it is asked in place of the system's from now on. */
static bool start_own_resolver(struct scan *scan)
{
    struct config *config = scan->config;
    if (!is_own_resolver(config)) {
        return true;
    }
    if (!own_resolver_start(&scan->own_resolver, config, scan->digest.num_lines)) {
        return false;
    }
    config->has_own_resolver = true;
    config->resolver = scan->own_resolver.address;
    return true;
}

static bool choose_ehlo(struct config *config)
{
    if (config->proxy != NULL && config->ehlo.text[0] == '\0') {
        log_message(
            "servers see the address of the proxy: give the name that leads back to it with "
            "--ehlo");
    }
    if (!ehlo_find(config)) {
        return false;
    }
    size_t num = config->source_ehlo != NULL ? config->sources->num_items : 0;
    for (size_t i = 0; i < num; i++) {
        check_ehlo(&config->source_ehlo[i]);
    }
    if (num == 0) {
        check_ehlo(&config->ehlo);
    }
    return true;
}

/* Of two families that are wanted, the one that cannot be called: 4 or 6, or 0. */
static uint8_t find_unrouted(const struct config *config)
{
    /* A proxy has routes of its own. */
    if (!config->ipv4 || !config->ipv6 || config->proxy != NULL) {
        return 0;
    }
    if (!source_addresses_has(config->sources, 4)) {
        return 4;
    }
    return source_addresses_has(config->sources, 6) ? route_missing() : 6;
}

/* Can this machine call anybody from where it was told to? */
static bool check_sources(const struct config *config)
{
    char error[256];
    if (!source_addresses_can_bind(config->sources, error, sizeof(error))) {
        log_message("--source %s", error);
        return false;
    }
    if ((!config->ipv4 || !source_addresses_has(config->sources, 4)) &&
        (!config->ipv6 || !source_addresses_has(config->sources, 6))) {
        log_message("no --source is of the family that -%c asks for", config->ipv4 ? '4' : '6');
        return false;
    }
    return true;
}

static void decide_trust(struct config *config)
{
    config->trust_ad = config->trust_ad || resolver_is_local(config->resolver);
    if (!config->trust_ad) {
        log_message("the resolver is not on this machine: DNSSEC stays unknown (--resolver own "
                    "starts one for the run; --trust-ad vouches for the way to yours)");
    }
}

static bool make_workers(struct scan *scan, char *error, size_t error_size)
{
    struct run *run = &scan->run;
    run->workers = calloc(scan->config->num_threads, sizeof(*run->workers));
    if (run->workers == NULL) {
        snprintf(error, error_size, "out of memory");
        return false;
    }
    run->pool = pool_new(scan->config->num_threads);
    if (run->pool == NULL) {
        snprintf(error, error_size, "cannot start a thread: %s", strerror(errno));
        return false;
    }
    run->num_workers = scan->config->num_threads;
    for (unsigned i = 0; i < run->num_workers; i++) {
        if (!worker_init(&run->workers[i], run, i, error, error_size)) {
            return false;
        }
    }
    return true;
}

static bool open_output(struct scan *scan, char *error, size_t error_size)
{
    struct sink_options options = {
        .path = scan->config->output,
        .append = scan->continuation.is_active,
        .tally = scan->run.tally,
        .advice = scan->run.csv != NULL ? "give another --output"
                                        : "go on with it by --resume, or give another --output",
        .on_error = on_write_error,
        .user = scan,
    };
    scan->run.sink = sink_new(&options, error, error_size);
    scan->run.emitter.sink = scan->run.sink;
    return scan->run.sink != NULL;
}

static void emit_run_record(struct scan *scan)
{
    struct run_options options;
    run_options_of(scan->config, &options);
    struct run_record record = {
        .schema_version = RECORD_SCHEMA_VERSION,
        .version = MXGRADE_VERSION,
        .policy = scan->run.policy.name,
        .policy_digest = scan->run.policy.digest,
        .list = scan->config->list,
        .list_sha256 = scan->digest.sha256[0] != '\0' ? scan->digest.sha256 : NULL,
        .options = options.items,
        .num_options = options.num_items,
        .started = scan->started,
        .now = scan->config->now,
    };
    emit_run(&scan->run.emitter, &record);
}

/* The loop, and what wakes it, which is there before any thread that may do so. */
static bool make_main_loop(struct scan *scan)
{
    struct run *run = &scan->run;
    run->loop = loop_new();
    if (run->loop != NULL) {
        ev_async_init(&run->done_wake, on_done_wake);
        run->done_wake.data = scan;
        ev_async_start(run->loop, &run->done_wake);
    }
    return run->loop != NULL;
}

static void watch_main_loop(struct scan *scan)
{
    struct ev_loop *loop = scan->run.loop;
    signals_deliver(&scan->signals, loop, on_stop, on_question, scan);
    ev_timer_init(&scan->tick, on_tick, TICK_SECONDS, TICK_SECONDS);
    scan->tick.data = scan;
    ev_timer_start(loop, &scan->tick);
}

/* ---- The end ---- */

static void emit_summary_record(struct scan *scan)
{
    struct run *run = &scan->run;
    struct totals totals = totals_of(scan);
    double seconds = moment_between(scan->loop_started, clock_now());
    struct summary_record record = {
        .policy = run->policy.name,
        .policy_digest = run->policy.digest,
        .interrupted = scan->num_stops > 0,
        .port_blocked = is_port_blocked(scan),
        .dns_failed = has_dns_failed(scan),
        .void_reason = scan->interception.reason,
        .unrouted = totals.unrouted > 0 ? unrouted_family(scan) : NULL,
        .addresses_unrouted = totals.unrouted,
        .resolver_blamed = scan->has_said_blamed,
        .lines = feeder_num_lines(scan->feeder),
        .lines_read = feeder_num_own_lines(scan->feeder),
        .lines_begun = totals.lines_begun,
        .connections = totals.connections,
        .connections_saved = totals.saved,
        .dns_questions = totals.dns_questions,
        .revised_servers = run->revised.items,
        .num_revised_servers = revised_count(&run->revised),
        .seconds = seconds,
        .seconds_to_half = scan->half_after,
        .seconds_to_95 = scan->most_after,
        .dns_seconds_share = dns_share(&totals),
        .finished = clock_wall(),
    };
    if (run->csv != NULL && !emit_csv_has_header(run->csv)) {
        emit_csv_header(run->csv, run->sink, NULL, 0); /* stopped before it was read */
    }
    sink_drain(run->sink); /* the tally is complete once everything is written */
    tally_summary(run->tally, &record);
    /* A line of a host list has no record of its own, only those of its endpoints. */
    record.lines_written =
        scan->config->hosts ? totals.lines_told : record.domains + record.invalid_lines;
    record.complete = !scan->cut_short && scan->lines_short == 0 &&
                      record.lines_begun == record.lines_read &&
                      record.lines_written == record.lines_begun;
    scan->complete = record.complete;
    scan->summary = record;
    emit_summary(&run->emitter, &record);
    if (run->csv != NULL) {
        log_message("%llu rows; CSV has no room for the run's options, its endpoints and its "
                    "summary: they are in JSON lines only",
                    (unsigned long long)(record.domains + record.invalid_lines));
    }
}

static bool bar_is_crossed(const struct scan *scan)
{
    enum grade bar;
    if (scan->config->fail_on == NULL || !grade_from_name(scan->config->fail_on, &bar)) {
        return false;
    }
    const struct tally_counters *counters = tally_counters(scan->run.tally);
    for (unsigned grade = bar; grade <= GRADE_F; grade++) {
        if (counter_read(&counters->domain_grades[grade]) > 0) {
            return true;
        }
    }
    return false;
}

/* A list of which no line at all is usable is a wrong file, which a nightly job should notice. */
static bool is_wrong_list(const struct scan *scan)
{
    uint64_t num_lines = feeder_num_own_lines(scan->feeder);
    return num_lines > 0 && scan->config->num_shards == 1 &&
           counter_read(&tally_counters(scan->run.tally)->invalid_lines) == num_lines;
}

/* Whether the file of this run is one that --resume takes. */
static bool can_be_resumed(const struct scan *scan)
{
    return sink_is_file(scan->run.sink) && !sink_is_disturbed(scan->run.sink) &&
           scan->run.csv == NULL && !scan->config->output_is_private;
}

/* After an error of the sink's. */
static const char *advice_of(const struct scan *scan)
{
    if (sink_is_disturbed(scan->run.sink)) {
        return "; scan again, into a file that nothing else touches";
    }
    return can_be_resumed(scan) ? "; what was written is whole lines, go on with --resume" : "";
}

static bool says_shortages(const struct scan *scan)
{
    if (scan->lines_short > 0) {
        notice_given_up(scan->lines_short, can_be_resumed(scan));
        return true;
    }
    if (!scan->cut_short && !scan->complete) {
        log_message("%s: not every line has its record: this machine lacked memory or descriptors",
                    scan->config->list);
    }
    return run_says_shortages(scan->run.tally);
}

static int status_of_complete(const struct scan *scan)
{
    if (is_wrong_list(scan)) {
        log_message("%s: none of its %llu lines can be used; is it the right file?",
                    scan->config->list, (unsigned long long)feeder_num_lines(scan->feeder));
        return 2;
    }
    if (scan->config->strict && tally_counters(scan->run.tally)->invalid_lines > 0) {
        return 2;
    }
    return bar_is_crossed(scan) ? 1 : 0;
}

static int finish(struct scan *scan)
{
    struct run *run = &scan->run;
    struct totals totals = totals_of(scan);
    progress_clear(scan->progress);
    say_unrouted(scan, &totals);
    note_milestones(scan);
    mention_silence(scan);
    if (scan->outage.num_doubted > 0) {
        notice_dead_resolver(scan->config, scan->outage.num_doubted);
    }
    end_interception(scan);
    scan->cut_short = scan->num_stops > 0 || outage_is_verdict(scan->outage.state) ||
                      scan->interception.reason != VOID_NONE ||
                      counter_read(&run->targets_done) < counter_read(&run->targets_admitted) ||
                      feeder_error(scan->feeder) != NULL;
    blame_end(run->blame, run->sink);
    say_blamed(scan);
    for (unsigned i = 0; i < run->num_workers; i++) {
        scan->lines_short += target_tell_given_up(&run->workers[i]);
    }
    emit_summary_record(scan);
    sink_finish(run->sink);
    feeder_tell_end(scan->feeder);
    if (feeder_error(scan->feeder) != NULL) {
        log_message("%s: %s", scan->config->list, feeder_error(scan->feeder));
    }
    if (sink_error(run->sink) != NULL) {
        log_message("results are incomplete: %s%s", sink_error(run->sink), advice_of(scan));
        return 3;
    }
    if (!says_shortages(scan) && scan->complete) {
        return status_of_complete(scan);
    }
    return 3;
}

/* Writes the figures of a run that ends with `status`; the exit status then. */
static int write_metrics(struct scan *scan, int status)
{
    const char *path = scan->config->metrics;
    struct placed_file file;
    if (path == NULL) {
        return status;
    }
    scan->summary.complete = scan->summary.complete && status != 3;
    bool ok = placed_file_open(&file, path);
    if (ok) {
        run_metrics_write(file.stream, MXGRADE_VERSION, scan->started, &scan->summary);
        ok = placed_file_close(&file, true);
    }
    if (!ok) {
        log_message("--metrics %s: %s", path, strerror(errno));
    }
    return ok ? status : 3;
}

/* The main loop, from the first line to the last record; returns the exit status. */
static int scan_list(struct scan *scan)
{
    struct run *run = &scan->run;
    if (!scan->continuation.is_active) {
        emit_run_record(scan);
    }
    scan->progress = progress_new(stderr, scan->config->progress);
    watch_main_loop(scan);
    scan->loop_started = clock_now();
    scan->last_undoubted = scan->loop_started;
    outage_init(&scan->outage, run->loop, scan->config, &scan->canaries, &run->watch, &run->names);
    const struct outage_sight sight = {.now = scan->loop_started};
    outage_begin(&scan->outage, &sight);
    hold(scan, scan->outage.state == OUTAGE_SUSPECTED);
    bool started = scan->progress != NULL;
    for (unsigned i = 0; i < run->num_workers && started; i++) {
        started = worker_start(&run->workers[i]);
    }
    started = started && feeder_start(scan->feeder, &scan->continuation.lines);
    int status = 3;
    if (!started) {
        log_message("cannot start the threads: %s", strerror(errno));
    } else {
        ev_run(run->loop, 0);
        feeder_finish(scan->feeder); /* it also gives standard input back as it was */
    }
    for (unsigned i = 0; i < run->num_workers; i++) {
        worker_post_quit(&run->workers[i]);
        worker_join(&run->workers[i]);
    }
    if (started) {
        status = write_metrics(scan, finish(scan));
    }
    if (scan->leaving) {
        own_resolver_stop(&scan->own_resolver);
        fflush(NULL);
        _exit(status); /* what is still in flight is not taken apart */
    }
    outage_fini(&scan->outage);
    ev_timer_stop(run->loop, &scan->tick);
    progress_free(scan->progress);
    return status;
}

static void scan_fini(struct scan *scan)
{
    struct run *run = &scan->run;
    pool_free(run->pool); /* what comes back from it finds the mailboxes, and nobody any more */
    for (unsigned i = 0; i < run->num_workers; i++) {
        worker_fini(&run->workers[i]);
    }
    free(run->workers);
    feeder_free(scan->feeder);
    sink_free(run->sink);
    emit_csv_free(run->csv);
    blame_free(run->blame);
    interception_free(run->interception);
    tally_free(run->tally);
    revised_fini(&run->revised);
    dane_memory_free(run->dane_memory);
    network_watch_fini(&run->watch);
    name_watch_fini(&run->names);
    canaries_fini(&scan->canaries);
    chain_cache_free(run->chain_cache);
    trust_store_free(run->trust_store);
    geo_free(run->geo);
    exclude_free(scan->config->exclude);
    scan->config->exclude = NULL;
    continuation_fini(&scan->continuation);
    if (scan->list_fd > STDIN_FILENO) {
        close(scan->list_fd);
    }
    loop_free(run->loop);
    own_resolver_stop(&scan->own_resolver);
}

/* Everything that can be wrong before the first packet is sent; the exit status, or -1 to go on. */
static int prepare(struct scan *scan)
{
    char error[512];
    struct config *config = scan->config;
    scan->list_fd = feeder_open(config->list, &scan->digest, error, sizeof(error));
    if (scan->list_fd < 0 || !file_digest_options(config, error, sizeof(error)) ||
        !load_parts(scan, error, sizeof(error)) ||
        (config->policy_file != NULL &&
         !policy_file_read(&scan->run.policy, config->policy_file, error, sizeof(error)))) {
        log_message("%s", error);
        return 2;
    }
    if (config->retry_unknown && !config->resume) {
        log_message("--retry-unknown needs --resume: it is about the results of an earlier run");
        return 2;
    }
    if (config->resume && (config->output == NULL || strcmp(config->output, "-") == 0)) {
        log_message("--resume needs --output FILE, the file to continue");
        return 2;
    }
    if (!check_sources(config)) {
        return 2;
    }
    descriptors_fit(config);
    if (!start_own_resolver(scan)) {
        return 3;
    }
    decide_trust(config);
    config->unrouted = find_unrouted(config);
    if (!choose_ehlo(config)) {
        log_message("out of memory");
        return 3;
    }
    scan->run.max_targets = TARGETS_PER_CONNECTION * (uint64_t)config->concurrency;
    if (scan->run.max_targets < TARGETS_MIN) {
        scan->run.max_targets = TARGETS_MIN;
    }
    bool has_loop = make_main_loop(scan);
    if (!has_loop || !make_workers(scan, error, sizeof(error))) {
        log_message("%s", has_loop ? error : "libev has no loop for this system");
        return 3;
    }
    scan->feeder = feeder_new(&scan->run, scan->list_fd, &scan->digest);
    if (scan->feeder == NULL) {
        log_message("out of memory");
        return 3;
    }
    if (!feeder_find_first(scan->feeder, error, sizeof(error))) {
        log_message("%s", error);
        return 2;
    }
    if (config->resume) {
        int status = continuation_load(&scan->continuation, &scan->run, &scan->digest);
        if (status >= 0) {
            return status;
        }
        if (scan->continuation.is_active) {
            config->now = scan->continuation.now;
            chain_cache_judge_at(scan->run.chain_cache, config->now);
        }
    }
    if (!proxy_check(config)) {
        return 3;
    }
    if (!open_output(scan, error, sizeof(error))) {
        log_message("%s", error);
        return 3;
    }
    return -1;
}

int run_scan(struct config *config)
{
    struct scan scan = {.config = config, .list_fd = -1, .half_after = -1, .most_after = -1};
    scan.run.config = config;
    scan.started = clock_wall();
    policy_init(&scan.run.policy);
    int status = 3;
    if (!signals_init(&scan.signals)) {
        log_message("cannot start a thread: %s", strerror(errno));
    } else if ((status = prepare(&scan)) < 0) {
        status = scan_list(&scan);
    }
    signals_fini(&scan.signals);
    scan_fini(&scan);
    return status;
}
