#include "scanner/queue/queue_worker_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/base/clock.h"
#include "scanner/base/log.h"

#define RESULTS_MAX   256 /* batches that nobody has collected: then workers wait */
#define PROGRESS_SIZE 160
#define NUMBER_SIZE   24

/* ---- Delivering ---- */

void queue_worker_on_results_left(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    uint64_t num;
    worker->is_looking = false;
    if (queue_is_fine(worker->link, reply) && queue_read_number(reply, &num)) {
        worker->is_full = num >= RESULTS_MAX;
        queue_worker_step(worker);
    }
}

/* A batch whose job has gone, as it was cancelled or collected, is of no use to anybody. */
static void on_delivered(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    struct queue_batch *batch = worker->delivered;
    uint64_t num_results = 0;
    worker->is_delivering = false;
    worker->delivered = NULL;
    if (!queue_is_fine(worker->link, reply) || batch == NULL || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements < 2) {
        return;
    }
    if (reply->element[0]->type == REDIS_REPLY_NIL) {
        const struct queue_key done = queue_key(batch->job, ":done");
        const struct queue_key workers = queue_key(batch->job, ":workers");
        log_message("job %s is gone: %zu results of it are dropped", batch->job, batch->num_lines);
        queue_say(worker->link, NULL, NULL, "DEL", done.text, workers.text);
    }
    for (size_t i = 0; i < batch->num_lines && strcmp(batch->job, worker->job) == 0; i++) {
        struct queue_line *line;
        struct queue_chunk *chunk =
            queue_worker_find_chunk(worker, batch->lines[i], QUEUE_LINE_RECORDED, &line);
        if (chunk != NULL) {
            queue_worker_set_line(worker, chunk, line, QUEUE_LINE_DONE);
            worker->num_delivered++;
        }
    }
    queue_outbox_remove(&worker->outbox, batch);
    if (queue_read_number(reply->element[reply->elements - 1], &num_results)) {
        worker->is_full = num_results >= RESULTS_MAX;
    }
    queue_worker_step(worker);
}

static void send_batch(struct worker *worker, struct queue_batch *batch)
{
    const struct queue_key results = queue_key(batch->job, ":results");
    const struct queue_key done = queue_key(batch->job, ":done");
    const struct queue_key workers = queue_key(batch->job, ":workers");
    struct queue_link *link = worker->link;
    char progress[PROGRESS_SIZE], number[NUMBER_SIZE];
    const struct redis_word words[] = {
        {"XADD", 4},        {results.text, strlen(results.text)},
        {"NOMKSTREAM", 10}, {"*", 1},
        {"worker", 6},      {worker->options->name, strlen(worker->options->name)},
        {"records", 7},     {batch->text, batch->len},
    };
    (void)snprintf(progress, sizeof(progress), "%" PRIu64 " %zu %.0f",
                   worker->num_delivered + batch->num_lines, worker->num_open, clock_wall());
    queue_say(link, queue_on_queued, link, "MULTI");
    redis_client_send(queue_link_client(link), words, 8, queue_on_queued, link);
    for (size_t i = 0; i < batch->num_lines; i++) {
        (void)snprintf(number, sizeof(number), "%" PRIu64, batch->lines[i]);
        queue_say(link, queue_on_queued, link, "SETBIT", done.text, number, "1");
    }
    queue_say(link, queue_on_queued, link, "HSET", workers.text, worker->options->name, progress);
    queue_publish(link, batch->job, QUEUE_RESULTS);
    queue_say(link, queue_on_queued, link, "XLEN", results.text);
    worker->delivered = batch;
    worker->is_delivering = queue_say(link, on_delivered, worker, "EXEC");
}

void queue_worker_deliver(struct worker *worker)
{
    if (worker->is_delivering) {
        return;
    }
    struct queue_batch *batch = queue_outbox_first(&worker->outbox);
    if (worker->outbox.has_lost) {
        worker->outbox.has_lost = false;
        queue_worker_give_up(worker); /* the lines of that file go back to the others */
    }
    bool is_of_job = batch != NULL && strcmp(batch->job, worker->job) == 0;
    if (batch == NULL || worker->is_full || (is_of_job && !worker->is_agreed)) {
        return;
    }
    send_batch(worker, batch);
}

void queue_worker_on_flush(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct worker *worker = watcher->data;
    queue_outbox_close(&worker->outbox);
    worker->is_source_old = true;
    if (!queue_link_is_up(worker->link)) {
        (void)queue_outbox_spill(&worker->outbox);
    }
    queue_worker_step(worker);
}
