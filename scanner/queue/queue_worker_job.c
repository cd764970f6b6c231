#include "scanner/queue/queue_worker_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/log.h"

#define FIRST_ID "0-0"
#define JOBS_MAX 1000

/* ---- Finding a job ---- */

static bool was_refused(const struct worker *worker, const char *job)
{
    for (size_t i = 0; i < worker->num_refused; i++) {
        if (strcmp(worker->refused[i], job) == 0) {
            return true;
        }
    }
    return false;
}

static void look_at_next_job(struct worker *worker);

static void take_job(struct worker *worker, const char *job, const struct queue_job *info)
{
    (void)snprintf(worker->job, sizeof(worker->job), "%s", job);
    if (strcmp(info->policy, worker->options->policy) != 0) {
        log_message("job %s is not for this worker: it wants a grading policy with the digest %s, "
                    "and this program's is %s; is it of another version?",
                    job, info->policy, worker->options->policy);
        queue_worker_refuse_job(worker);
        worker->is_leaving = false;
        worker->job[0] = '\0';
        return;
    }
    worker->info = *info;
    worker->is_paused = strcmp(info->status, QUEUE_PAUSED) == 0;
    worker->is_leaving = worker->is_agreed = worker->is_hungry = worker->is_full = false;
    worker->num_recorded = worker->num_delivered = 0;
    (void)snprintf(worker->cursor, sizeof(worker->cursor), "%s", FIRST_ID);
    worker->is_source_old = true;
    log_message("working on job %s", job);
}

/* [the job's hash, how many chunks are on its stream] */
static void on_job(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    struct queue_job info;
    uint64_t num_chunks;
    worker->is_finding = false;
    if (!queue_is_fine(worker->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 2 || worker->job[0] != '\0') {
        return;
    }
    const char *job = worker->jobs[worker->at_job++];
    bool is_one = queue_job_read(reply->element[0], &worker->memory, &info) &&
                  queue_read_number(reply->element[1], &num_chunks);
    bool has_work =
        is_one &&
        (strcmp(info.status, QUEUE_OPEN) == 0 || strcmp(info.status, QUEUE_PAUSED) == 0) &&
        (!info.is_whole || num_chunks > 0);
    if (has_work) {
        take_job(worker, job, &info);
    }
    if (worker->job[0] == '\0') {
        arena_free(&worker->memory);
        look_at_next_job(worker);
    } else {
        queue_worker_step(worker);
    }
}

static void look_at_next_job(struct worker *worker)
{
    while (worker->at_job < worker->num_jobs && was_refused(worker, worker->jobs[worker->at_job])) {
        worker->at_job++;
    }
    if (worker->at_job < worker->num_jobs && !worker->is_stopping) {
        const char *job = worker->jobs[worker->at_job];
        const struct queue_key key = queue_key(job, ""), chunks = queue_key(job, ":chunks");
        struct queue_link *link = worker->link;
        queue_say(link, queue_on_queued, link, "MULTI");
        queue_say(link, queue_on_queued, link, "HGETALL", key.text);
        queue_say(link, queue_on_queued, link, "XLEN", chunks.text);
        worker->is_finding = queue_say(link, on_job, worker, "EXEC");
        return;
    }
    if (worker->options->once && !worker->is_stopping) {
        if (worker->options->job != NULL) {
            log_message("job %s has nothing to be done", worker->options->job);
        }
        worker->is_stopping = true;
    }
    worker->is_hungry = true; /* until something happens to a job */
    queue_worker_step(worker);
}

static void on_jobs(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    worker->is_finding = false;
    if (!queue_is_fine(worker->link, reply) || reply->type != REDIS_REPLY_ARRAY) {
        return;
    }
    arena_free(&worker->finding);
    worker->at_job = worker->num_jobs = 0;
    worker->jobs = arena_alloc(&worker->finding, JOBS_MAX * sizeof(*worker->jobs));
    for (size_t i = 0; worker->jobs != NULL && i < reply->elements && i < JOBS_MAX; i++) {
        const redisReply *job = reply->element[i];
        if (job->type == REDIS_REPLY_STRING && queue_is_name(job->str) &&
            (worker->options->job == NULL || strcmp(worker->options->job, job->str) == 0)) {
            const char *copy = arena_copy(&worker->finding, job->str, strlen(job->str));
            if (copy != NULL) {
                worker->jobs[worker->num_jobs++] = copy;
            }
        }
    }
    look_at_next_job(worker);
}

void queue_worker_find_job(struct worker *worker)
{
    if (!worker->is_finding && !worker->is_hungry && !worker->is_stopping) {
        worker->is_finding =
            queue_say(worker->link, on_jobs, worker, "ZRANGE", QUEUE_JOBS, "0", "-1");
    }
}

/* ---- Leaving one ---- */

static bool has_batch_of(const struct worker *worker, const char *job)
{
    const struct queue_batch *batch;
    TAILQ_FOREACH(batch, &worker->outbox.batches, next)
    {
        if (strcmp(batch->job, job) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * Once its scan has ended, and all that came of it is with Redis. Its consumer stays in the group:
 * it may own a part that the worker never heard of, as the reply was lost, and that part must stay
 * pending until somebody takes it over.
 */
void queue_worker_leave_job(struct worker *worker)
{
    const struct queue_key workers = queue_key(worker->job, ":workers");
    struct queue_link *link = worker->link;
    if (worker->is_agreeing) {
        return; /* the answer decides what becomes of its results */
    }
    if (!worker->is_agreed) {
        queue_worker_drop_results(worker);
    }
    bool has_results = has_batch_of(worker, worker->job);
    if (worker->is_claiming || !TAILQ_EMPTY(&worker->chunks) || worker->claimed != NULL) {
        queue_worker_return_chunks(worker, has_results);
        return;
    }
    if (has_results) {
        return;
    }
    queue_say(link, NULL, NULL, "HDEL", workers.text, worker->options->name);
    queue_worker_leave_source(worker);
    queue_publish(link, worker->job, "left");
    free(worker->run);
    worker->run = NULL;
    worker->job[0] = '\0';
    worker->is_leaving = worker->is_hungry = worker->is_paused = worker->is_full = false;
    arena_free(&worker->memory);
    worker->is_stopping = worker->is_stopping || worker->options->once;
}

void queue_worker_end_if_done(struct worker *worker)
{
    if (worker->is_stopping && worker->job[0] == '\0' && worker->child == NULL &&
        !worker->is_delivering &&
        (queue_outbox_first(&worker->outbox) == NULL || worker->has_failed || worker->is_full)) {
        queue_link_end(worker->link, worker->has_failed ? QUEUE_STATUS_FAILED : 0);
    }
}
