#include "scanner/queue/queue_worker_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/file/run_match.h"
#include "output/record/record_read.h"
#include "scanner/base/log.h"
#include "scanner/queue/queue_options.h"

#define FLUSH_SECONDS 1.
#define PACE_SIZE     48
#define ARGUMENTS_MAX 64 /* beside the worker's own */

/* ---- What the scan says ---- */

void queue_worker_refuse_job(struct worker *worker)
{
    if (worker->num_refused < REFUSED_MAX) {
        memcpy(worker->refused[worker->num_refused++], worker->job, sizeof(worker->job));
    }
    if (worker->options->job != NULL || worker->options->once) {
        queue_worker_give_up(worker);
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
        queue_worker_drop_results(worker);
        queue_worker_refuse_job(worker);
        if (worker->child != NULL) {
            queue_child_stop(worker->child);
            queue_child_stop(worker->child);
        }
    }
    queue_worker_step(worker);
}

void queue_worker_agree(struct worker *worker)
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
    struct queue_chunk *chunk =
        queue_worker_find_chunk(worker, domain->line, QUEUE_LINE_OPEN, &line);
    bool is_given_up =
        domain->dns_outcome == OUTCOME_INTERRUPTED ||
        (domain->dns_outcome == OUTCOME_LOCAL_ERROR && (worker->is_stopping || worker->is_leaving));
    if (is_given_up || chunk == NULL) {
        return;
    }
    if (!queue_outbox_add(&worker->outbox, worker->job, text, len, domain->line)) {
        queue_worker_lack_memory(worker);
        return;
    }
    queue_worker_set_line(worker, chunk, line, QUEUE_LINE_RECORDED);
    worker->num_recorded++;
}

/* Nothing that it said is believed; of what was delivered before, the message tells. */
static void take_void(struct worker *worker, const struct run_void_record *record)
{
    log_message("what this worker sees is not what servers say (%s): its results that are not "
                "delivered are dropped, and their lines go to other workers; %" PRIu64
                " were delivered before",
                record->detail != NULL ? record->detail : "", worker->num_delivered);
    queue_worker_drop_results(worker);
    queue_worker_give_up(worker);
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
        queue_worker_lack_memory(worker);
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
            queue_worker_agree(worker);
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
    queue_worker_note_progress(worker);
    if (!ev_is_active(&worker->flush)) {
        ev_timer_set(&worker->flush, FLUSH_SECONDS, 0.);
        ev_timer_start(queue_link_loop(worker->link), &worker->flush);
    }
    queue_worker_step(worker);
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
        queue_worker_give_up(worker);
    }
    queue_outbox_close(&worker->outbox);
    queue_child_free(worker->child);
    worker->child = NULL;
    queue_worker_give_part_back(worker);
    queue_worker_step(worker);
}

/* ---- The scan ---- */

struct argument_list {
    char **items;
    size_t num, max;
};

/* False after a message; lack of memory ends the worker. */
static bool add_argument(struct worker *worker, struct argument_list *list, const char *text)
{
    if (list->num + 1 >= list->max) {
        log_message("job %s has too many options", worker->job);
        return false;
    }
    list->items[list->num] = arena_copy(&worker->memory, text, strlen(text));
    if (list->items[list->num++] == NULL) {
        queue_worker_lack_memory(worker);
        return false;
    }
    return true;
}

/* Adds the pace of this worker. It stands behind the options of the job, as the last value of an
 * option is the one that the scan takes. */
static bool add_pace(struct worker *worker, struct argument_list *list)
{
    const struct queue_pace pace = queue_pace_part(&worker->options->pace, worker->parts);
    char texts[4][PACE_SIZE];
    bool ok = true;
    if (worker->options->source == NULL) {
        return true;
    }
    (void)snprintf(texts[0], PACE_SIZE, "--rate=%.3f", pace.rate);
    (void)snprintf(texts[1], PACE_SIZE, "--provider-rate=%.3f", pace.provider_rate);
    (void)snprintf(texts[2], PACE_SIZE, "--per-address=%u", pace.per_address);
    (void)snprintf(texts[3], PACE_SIZE, "--per-provider=%u", pace.per_provider);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && ok; i++) {
        ok = add_argument(worker, list, texts[i]);
    }
    return ok;
}

/* What stands in Redis may come from anybody. */
static bool add_options_of_job(struct worker *worker, struct argument_list *list)
{
    char *text = arena_copy(&worker->memory, worker->info.options, strlen(worker->info.options));
    char *rest = NULL;
    bool ok = text != NULL;
    if (!ok) {
        queue_worker_lack_memory(worker);
    }
    for (char *word = strtok_r(text, "\n", &rest); ok && word != NULL;
         word = strtok_r(NULL, "\n", &rest)) {
        ok = queue_option_is_fine(word, strlen(word));
        if (!ok) {
            log_message("job %s has an option that this program does not take from a job: %.80s",
                        worker->job, word);
        }
        ok = ok && add_argument(worker, list, word);
    }
    return ok;
}

/* The arguments of the worker, then those of the job. NULL after a message: the job cannot be run
 * here, or, where the worker has given up, there is no memory. */
static char **make_arguments(struct worker *worker)
{
    static const char *const ending[] = {"--encoding=UTF-8", "--output=-", "--progress=never", "-"};
    const struct queue_worker_options *options = worker->options;
    struct argument_list list = {.max = options->num_arguments + ARGUMENTS_MAX};
    list.items = arena_alloc(&worker->memory, list.max * sizeof(*list.items));
    if (list.items == NULL) {
        queue_worker_lack_memory(worker);
        return NULL;
    }
    bool ok = add_argument(worker, &list, "mxgrade") && add_argument(worker, &list, "scan");
    for (size_t i = 0; ok && i < options->num_arguments; i++) {
        ok = add_argument(worker, &list, options->arguments[i]);
    }
    ok = ok && add_pace(worker, &list) && add_options_of_job(worker, &list);
    for (size_t i = 0; ok && i < sizeof(ending) / sizeof(ending[0]); i++) {
        ok = add_argument(worker, &list, ending[i]);
    }
    return ok ? list.items : NULL;
}

/* False: the worker has given up, or refused the job. */
static bool start_scan(struct worker *worker)
{
    static const char magic[] = PREPARED_LIST_MAGIC;
    const struct queue_child_handler handler = {
        .on_record = on_record, .on_end = on_child_end, .user = worker};
    char **arguments = make_arguments(worker);
    if (arguments == NULL) {
        if (!worker->has_failed) {
            queue_worker_refuse_job(worker);
        }
        return false;
    }
    worker->child = queue_child_new(queue_link_loop(worker->link), arguments, &handler);
    if (worker->child == NULL) {
        log_message("the scan cannot be started: %s", strerror(errno));
        queue_worker_give_up(worker);
        return false;
    }
    if (!queue_child_give(worker->child, magic, sizeof(magic) - 1)) {
        queue_worker_give_up(worker);
        return false;
    }
    return true;
}

void queue_worker_scan_chunk(struct worker *worker, struct queue_chunk *chunk)
{
    struct prepared_text rest = {0};
    TAILQ_INSERT_TAIL(&worker->chunks, chunk, next);
    worker->num_open += chunk->num_open;
    if ((worker->child != NULL || start_scan(worker)) &&
        (!queue_chunk_rest(chunk, &rest) ||
         !queue_child_give(worker->child, rest.bytes, rest.len))) {
        queue_worker_give_up(worker);
    }
    prepared_text_fini(&rest);
    queue_worker_note_progress(worker);
}

/* Times that nothing came, where there is more to claim: a scan that is begun anew knows no server.
 */
#define QUIET_FULL 5

/*
 * A scan holds back what may be the work of an outage, or of something that speaks in place of the
 * servers, until it has seen more or its list ends. Where nothing more comes, the list ends.
 */
void queue_worker_on_quiet(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct worker *worker = watcher->data;
    worker->num_quiet++;
    bool has_all = worker->is_hungry ||
                   (worker->num_open >= worker->options->hold && worker->num_quiet >= QUIET_FULL);
    if (!worker->is_full && has_all && !worker->is_claiming) {
        queue_worker_finish_scan(worker);
    }
}
