/*
 * One step at a time: whatever is known to be due is asked of Redis, and each answer leads to the
 * next step. What was asked when Redis was lost is asked again, as all of it may be done twice:
 * results of a line count once (queue_collect.c), and a part of the list that is scanned twice only
 * costs time.
 */
#include "scanner/queue/queue_worker.h"

#include <stdlib.h>

#include "scanner/base/log.h"
#include "scanner/queue/queue_worker_internal.h"

#define QUIET_SECONDS 2. /* without a record, where a scan has all that it can get */

/* ---- The end ---- */

void queue_worker_give_up(struct worker *worker)
{
    worker->has_failed = true;
    worker->is_stopping = true;
    if (worker->child != NULL) {
        queue_child_stop(worker->child);
    }
}

void queue_worker_lack_memory(struct worker *worker)
{
    log_message("out of memory");
    queue_worker_give_up(worker);
}

void queue_worker_note_progress(struct worker *worker)
{
    worker->num_quiet = 0;
    worker->quiet.repeat = QUIET_SECONDS;
    ev_timer_again(queue_link_loop(worker->link), &worker->quiet);
}

/* ---- All together ---- */

void queue_worker_step(struct worker *worker)
{
    if (worker->child != NULL) {
        queue_child_hold(worker->child, worker->is_full && !worker->is_stopping);
    }
    if (!queue_link_is_up(worker->link)) {
        return;
    }
    if (worker->options->source != NULL && worker->is_source_old && !worker->is_asking_source &&
        worker->job[0] != '\0' && !worker->is_stopping) {
        queue_worker_ask_source(worker);
    }
    queue_worker_agree(worker);
    queue_worker_deliver(worker);
    queue_worker_acknowledge_chunks(worker);
    if (worker->job[0] == '\0') {
        queue_worker_find_job(worker);
    } else if ((worker->is_leaving || worker->is_stopping) && worker->child == NULL) {
        queue_worker_leave_job(worker);
    } else {
        queue_worker_claim(worker);
    }
    queue_worker_end_if_done(worker);
}

static void on_up(void *user)
{
    struct worker *worker = user;
    worker->is_hungry = false;
    worker->is_source_old = true;
    queue_worker_doubt_chunks(worker);
    if (worker->job[0] != '\0') {
        queue_worker_keep_claims(worker);
        queue_worker_check(worker);
    }
    queue_worker_step(worker);
}

/* Results are kept on disk until it is back. */
static void on_down(void *user)
{
    struct worker *worker = user;
    (void)queue_outbox_spill(&worker->outbox);
}

static void on_event(void *user)
{
    struct worker *worker = user;
    worker->is_hungry = false;
    worker->is_source_old = true;
    queue_worker_check(worker);
    if (worker->is_full && !worker->is_looking) {
        const struct queue_key results = queue_key(worker->job, ":results");
        worker->is_looking =
            queue_say(worker->link, queue_worker_on_results_left, worker, "XLEN", results.text);
    }
    queue_worker_step(worker);
}

/* What is under way is finished and delivered; a second time, what can be kept is kept on disk. */
static void on_stop(void *user, unsigned num_stops)
{
    struct worker *worker = user;
    worker->is_stopping = true;
    if (worker->child != NULL) {
        queue_child_hold(worker->child, false);
        queue_child_stop(worker->child);
    }
    if (num_stops == 1 && queue_link_is_up(worker->link)) {
        log_message("stopping: waiting for the dialogues that are under way; once more to leave at "
                    "once");
        queue_worker_step(worker);
        return;
    }
    queue_link_end(worker->link, QUEUE_STATUS_FAILED);
}

/* What could not be delivered stays on disk. Returns the exit status. */
static int keep_results(struct worker *worker, int status)
{
    queue_outbox_close(&worker->outbox);
    if (!queue_outbox_spill(&worker->outbox) || TAILQ_EMPTY(&worker->outbox.batches)) {
        return status;
    }
    log_message("results that could not be delivered are in %s; a worker with this --spool "
                "delivers them",
                worker->options->spool);
    return QUEUE_STATUS_FAILED;
}

static void free_worker(struct worker *worker)
{
    queue_child_free(worker->child);
    worker->child = NULL;
    queue_link_free(worker->link);
    queue_worker_drop_chunks(worker);
    queue_outbox_fini(&worker->outbox);
    arena_free(&worker->finding);
    arena_free(&worker->memory);
    free(worker->run);
}

int queue_worker_run(const struct queue_worker_options *options)
{
    struct worker worker = {.options = options};
    const struct queue_handler handler = {
        .on_up = on_up,
        .on_down = on_down,
        .on_stop = on_stop,
        .on_event = on_event,
        .user = &worker,
        .ignored = QUEUE_RESULTS,
        .waits_for_redis = true,
    };
    int status = QUEUE_STATUS_FAILED;
    TAILQ_INIT(&worker.chunks);
    if (queue_outbox_init(&worker.outbox, options->spool, options->name) &&
        (worker.link = queue_link_new(options->access, &handler)) != NULL) {
        struct ev_loop *loop = queue_link_loop(worker.link);
        double seconds = options->takeover / 3;
        ev_timer_init(&worker.flush, queue_worker_on_flush, 0., 0.);
        ev_timer_init(&worker.heartbeat, queue_worker_on_heartbeat, seconds, seconds);
        ev_timer_init(&worker.quiet, queue_worker_on_quiet, 0., 0.);
        worker.flush.data = worker.heartbeat.data = worker.quiet.data = &worker;
        ev_timer_start(loop, &worker.heartbeat);
        queue_link_watch(worker.link);
        status = queue_link_run(worker.link);
        ev_timer_stop(loop, &worker.heartbeat);
        ev_timer_stop(loop, &worker.flush);
        ev_timer_stop(loop, &worker.quiet);
        status = keep_results(&worker, status);
    }
    free_worker(&worker);
    return status;
}
