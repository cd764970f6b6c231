#include "scanner/queue/queue_worker_internal.h"

#include <stdio.h>

#include "io/base/clock.h"

#define SOURCE_SECONDS "3600" /* then nobody remembers a source that nobody uses */
#define PROGRESS_SIZE  160

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
    if (worker->child != NULL) {
        if (sharing.num_parts != worker->parts) {
            queue_worker_finish_scan(worker);
        }
    } else if (worker->parts == 0) {
        worker->parts = sharing.is_free ? sharing.num_parts : 0;
        worker->is_source_old = sharing.is_free;
    } else if (sharing.is_free && sharing.num_parts == worker->parts) {
        worker->has_part = true;
    } else {
        queue_worker_give_part_back(worker);
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
