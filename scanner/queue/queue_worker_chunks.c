#include "scanner/queue/queue_worker_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/log.h"

#define FIRST_ID    "0-0"
#define NUMBER_SIZE 24

/* ---- Chunks ---- */

/* A line that was claimed twice, as it was taken over and came back, is in two chunks. */
struct queue_chunk *queue_worker_find_chunk(struct worker *worker, uint64_t number,
                                            enum queue_line_state state,
                                            struct queue_line **out_line)
{
    struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        struct queue_line *line = queue_chunk_line(chunk, number);
        if (line != NULL && line->state == state) {
            *out_line = line;
            return chunk;
        }
    }
    return NULL;
}

void queue_worker_set_line(struct worker *worker, struct queue_chunk *chunk,
                           struct queue_line *line, enum queue_line_state state)
{
    worker->num_open -= chunk->num_open;
    queue_chunk_set(chunk, line, state);
    worker->num_open += chunk->num_open;
}

/* What was on its way when it was dropped is told to nobody. */
void queue_worker_drop_results(struct worker *worker)
{
    queue_outbox_drop(&worker->outbox, worker->job);
    worker->delivered = NULL;
    struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        for (size_t i = 0; i < chunk->num_lines; i++) {
            if (chunk->lines[i].state == QUEUE_LINE_RECORDED) {
                queue_worker_set_line(worker, chunk, &chunk->lines[i], QUEUE_LINE_OPEN);
            }
        }
    }
}

static void drop_chunk(struct worker *worker, struct queue_chunk *chunk)
{
    worker->num_open -= chunk->num_open;
    TAILQ_REMOVE(&worker->chunks, chunk, next);
    queue_chunk_free(chunk);
}

void queue_worker_drop_chunks(struct worker *worker)
{
    while (!TAILQ_EMPTY(&worker->chunks)) {
        drop_chunk(worker, TAILQ_FIRST(&worker->chunks));
    }
    queue_chunk_free(worker->claimed);
    worker->claimed = NULL;
}

struct acknowledging {
    struct worker *worker;
    char id[QUEUE_ID_SIZE];
};

static void on_acknowledged(void *user, const redisReply *reply)
{
    struct acknowledging *acknowledging = user;
    struct worker *worker = acknowledging->worker;
    bool is_done = queue_is_fine(worker->link, reply);
    struct queue_chunk *chunk = TAILQ_FIRST(&worker->chunks);
    while (chunk != NULL && strcmp(chunk->id, acknowledging->id) != 0) {
        chunk = TAILQ_NEXT(chunk, next);
    }
    if (chunk != NULL && is_done) {
        drop_chunk(worker, chunk);
    } else if (chunk != NULL) {
        chunk->is_acknowledging = false;
    }
    free(acknowledging);
    queue_worker_step(worker);
}

/* Takes the chunk off the stream; with `rest`, a new one with these lines takes its place. */
static bool finish_chunk(struct worker *worker, struct queue_chunk *chunk,
                         const struct prepared_text *rest)
{
    const struct queue_key chunks = queue_key(worker->job, ":chunks");
    struct queue_link *link = worker->link;
    struct acknowledging *acknowledging = malloc(sizeof(*acknowledging));
    if (acknowledging == NULL) {
        return false;
    }
    acknowledging->worker = worker;
    memcpy(acknowledging->id, chunk->id, sizeof(chunk->id));
    queue_say(link, queue_on_queued, link, "MULTI");
    if (rest != NULL) {
        const struct redis_word words[] = {{"XADD", 4},        {chunks.text, strlen(chunks.text)},
                                           {"NOMKSTREAM", 10}, {"*", 1},
                                           {"lines", 5},       {rest->bytes, rest->len}};
        redis_client_send(queue_link_client(link), words, 6, queue_on_queued, link);
    }
    queue_say(link, queue_on_queued, link, "XACK", chunks.text, QUEUE_GROUP, chunk->id);
    queue_say(link, queue_on_queued, link, "XDEL", chunks.text, chunk->id);
    queue_publish(link, worker->job, rest != NULL ? "returned" : "done");
    chunk->is_acknowledging = queue_say(link, on_acknowledged, acknowledging, "EXEC");
    if (!chunk->is_acknowledging) {
        free(acknowledging);
    }
    return chunk->is_acknowledging;
}

static void return_chunk(struct worker *worker, struct queue_chunk *chunk)
{
    struct prepared_text rest = {0};
    if (queue_chunk_rest(chunk, &rest)) {
        (void)finish_chunk(worker, chunk, &rest);
    }
    prepared_text_fini(&rest);
}

void queue_worker_doubt_chunks(struct worker *worker)
{
    struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        chunk->is_doubtful = chunk->is_doubtful || chunk->num_left < chunk->num_lines;
    }
}

/* Of a chunk that is in doubt, whoever claims it next learns from Redis which lines are done. */
void queue_worker_acknowledge_chunks(struct worker *worker)
{
    struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        if (chunk->num_left > 0 || chunk->is_acknowledging) {
            continue;
        }
        if (chunk->is_doubtful) {
            return_chunk(worker, chunk);
        } else {
            (void)finish_chunk(worker, chunk, NULL);
        }
    }
}

/*
 * What the scan will not do any more goes back to the others. So do lines whose record is still on
 * its way: the worker may die before it has delivered them, and who claims a line that was
 * delivered sees by its bit that it is done.
 */
void queue_worker_return_chunks(struct worker *worker, bool has_results)
{
    struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        bool is_due = chunk->num_open > 0 || (chunk->num_left > 0 && !has_results);
        if (is_due && !chunk->is_acknowledging) {
            return_chunk(worker, chunk);
        }
    }
}

/* ---- Claiming ---- */

/* The bits of its lines, from the byte of the first on: what somebody has done is not done again.
 */
static void on_bits(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    struct queue_chunk *chunk = worker->claimed;
    worker->is_claiming = false;
    worker->claimed = NULL;
    if (!queue_is_fine(worker->link, reply)) {
        queue_chunk_free(chunk); /* it is claimed, and comes again by XAUTOCLAIM */
        return;
    }
    if (chunk == NULL) { /* the job has gone meanwhile, and the worker waits to leave it */
        queue_worker_step(worker);
        return;
    }
    uint64_t first = chunk->lines[0].number / 8;
    for (size_t i = 0; i < chunk->num_lines; i++) {
        uint64_t number = chunk->lines[i].number, byte = number / 8 - first;
        if (reply->type == REDIS_REPLY_STRING && byte < (uint64_t)reply->len &&
            (((unsigned char)reply->str[byte] >> (7 - number % 8)) & 1) != 0) {
            queue_chunk_set(chunk, &chunk->lines[i], QUEUE_LINE_DONE);
        }
    }
    if (worker->is_stopping || worker->is_leaving || chunk->num_open == 0) {
        TAILQ_INSERT_TAIL(&worker->chunks, chunk, next);
        worker->num_open += chunk->num_open;
    } else {
        queue_worker_scan_chunk(worker, chunk);
    }
    queue_worker_step(worker);
}

static void ask_for_bits(struct worker *worker)
{
    const struct queue_key done = queue_key(worker->job, ":done");
    struct queue_chunk *chunk = worker->claimed;
    char first[NUMBER_SIZE], last[NUMBER_SIZE];
    (void)snprintf(first, sizeof(first), "%" PRIu64, chunk->lines[0].number / 8);
    (void)snprintf(last, sizeof(last), "%" PRIu64, chunk->lines[chunk->num_lines - 1].number / 8);
    worker->is_claiming =
        queue_say(worker->link, on_bits, worker, "GETRANGE", done.text, first, last);
    if (!worker->is_claiming) {
        queue_chunk_free(chunk); /* as in on_bits() */
        worker->claimed = NULL;
    }
}

static bool has_chunk(const struct worker *worker, const char *id)
{
    const struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        if (strcmp(chunk->id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* An entry of the stream: [id, [name, value]]. */
static void take_entry(struct worker *worker, const redisReply *entry)
{
    worker->is_claiming = false;
    if (worker->job[0] == '\0' || entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING ||
        has_chunk(worker, entry->element[0]->str)) {
        return;
    }
    const redisReply *text = redis_reply_value(entry->element[1], "lines");
    struct queue_chunk *chunk =
        text != NULL ? queue_chunk_new(entry->element[0]->str, text->str, (size_t)text->len) : NULL;
    if (chunk == NULL && text != NULL && errno == ENOMEM) {
        queue_worker_lack_memory(worker);
        return;
    }
    if (chunk == NULL) {
        log_message("job %s: a part of its list is none that enqueue makes; cancel the job with "
                    "\"mxgrade jobs --cancel %s\"",
                    worker->job, worker->job);
        queue_worker_refuse_job(worker);
        if (worker->child != NULL) {
            queue_child_stop(worker->child);
        }
        return;
    }
    worker->is_hungry = false;
    worker->claimed = chunk;
    ask_for_bits(worker);
}

/* How far the job is: [[status, lines, run], chunks on the stream]. */
static void on_checked(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    uint64_t num_chunks = 1, lines;
    worker->is_checking = false;
    if (!queue_is_fine(worker->link, reply) || worker->job[0] == '\0' ||
        reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->elements != 3) {
        return;
    }
    const redisReply *status = reply->element[0]->element[0];
    bool is_whole = queue_read_number(reply->element[0]->element[1], &lines);
    bool is_there = status->type == REDIS_REPLY_STRING && (strcmp(status->str, QUEUE_OPEN) == 0 ||
                                                           strcmp(status->str, QUEUE_PAUSED) == 0);
    bool was_paused = worker->is_paused;
    (void)queue_read_number(reply->element[1], &num_chunks);
    if (is_there && reply->element[0]->element[2]->type == REDIS_REPLY_NIL) {
        worker->is_agreed = false; /* Redis has lost the run record: it is told again */
    }
    worker->is_paused = is_there && strcmp(status->str, QUEUE_PAUSED) == 0;
    if (!is_there) {
        log_message("job %s is %s", worker->job,
                    status->type == REDIS_REPLY_STRING ? status->str : "gone");
        queue_worker_drop_results(worker);
        queue_worker_drop_chunks(worker);
        worker->is_leaving = true;
        if (worker->child != NULL) {
            queue_child_stop(worker->child);
            queue_child_stop(worker->child);
        }
    } else if (is_whole && num_chunks == 0 && TAILQ_EMPTY(&worker->chunks)) {
        worker->is_leaving = true;
        if (worker->child != NULL) {
            queue_child_finish(worker->child);
        }
    } else if (was_paused && !worker->is_paused) {
        worker->is_hungry = false;
    }
    queue_worker_step(worker);
}

void queue_worker_check(struct worker *worker)
{
    const struct queue_key key = queue_key(worker->job, "");
    const struct queue_key chunks = queue_key(worker->job, ":chunks");
    struct queue_link *link = worker->link;
    if (!worker->is_checking && worker->job[0] != '\0') {
        queue_say(link, queue_on_queued, link, "MULTI");
        queue_say(link, queue_on_queued, link, "HMGET", key.text, "status", "lines", "run");
        queue_say(link, queue_on_queued, link, "XLEN", chunks.text);
        worker->is_checking = queue_say(link, on_checked, worker, "EXEC");
    }
}

/* A stream that has gone, or a group: so has the job. */
static bool is_job_gone(struct worker *worker, const redisReply *reply)
{
    const char *error = redis_reply_error(reply);
    if (error == NULL || strncmp(error, "NOGROUP", 7) != 0) {
        return false;
    }
    worker->is_hungry = true;
    queue_worker_check(worker);
    return true;
}

/* [[key, [entry]]], or nothing. */
static void on_claimed(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    worker->is_claiming = false;
    if (is_job_gone(worker, reply) || !queue_is_fine(worker->link, reply)) {
        return;
    }
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
        reply->element[0]->elements == 2 && reply->element[0]->element[1]->elements == 1) {
        take_entry(worker, reply->element[0]->element[1]->element[0]);
    } else {
        worker->is_hungry = true;
        queue_worker_check(worker);
    }
    queue_worker_step(worker);
}

static bool may_claim(const struct worker *worker)
{
    return !worker->is_claiming && worker->claimed == NULL && queue_worker_may_begin_scan(worker) &&
           !worker->is_stopping && !worker->is_leaving && !worker->is_finishing &&
           !worker->is_paused && !worker->is_full && worker->job[0] != '\0' &&
           worker->num_open < worker->options->hold;
}

void queue_worker_claim(struct worker *worker)
{
    const struct queue_key chunks = queue_key(worker->job, ":chunks");
    if (may_claim(worker) && !worker->is_hungry) {
        worker->is_claiming =
            queue_say(worker->link, on_claimed, worker, "XREADGROUP", "GROUP", QUEUE_GROUP,
                      worker->options->name, "COUNT", "1", "STREAMS", chunks.text, ">");
    }
}

static void take_over(struct worker *worker);

/* [where to go on, [entry]], and since 7.0 what was deleted. */
static void on_taken_over(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    worker->is_claiming = false;
    if (is_job_gone(worker, reply) || !queue_is_fine(worker->link, reply)) {
        return;
    }
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING) {
        return;
    }
    (void)snprintf(worker->cursor, sizeof(worker->cursor), "%s", reply->element[0]->str);
    if (reply->element[1]->elements == 1) {
        take_entry(worker, reply->element[1]->element[0]);
    } else if (strcmp(worker->cursor, FIRST_ID) != 0) {
        take_over(worker); /* it has looked at some of them only */
    }
    queue_worker_step(worker);
}

static void take_over(struct worker *worker)
{
    const struct queue_key chunks = queue_key(worker->job, ":chunks");
    char idle[NUMBER_SIZE];
    (void)snprintf(idle, sizeof(idle), "%.0f", worker->options->takeover * 1000);
    worker->is_claiming =
        queue_say(worker->link, on_taken_over, worker, "XAUTOCLAIM", chunks.text, QUEUE_GROUP,
                  worker->options->name, idle, worker->cursor, "COUNT", "1");
}

/* What this worker has is being worked on: nobody is to take it over. */
void queue_worker_keep_claims(struct worker *worker)
{
    const struct queue_key chunks = queue_key(worker->job, ":chunks");
    struct redis_word words[REDIS_WORDS_MAX] = {
        {"XCLAIM", 6},
        {chunks.text, strlen(chunks.text)},
        {QUEUE_GROUP, sizeof(QUEUE_GROUP) - 1},
        {worker->options->name, strlen(worker->options->name)},
        {"0", 1},
    };
    size_t num = 5;
    const struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        if (num < REDIS_WORDS_MAX - 1 && !chunk->is_acknowledging) {
            words[num++] = (struct redis_word){chunk->id, strlen(chunk->id)};
        }
    }
    if (num > 5) {
        words[num++] = (struct redis_word){"JUSTID", 6};
        (void)redis_client_send(queue_link_client(worker->link), words, num, NULL, NULL);
    }
}

void queue_worker_on_heartbeat(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct worker *worker = watcher->data;
    if (queue_link_is_up(worker->link) && worker->job[0] != '\0') {
        queue_worker_keep_claims(worker);
        worker->is_source_old = true;
        if (may_claim(worker) && worker->is_hungry) {
            take_over(worker);
        }
        queue_worker_step(worker);
    }
}
