#include "scanner/engine/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/base/loop.h"
#include "scanner/base/log.h"
#include "scanner/enforcement/dane_memory.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/notices.h"
#include "scanner/engine/run_id.h"
#include "scanner/engine/scan.h"
#include "scanner/grading/acceptances.h"

#define TICK_SECONDS 0.05

static void draw_progress(struct scan *scan)
{
    const struct progress_snapshot snapshot = scan_snapshot(scan);
    progress_draw(scan->progress, &snapshot, tally_counters(scan->run.tally));
}

static void on_question(void *user)
{
    struct scan *scan = user;
    const struct progress_snapshot snapshot = scan_snapshot(scan);
    progress_say(scan->progress, &snapshot, tally_counters(scan->run.tally));
}

static void on_stop(void *user, unsigned num_stops)
{
    struct scan *scan = user;
    progress_clear(scan->progress);
    scan->num_stops = num_stops;
    if (num_stops == 1) {
        log_message("stopping: waiting for the dialogues that are under way; once more to leave at "
                    "once");
        scan_stop_starting(scan);
    } else {
        scan->leaving = true;
        ev_break(scan->run.loop, EVBREAK_ALL);
    }
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

/* Nothing is under way any more, nor any control. */
static void leave_if_done(struct scan *scan)
{
    const struct run *run = &scan->run;
    if (!feeder_is_done(scan->feeder) || scan_lines_under_way(scan) > 0) {
        return;
    }
    if (!atomic_load(&run->is_stopping)) {
        scan_watch_outages(scan);
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
        scan_watch_outages(scan);
    }
    leave_if_done(scan);
}

/*
 * Has the workers ask the questions that were put off. That is due when no dialogue is under way or
 * waits for its turn: all else is done, or the targets that wait for such questions fill all
 * places.
 */
static void ask_late(struct scan *scan, const struct scan_totals *totals)
{
    bool is_late = totals->in_flight == 0 && totals->waiting == 0;
    for (unsigned i = 0; totals->dns_put_off > 0 && is_late && i < scan->run.num_workers; i++) {
        worker_post_late(&scan->run.workers[i]);
    }
}

/* What is kept of lines that were given up may not grow with the list. */
static void watch_shortages(struct scan *scan)
{
    struct run *run = &scan->run;
    if (run_has_too_many_short(run) && !atomic_load(&run->is_stopping)) {
        progress_clear(scan->progress);
        notice_too_many_given_up(counter_read(&run->targets_short));
        scan_stop_starting(scan);
    }
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct scan *scan = watcher->data;
    struct scan_totals totals = scan_totals_of(scan);
    watch_own_resolver(scan);
    if (!atomic_load(&scan->run.is_stopping)) {
        scan_watch_outages(scan);
    }
    scan_check_interception(scan);
    watch_shortages(scan);
    ask_late(scan, &totals);
    scan_drop_late_verdicts(scan, &totals);
    scan_say_unrouted(scan, &totals);
    scan_say_blamed(scan);
    scan_note_milestones(scan);
    draw_progress(scan);
    leave_if_done(scan);
}

static void emit_run_record(struct scan *scan)
{
    struct run_options options;
    const struct run_record record = scan_run_record(scan, &options);
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
    scan_begin_outages(scan);
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
        status = scan_write_metrics(scan, scan_finish(scan));
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
    list_converters_release(&scan->converters);
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
    acceptances_free(run->policy.accepted);
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

int run_scan(struct config *config)
{
    struct scan scan = {.config = config, .list_fd = -1, .half_after = -1, .most_after = -1};
    scan.run.config = config;
    scan.started = clock_wall();
    run_id_new(scan.run_id);
    policy_init(&scan.run.policy);
    int status = 3;
    if (!signals_init(&scan.signals)) {
        log_message("cannot start a thread: %s", strerror(errno));
    } else if (!make_main_loop(&scan)) {
        log_message("libev has no loop for this system");
    } else if ((status = scan_prepare(&scan)) < 0) {
        status = scan_list(&scan);
    }
    signals_fini(&scan.signals);
    scan_fini(&scan);
    return status;
}
