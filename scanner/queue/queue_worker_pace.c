#include "scanner/queue/queue_worker_internal.h"

#include <openssl/rand.h>
#include <stdio.h>

#include "io/base/clock.h"

#define BACK_OFF_SECONDS 0.1
#define SOURCE_SECONDS   "3600" /* then nobody remembers a source that nobody uses */
#define PROGRESS_SIZE    160

/* ---- The part of the pace ---- */

/* A scan keeps the part that it was begun with: it ends its list, and the next one has another. */
void queue_worker_finish_scan(struct worker *worker)
{
    if (worker->child != NULL && !worker->is_finishing) {
        worker->is_finishing = true;
        queue_child_finish(worker->child);
    }
}

void queue_worker_give_part_back(struct worker *worker)
{
    worker->parts = 0;
    worker->has_part = false;
    worker->is_source_old = true;
}

static void change_part(struct worker *worker)
{
    if (worker->child != NULL) {
        queue_worker_finish_scan(worker);
    } else {
        queue_worker_give_part_back(worker);
    }
}

/* So that of two who named parts at the same moment one is first the next time. */
static void back_off(struct worker *worker)
{
    uint8_t random;
    RAND_bytes(&random, 1);
    double seconds = BACK_OFF_SECONDS * (1 + random / 64.);
    worker->not_before = moment_after(clock_now(), seconds);
    if (!ev_is_active(&worker->flush)) {
        ev_timer_set(&worker->flush, seconds + BACK_OFF_SECONDS, 0.);
        ev_timer_start(queue_link_loop(worker->link), &worker->flush);
    }
}

/*
 * A part is named first and taken if the others, who see the name, still leave it. Two who name
 * parts at the same moment see each other and try again.
 */
static void on_source(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    worker->is_asking_source = false;
    if (!queue_is_fine(worker->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements < 2) {
        worker->is_source_old = true;
        return;
    }
    const struct queue_worker_options *options = worker->options;
    const struct queue_sharing sharing =
        queue_sharing_of(reply->element[1], options->name, clock_wall(), options->takeover,
                         options->pace.per_address);
    bool is_claiming = worker->is_claiming || worker->claimed != NULL;
    if (worker->child != NULL || worker->has_part) {
        /* What is being claimed is to be scanned with the part that it was claimed with. */
        worker->is_source_old = sharing.num_parts != worker->parts && is_claiming;
        if (sharing.num_parts != worker->parts && !is_claiming) {
            change_part(worker);
        }
    } else if (worker->parts == 0) {
        bool names = sharing.is_free && moment_between(worker->not_before, clock_now()) >= 0;
        worker->parts = names ? sharing.num_parts : 0;
        worker->is_source_old = names;
    } else if (sharing.is_free && sharing.num_parts == worker->parts) {
        worker->has_part = true;
    } else {
        queue_worker_give_part_back(worker);
        back_off(worker);
    }
    queue_worker_step(worker);
}

void queue_worker_ask_source(struct worker *worker)
{
    const struct queue_key key = queue_source_key(worker->options->source);
    struct queue_link *link = worker->link;
    char state[PROGRESS_SIZE];
    (void)snprintf(state, sizeof(state), "%.0f %u", clock_wall(), worker->parts);
    worker->is_source_old = false;
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "HSET", key.text, worker->options->name, state);
    queue_say(link, queue_on_queued, link, "HGETALL", key.text);
    queue_say(link, queue_on_queued, link, "EXPIRE", key.text, SOURCE_SECONDS);
    if (worker->parts != worker->parts_told || !worker->has_joined) {
        queue_publish(link, worker->job, "source");
    }
    worker->has_joined = true;
    worker->parts_told = worker->parts;
    worker->is_asking_source = queue_say(link, on_source, worker, "EXEC");
}

void queue_worker_leave_source(struct worker *worker)
{
    if (worker->options->source != NULL && worker->has_joined) {
        const struct queue_key key = queue_source_key(worker->options->source);
        queue_say(worker->link, NULL, NULL, "HDEL", key.text, worker->options->name);
    }
    worker->has_joined = worker->has_part = false;
    worker->parts = worker->parts_told = 0;
}

bool queue_worker_may_begin_scan(const struct worker *worker)
{
    return worker->options->source == NULL || worker->child != NULL || worker->has_part;
}
