/*
 * One step at a time: whatever is known to be due is asked of Redis, and each answer leads to the
 * next step. What was asked when Redis was lost is asked again, as all of it may be done twice:
 * results of a line count once (queue_collect.c), and a part of the list that is scanned twice only
 * costs time.
 */
#include "scanner/queue/queue_worker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/clock.h"
#include "output/file/run_match.h"
#include "output/record/record_read.h"
#include "scanner/base/log.h"
#include "scanner/queue/queue_child.h"
#include "scanner/queue/queue_chunk.h"
#include "scanner/queue/queue_options.h"
#include "scanner/queue/queue_outbox.h"

#define FIRST_ID      "0-0"
#define QUIET_SECONDS 5. /* without a record, where a scan has all that it can get */
#define FLUSH_SECONDS 1.
#define RESULTS_MAX   256 /* batches that nobody has collected: then workers wait */
#define JOBS_MAX      1000
#define REFUSED_MAX   32
#define PROGRESS_SIZE 160
#define NUMBER_SIZE   24
#define ARGUMENTS_MAX 64 /* beside the worker's own */

TAILQ_HEAD(queue_chunks, queue_chunk);

struct worker {
    const struct queue_worker_options *options;
    struct queue_link *link;
    int status;

    /* Looking for a job. */
    struct arena finding;
    const char **jobs;
    size_t num_jobs, at_job;
    char refused[REFUSED_MAX][QUEUE_NAME_MAX + 1];
    size_t num_refused;

    /* The job. */
    char job[QUEUE_NAME_MAX + 1]; /* "": none */
    struct arena memory;
    struct queue_job info;
    bool is_paused, is_leaving; /* its scan is to end */
    char *run;                  /* the run record of the scan; NULL: not known so far */
    bool is_agreed;             /* it fits those of the others */
    struct queue_child *child;
    struct queue_chunks chunks;
    size_t num_open; /* lines without a record */
    uint64_t num_recorded, num_delivered;

    /* What is asked of Redis right now. */
    bool is_finding, is_claiming, is_checking, is_agreeing, is_delivering, is_looking, is_returning;
    bool is_hungry;             /* there was nothing to claim */
    bool is_finishing;          /* its scan is given no more, so that it tells what it holds back */
    char cursor[QUEUE_ID_SIZE]; /* where the look for abandoned parts goes on */
    bool is_full;               /* too much is uncollected */
    struct queue_chunk *claimed;   /* until it is known which of its lines are done */
    struct queue_batch *delivered; /* on its way */

    struct queue_outbox outbox;
    ev_timer flush, heartbeat, quiet;
    bool is_stopping, has_failed;
};

static void step(struct worker *worker);

/* ---- The end ---- */

static void give_up(struct worker *worker)
{
    worker->has_failed = true;
    worker->is_stopping = true;
    if (worker->child != NULL) {
        queue_child_stop(worker->child);
    }
}

static void lack_memory(struct worker *worker)
{
    log_message("out of memory");
    give_up(worker);
}

static void note_progress(struct worker *worker)
{
    worker->quiet.repeat = QUIET_SECONDS;
    ev_timer_again(queue_link_loop(worker->link), &worker->quiet);
}

/* ---- Chunks ---- */

/* A line that was claimed twice, as it was taken over and came back, is in two chunks. */
static struct queue_chunk *find_chunk(struct worker *worker, uint64_t number,
                                      enum queue_line_state state, struct queue_line **out_line)
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

/* What was on its way when it was dropped is told to nobody. */
static void drop_results(struct worker *worker)
{
    queue_outbox_drop(&worker->outbox, worker->job);
    worker->delivered = NULL;
}

static void set_line(struct worker *worker, struct queue_chunk *chunk, struct queue_line *line,
                     enum queue_line_state state)
{
    worker->num_open -= chunk->num_open;
    queue_chunk_set(chunk, line, state);
    worker->num_open += chunk->num_open;
}

static void drop_chunk(struct worker *worker, struct queue_chunk *chunk)
{
    worker->num_open -= chunk->num_open;
    TAILQ_REMOVE(&worker->chunks, chunk, next);
    queue_chunk_free(chunk);
}

static void drop_chunks(struct worker *worker)
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
    step(worker);
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

static void acknowledge_chunks(struct worker *worker)
{
    struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        if (chunk->num_left == 0 && !chunk->is_acknowledging) {
            (void)finish_chunk(worker, chunk, NULL);
        }
    }
}

/* What the scan will not do any more goes back to the others. */
static void return_chunks(struct worker *worker)
{
    struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        struct prepared_text rest = {0};
        if (chunk->num_open > 0 && !chunk->is_acknowledging && queue_chunk_rest(chunk, &rest)) {
            (void)finish_chunk(worker, chunk, &rest);
        }
        prepared_text_fini(&rest);
    }
}

/* ---- Delivering ---- */

static void on_results_left(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    uint64_t num;
    worker->is_looking = false;
    if (queue_is_fine(worker->link, reply) && queue_read_number(reply, &num)) {
        worker->is_full = num >= RESULTS_MAX;
        step(worker);
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
        struct queue_chunk *chunk = find_chunk(worker, batch->lines[i], QUEUE_LINE_RECORDED, &line);
        if (chunk != NULL) {
            set_line(worker, chunk, line, QUEUE_LINE_DONE);
            worker->num_delivered++;
        }
    }
    queue_outbox_remove(&worker->outbox, batch);
    if (queue_read_number(reply->element[reply->elements - 1], &num_results)) {
        worker->is_full = num_results >= RESULTS_MAX;
    }
    step(worker);
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

static void deliver(struct worker *worker)
{
    if (worker->is_delivering) {
        return;
    }
    struct queue_batch *batch = queue_outbox_first(&worker->outbox);
    bool is_of_job = batch != NULL && strcmp(batch->job, worker->job) == 0;
    if (batch == NULL || worker->is_full || (is_of_job && !worker->is_agreed)) {
        return;
    }
    send_batch(worker, batch);
}

static void on_flush(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct worker *worker = watcher->data;
    queue_outbox_close(&worker->outbox);
    if (!queue_link_is_up(worker->link)) {
        (void)queue_outbox_spill(&worker->outbox);
    }
    step(worker);
}

/* ---- What the scan says ---- */

static void refuse_job(struct worker *worker)
{
    if (worker->num_refused < REFUSED_MAX) {
        memcpy(worker->refused[worker->num_refused++], worker->job, sizeof(worker->job));
    }
    if (worker->options->job != NULL || worker->options->once) {
        give_up(worker);
    }
    worker->is_leaving = true;
}

static bool read_run(const char *text, size_t len, struct arena *arena, struct run_record *out_run)
{
    struct record record;
    if (record_read(text, len, arena, &record) != RECORD_READ || record.kind != RECORD_RUN) {
        return false;
    }
    *out_run = record.run;
    return true;
}

/* Results of workers that judge differently must not end up in one file. */
static void on_run_of_others(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    struct arena arena = {0};
    struct run_record mine, theirs;
    char error[1024] = "what stands in Redis is no run record";
    worker->is_agreeing = false;
    if (!queue_is_fine(worker->link, reply) || worker->run == NULL) {
        return;
    }
    worker->is_agreed = reply->type == REDIS_REPLY_STRING &&
                        read_run(worker->run, strlen(worker->run), &arena, &mine) &&
                        read_run(reply->str, (size_t)reply->len, &arena, &theirs) &&
                        run_match((struct run_named){&theirs, "the first worker"},
                                  (struct run_named){&mine, "this worker"}, error, sizeof(error));
    arena_free(&arena);
    if (!worker->is_agreed) {
        log_message("job %s is not for this worker: %s", worker->job, error);
        drop_results(worker);
        refuse_job(worker);
        if (worker->child != NULL) {
            queue_child_stop(worker->child);
            queue_child_stop(worker->child);
        }
    }
    step(worker);
}

static void agree(struct worker *worker)
{
    const struct queue_key key = queue_key(worker->job, "");
    if (worker->run == NULL || worker->is_agreed || worker->is_agreeing || worker->is_leaving) {
        return;
    }
    queue_say(worker->link, queue_on_queued, worker->link, "HSETNX", key.text, "run", worker->run);
    worker->is_agreeing =
        queue_say(worker->link, on_run_of_others, worker, "HGET", key.text, "run");
}

static void take_domain(struct worker *worker, const struct domain_record *domain, const char *text,
                        size_t len)
{
    struct queue_line *line;
    struct queue_chunk *chunk = find_chunk(worker, domain->line, QUEUE_LINE_OPEN, &line);
    bool is_given_up =
        domain->dns_outcome == OUTCOME_INTERRUPTED ||
        (domain->dns_outcome == OUTCOME_LOCAL_ERROR && (worker->is_stopping || worker->is_leaving));
    if (is_given_up || chunk == NULL) {
        return;
    }
    set_line(worker, chunk, line, QUEUE_LINE_RECORDED);
    worker->num_recorded++;
    if (!queue_outbox_add(&worker->outbox, worker->job, text, len, domain->line)) {
        lack_memory(worker);
    }
}

/* Nothing that it said is believed; of what was delivered before, the message tells. */
static void take_void(struct worker *worker, const struct run_void_record *record)
{
    log_message("what this worker sees is not what servers say (%s): its results that are not "
                "delivered are dropped, and their lines go to other workers; %" PRIu64
                " were delivered before",
                record->detail != NULL ? record->detail : "", worker->num_delivered);
    drop_results(worker);
    struct queue_chunk *chunk;
    TAILQ_FOREACH(chunk, &worker->chunks, next)
    {
        for (size_t i = 0; i < chunk->num_lines; i++) {
            if (chunk->lines[i].state == QUEUE_LINE_RECORDED) {
                set_line(worker, chunk, &chunk->lines[i], QUEUE_LINE_OPEN);
            }
        }
    }
    give_up(worker);
}

/* Endpoints have the longest records, and nothing in them is looked at. */
static bool is_endpoint(const char *text, size_t len)
{
    static const char beginning[] = "{\"type\":\"endpoint\",";
    return len > sizeof(beginning) && memcmp(text, beginning, sizeof(beginning) - 1) == 0;
}

static void pass_on(struct worker *worker, const char *text, size_t len)
{
    if (!queue_outbox_add(&worker->outbox, worker->job, text, len, 0)) {
        lack_memory(worker);
    }
}

static void on_record(void *user, const char *text, size_t len)
{
    struct worker *worker = user;
    struct arena arena = {0};
    struct record record;
    if (is_endpoint(text, len)) {
        pass_on(worker, text, len);
    } else if (record_read(text, len, &arena, &record) == RECORD_READ) {
        switch (record.kind) {
        case RECORD_RUN:
            free(worker->run);
            worker->run = strndup(text, len);
            agree(worker);
            break;
        case RECORD_DOMAIN:
            take_domain(worker, &record.domain, text, len);
            break;
        case RECORD_ENDPOINT:
        case RECORD_SUMMARY:
            pass_on(worker, text, len);
            break;
        case RECORD_RUN_VOID:
            take_void(worker, &record.run_void);
            break;
        case RECORD_OTHER:
            break;
        }
    }
    arena_free(&arena);
    note_progress(worker);
    if (!ev_is_active(&worker->flush)) {
        ev_timer_set(&worker->flush, FLUSH_SECONDS, 0.);
        ev_timer_start(queue_link_loop(worker->link), &worker->flush);
    }
    step(worker);
}

static void on_child_end(void *user, int status)
{
    struct worker *worker = user;
    bool was_stopped = worker->is_stopping || worker->is_leaving;
    bool is_whole = worker->is_finishing && status == 0 && worker->num_open == 0;
    worker->is_finishing = false;
    if (!was_stopped && !is_whole) {
        log_message("the scan of job %s ended with status %d: this worker ends, and what it had "
                    "claimed goes to others",
                    worker->job, status);
        give_up(worker);
    }
    queue_outbox_close(&worker->outbox);
    queue_child_free(worker->child);
    worker->child = NULL;
    step(worker);
}

/* ---- The scan ---- */

struct argument_list {
    char **items;
    size_t num, max;
};

static bool add_argument(struct worker *worker, struct argument_list *list, const char *text)
{
    if (list->num + 1 >= list->max) {
        return false;
    }
    list->items[list->num] = arena_copy(&worker->memory, text, strlen(text));
    return list->items[list->num++] != NULL;
}

/* What stands in Redis may come from anybody. */
static bool add_options_of_job(struct worker *worker, struct argument_list *list)
{
    char *text = arena_copy(&worker->memory, worker->info.options, strlen(worker->info.options));
    char *rest = NULL;
    bool ok = text != NULL;
    for (char *word = strtok_r(text, "\n", &rest); ok && word != NULL;
         word = strtok_r(NULL, "\n", &rest)) {
        ok = queue_option_is_fine(word, strlen(word)) && add_argument(worker, list, word);
        if (!ok) {
            log_message("job %s has an option that this program does not take from a job: %.80s",
                        worker->job, word);
        }
    }
    return ok;
}

/* The arguments of the worker, then those of the job. NULL after a message. */
static char **make_arguments(struct worker *worker)
{
    static const char *const ending[] = {"--encoding=UTF-8", "--output=-", "--progress=never", "-"};
    const struct queue_worker_options *options = worker->options;
    struct argument_list list = {.max = options->num_arguments + ARGUMENTS_MAX};
    list.items = arena_alloc(&worker->memory, list.max * sizeof(*list.items));
    bool ok = list.items != NULL && add_argument(worker, &list, "mxgrade") &&
              add_argument(worker, &list, "scan");
    for (size_t i = 0; ok && i < options->num_arguments; i++) {
        ok = add_argument(worker, &list, options->arguments[i]);
    }
    ok = ok && add_options_of_job(worker, &list);
    for (size_t i = 0; ok && i < sizeof(ending) / sizeof(ending[0]); i++) {
        ok = add_argument(worker, &list, ending[i]);
    }
    return ok ? list.items : NULL;
}

static bool start_scan(struct worker *worker)
{
    static const char magic[] = PREPARED_LIST_MAGIC;
    const struct queue_child_handler handler = {
        .on_record = on_record, .on_end = on_child_end, .user = worker};
    char **arguments = make_arguments(worker);
    if (arguments == NULL) {
        return false;
    }
    worker->child = queue_child_new(queue_link_loop(worker->link), arguments, &handler);
    if (worker->child == NULL) {
        log_message("the scan cannot be started: %s", strerror(errno));
        return false;
    }
    return queue_child_give(worker->child, magic, sizeof(magic) - 1);
}

static void scan_chunk(struct worker *worker, struct queue_chunk *chunk)
{
    struct prepared_text rest = {0};
    TAILQ_INSERT_TAIL(&worker->chunks, chunk, next);
    worker->num_open += chunk->num_open;
    bool ok = worker->child != NULL || start_scan(worker);
    ok = ok && queue_chunk_rest(chunk, &rest) &&
         queue_child_give(worker->child, rest.bytes, rest.len);
    prepared_text_fini(&rest);
    note_progress(worker);
    if (!ok) {
        give_up(worker);
    }
}

/*
 * A scan holds back what may be the work of an outage, or of something that speaks in place of the
 * servers, until it has seen more or its list ends. Where nothing more comes, the list ends.
 */
static void on_quiet(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct worker *worker = watcher->data;
    bool has_all = worker->is_hungry || worker->num_open >= worker->options->hold;
    if (worker->child != NULL && !worker->is_finishing && !worker->is_full && has_all &&
        !worker->is_claiming) {
        worker->is_finishing = true;
        queue_child_finish(worker->child);
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
    if (!queue_is_fine(worker->link, reply) || chunk == NULL) {
        queue_chunk_free(chunk); /* it is claimed, and comes again by XAUTOCLAIM */
        worker->claimed = NULL;
        return;
    }
    worker->claimed = NULL;
    uint64_t first = chunk->lines[0].number / 8;
    for (size_t i = 0; i < chunk->num_lines; i++) {
        uint64_t number = chunk->lines[i].number, byte = number / 8 - first;
        if (reply->type == REDIS_REPLY_STRING && byte < (uint64_t)reply->len &&
            (((unsigned char)reply->str[byte] >> (7 - number % 8)) & 1) != 0) {
            queue_chunk_set(chunk, &chunk->lines[i], QUEUE_LINE_DONE);
        }
    }
    if (worker->is_stopping || worker->is_leaving) {
        TAILQ_INSERT_TAIL(&worker->chunks, chunk, next);
        worker->num_open += chunk->num_open;
    } else {
        scan_chunk(worker, chunk);
    }
    step(worker);
}

static void ask_for_bits(struct worker *worker)
{
    const struct queue_key done = queue_key(worker->job, ":done");
    const struct queue_chunk *chunk = worker->claimed;
    char first[NUMBER_SIZE], last[NUMBER_SIZE];
    (void)snprintf(first, sizeof(first), "%" PRIu64, chunk->lines[0].number / 8);
    (void)snprintf(last, sizeof(last), "%" PRIu64, chunk->lines[chunk->num_lines - 1].number / 8);
    worker->is_claiming =
        queue_say(worker->link, on_bits, worker, "GETRANGE", done.text, first, last);
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
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING ||
        has_chunk(worker, entry->element[0]->str)) {
        return;
    }
    const redisReply *text = redis_reply_value(entry->element[1], "lines");
    struct queue_chunk *chunk =
        text != NULL ? queue_chunk_new(entry->element[0]->str, text->str, (size_t)text->len) : NULL;
    if (chunk == NULL) {
        log_message("job %s: a part of its list is none that enqueue makes; cancel the job with "
                    "\"mxgrade jobs --cancel %s\"",
                    worker->job, worker->job);
        give_up(worker);
        return;
    }
    worker->is_hungry = false;
    worker->claimed = chunk;
    ask_for_bits(worker);
}

static void leave_job(struct worker *worker);

/* How far the job is: [[status, lines], chunks on the stream]. */
static void on_checked(void *user, const redisReply *reply)
{
    struct worker *worker = user;
    uint64_t num_chunks = 1, lines;
    worker->is_checking = false;
    if (!queue_is_fine(worker->link, reply) || worker->job[0] == '\0' ||
        reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->elements != 2) {
        return;
    }
    const redisReply *status = reply->element[0]->element[0];
    bool is_whole = queue_read_number(reply->element[0]->element[1], &lines);
    bool is_there = status->type == REDIS_REPLY_STRING && (strcmp(status->str, QUEUE_OPEN) == 0 ||
                                                           strcmp(status->str, QUEUE_PAUSED) == 0);
    bool was_paused = worker->is_paused;
    (void)queue_read_number(reply->element[1], &num_chunks);
    worker->is_paused = is_there && strcmp(status->str, QUEUE_PAUSED) == 0;
    if (!is_there) {
        log_message("job %s is %s", worker->job,
                    status->type == REDIS_REPLY_STRING ? status->str : "gone");
        drop_results(worker);
        drop_chunks(worker);
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
    step(worker);
}

static void check(struct worker *worker)
{
    const struct queue_key key = queue_key(worker->job, "");
    const struct queue_key chunks = queue_key(worker->job, ":chunks");
    struct queue_link *link = worker->link;
    if (!worker->is_checking && worker->job[0] != '\0') {
        queue_say(link, queue_on_queued, link, "MULTI");
        queue_say(link, queue_on_queued, link, "HMGET", key.text, "status", "lines");
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
    check(worker);
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
        check(worker);
    }
    step(worker);
}

static bool may_claim(const struct worker *worker)
{
    return !worker->is_claiming && worker->claimed == NULL && !worker->is_stopping &&
           !worker->is_leaving && !worker->is_finishing && !worker->is_paused && !worker->is_full &&
           worker->job[0] != '\0' && worker->num_open < worker->options->hold;
}

static void claim(struct worker *worker)
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
    step(worker);
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
static void keep_claims(struct worker *worker)
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

static void on_heartbeat(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct worker *worker = watcher->data;
    if (queue_link_is_up(worker->link) && worker->job[0] != '\0') {
        keep_claims(worker);
        if (may_claim(worker) && worker->is_hungry) {
            take_over(worker);
        }
    }
}

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
        refuse_job(worker);
        worker->is_leaving = false;
        worker->job[0] = '\0';
        return;
    }
    worker->info = *info;
    worker->is_paused = strcmp(info->status, QUEUE_PAUSED) == 0;
    worker->is_leaving = worker->is_agreed = worker->is_hungry = worker->is_full = false;
    worker->num_recorded = worker->num_delivered = 0;
    (void)snprintf(worker->cursor, sizeof(worker->cursor), "%s", FIRST_ID);
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
        step(worker);
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
    step(worker);
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

static void find_job(struct worker *worker)
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

/* Once its scan has ended, and all that came of it is with Redis. */
static void leave_job(struct worker *worker)
{
    const struct queue_key workers = queue_key(worker->job, ":workers");
    const struct queue_key chunks = queue_key(worker->job, ":chunks");
    struct queue_link *link = worker->link;
    if (!TAILQ_EMPTY(&worker->chunks) || worker->claimed != NULL) {
        return_chunks(worker);
        return;
    }
    if (has_batch_of(worker, worker->job) && worker->is_agreed) {
        return;
    }
    drop_results(worker);
    queue_say(link, NULL, NULL, "HDEL", workers.text, worker->options->name);
    /* It has nothing claimed, so nothing is lost with it. The job may be gone. */
    queue_say(link, NULL, NULL, "XGROUP", "DELCONSUMER", chunks.text, QUEUE_GROUP,
              worker->options->name);
    queue_publish(link, worker->job, "left");
    free(worker->run);
    worker->run = NULL;
    worker->job[0] = '\0';
    worker->is_leaving = worker->is_hungry = worker->is_paused = worker->is_full = false;
    arena_free(&worker->memory);
    worker->is_stopping = worker->is_stopping || worker->options->once;
}

static void end_if_done(struct worker *worker)
{
    if (worker->is_stopping && worker->job[0] == '\0' && worker->child == NULL &&
        !worker->is_delivering &&
        (queue_outbox_first(&worker->outbox) == NULL || worker->has_failed || worker->is_full)) {
        queue_link_end(worker->link, worker->has_failed ? QUEUE_STATUS_FAILED : 0);
    }
}

/* ---- All together ---- */

static void step(struct worker *worker)
{
    if (worker->child != NULL) {
        queue_child_hold(worker->child, worker->is_full && !worker->is_stopping);
    }
    if (!queue_link_is_up(worker->link)) {
        return;
    }
    agree(worker);
    deliver(worker);
    acknowledge_chunks(worker);
    if (worker->job[0] == '\0') {
        find_job(worker);
    } else if ((worker->is_leaving || worker->is_stopping) && worker->child == NULL) {
        leave_job(worker);
    } else {
        claim(worker);
    }
    end_if_done(worker);
}

static void on_up(void *user)
{
    struct worker *worker = user;
    worker->is_hungry = false;
    if (worker->job[0] != '\0') {
        keep_claims(worker);
        check(worker);
    }
    step(worker);
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
    check(worker);
    if (worker->is_full && !worker->is_looking) {
        const struct queue_key results = queue_key(worker->job, ":results");
        worker->is_looking = queue_say(worker->link, on_results_left, worker, "XLEN", results.text);
    }
    step(worker);
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
        step(worker);
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
    drop_chunks(worker);
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
        ev_timer_init(&worker.flush, on_flush, 0., 0.);
        ev_timer_init(&worker.heartbeat, on_heartbeat, seconds, seconds);
        ev_timer_init(&worker.quiet, on_quiet, 0., 0.);
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
