/*
 * Results are read from the beginning of their stream, which holds nothing that was taken: they are
 * deleted once they are on the disk. So a collector that is killed loses nothing, and the next one
 * knows from the file which lines it has.
 */
#include "scanner/queue/queue_collect.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/hex.h"
#include "scanner/base/log.h"
#include "scanner/queue/queue_job.h"
#include "scanner/queue/queue_records.h"

#define BATCHES        "16"    /* taken at once */
#define LEASE_MS       "30000" /* a collector that is silent for so long is dead */
#define LEASE_SECONDS  10.     /* then it is renewed */
#define TOKEN_BYTES    16
#define IDS_MAX        16
#define STATUS_REFUSED 2
#define KEPT_SECONDS   "604800" /* a week: what is left of a job that is done */
/* For the scans of the workers to end, and to tell how many connections they made. */
#define FAREWELL_SECONDS 5.

struct collect {
    const struct queue_collect_options *options;
    struct queue_link *link;
    char job[QUEUE_NAME_MAX + 1];
    char token[2 * TOKEN_BYTES + 1];
    struct queue_records records;
    struct arena memory; /* of the job */
    struct queue_job info;
    bool is_open, has_lease, is_asking, is_ending, has_waited;
    bool is_checked; /* the file is of this job */
    bool has_told;   /* that the run record is not there */
    char ids[IDS_MAX][QUEUE_ID_SIZE];
    size_t num_ids;
    uint64_t num_workers;
    ev_timer lease, farewell;
};

static void step(struct collect *collect);

static void fail(struct collect *collect, int status)
{
    queue_link_end(collect->link, status);
}

/* ---- Taking results ---- */

static void on_dropped(void *user, const redisReply *reply)
{
    struct collect *collect = user;
    collect->is_asking = false;
    if (queue_is_fine(collect->link, reply)) {
        step(collect);
    }
}

static void drop_taken(struct collect *collect)
{
    const struct queue_key results = queue_key(collect->job, ":results");
    struct queue_link *link = collect->link;
    struct redis_word words[IDS_MAX + 2] = {{"XDEL", 4}, {results.text, strlen(results.text)}};
    for (size_t i = 0; i < collect->num_ids; i++) {
        words[i + 2] = (struct redis_word){collect->ids[i], strlen(collect->ids[i])};
    }
    queue_say(link, queue_on_queued, link, "MULTI");
    redis_client_send(queue_link_client(link), words, collect->num_ids + 2, queue_on_queued, link);
    queue_publish(link, collect->job, "collected");
    collect->is_asking = queue_say(link, on_dropped, collect, "EXEC");
}

/* An entry of the stream: [id, [name, value, ...]]. */
static bool take_entry(struct collect *collect, const redisReply *entry)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING) {
        return true;
    }
    const redisReply *records = redis_reply_value(entry->element[1], "records");
    (void)snprintf(collect->ids[collect->num_ids++], QUEUE_ID_SIZE, "%s", entry->element[0]->str);
    return records == NULL ||
           queue_records_take(&collect->records, records->str, (size_t)records->len);
}

static bool begin_file(struct collect *collect)
{
    const char *run = collect->info.run;
    if (collect->records.has_run) {
        return true;
    }
    if (!queue_records_begin(&collect->records, run, strlen(run), &collect->info)) {
        log_message("job %s: its run record cannot be read", collect->job);
        fail(collect, QUEUE_STATUS_FAILED);
        return false;
    }
    collect->is_checked = true;
    return true;
}

static void take_entries(struct collect *collect, const redisReply *entries)
{
    if (!begin_file(collect)) {
        return;
    }
    collect->num_ids = 0;
    for (size_t i = 0; i < entries->elements && i < IDS_MAX; i++) {
        if (!take_entry(collect, entries->element[i])) {
            log_message("out of memory");
            fail(collect, QUEUE_STATUS_FAILED);
            return;
        }
    }
    if (queue_records_sync(&collect->records)) {
        drop_taken(collect);
    } else {
        fail(collect, QUEUE_STATUS_FAILED);
    }
}

/* ---- The end ---- */

static void on_cleared(void *user, const redisReply *reply)
{
    struct collect *collect = user;
    collect->is_asking = false;
    if (queue_is_fine(collect->link, reply)) {
        bool is_whole = collect->info.is_whole && collect->records.num_lines >= collect->info.lines;
        queue_link_end(collect->link,
                       is_whole && !collect->records.has_shortage ? 0 : QUEUE_STATUS_FAILED);
    }
}

/* Of a job that was collected Redis keeps a few lines for a week, so that "mxgrade jobs" knows it.
 */
static void clear_job(struct collect *collect)
{
    const char *job = collect->job;
    const struct queue_key key = queue_key(job, "");
    const struct queue_key chunks = queue_key(job, ":chunks"), done = queue_key(job, ":done");
    const struct queue_key results = queue_key(job, ":results");
    const struct queue_key workers = queue_key(job, ":workers");
    const struct queue_key lease = queue_key(job, ":collector");
    struct queue_link *link = collect->link;
    queue_say(link, queue_on_queued, link, "MULTI");
    if (strcmp(collect->info.status, QUEUE_CANCELLED) != 0) {
        queue_say(link, queue_on_queued, link, "HSET", key.text, "status", QUEUE_COLLECTED);
    }
    queue_say(link, queue_on_queued, link, "EXPIRE", key.text, KEPT_SECONDS);
    queue_say(link, queue_on_queued, link, "DEL", chunks.text, results.text, done.text,
              workers.text, lease.text);
    queue_say(link, queue_on_queued, link, "ZREM", QUEUE_JOBS, job);
    queue_publish(link, job, "collected");
    collect->is_asking = queue_say(link, on_cleared, collect, "EXEC");
}

static void end(struct collect *collect, bool is_complete)
{
    collect->is_ending = true;
    if (!collect->records.has_run) {
        log_message("job %s: nothing was scanned, and nothing written", collect->job);
        clear_job(collect);
    } else if (queue_records_end(&collect->records, collect->info.lines, is_complete)) {
        log_message("job %s: %" PRIu64 " of %" PRIu64 " lines are in %s", collect->job,
                    collect->records.num_lines, collect->info.lines, collect->records.path);
        clear_job(collect);
    } else {
        fail(collect, QUEUE_STATUS_FAILED);
    }
}

/* The workers' scans end once nothing is left, and tell of their connections then. */
static void end_soon(struct collect *collect)
{
    if (collect->num_workers == 0 || collect->has_waited) {
        end(collect, true);
    } else if (!ev_is_active(&collect->farewell)) {
        ev_timer_set(&collect->farewell, FAREWELL_SECONDS, 0.);
        ev_timer_start(queue_link_loop(collect->link), &collect->farewell);
    }
}

static void on_farewell(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct collect *collect = watcher->data;
    collect->has_waited = true;
    step(collect);
}

/* ---- Looking ---- */

/* The run record comes before all results; a Redis that was restarted may lack it, until a worker
 * tells it again. */
static void wait_for_run(struct collect *collect)
{
    if (!collect->has_told) {
        log_message("job %s: its run record is not in Redis; waiting for a worker to give it",
                    collect->job);
    }
    collect->has_told = true;
}

/* Results go into a file only where it is known to be of this job. */
static bool check_file(struct collect *collect)
{
    if (!collect->records.has_run || collect->is_checked) {
        return true;
    }
    collect->is_checked = queue_records_match(&collect->records, collect->info.run, &collect->info);
    if (!collect->is_checked) {
        fail(collect, STATUS_REFUSED);
    }
    return collect->is_checked;
}

static void look_at_job(struct collect *collect, const redisReply *entries, uint64_t num_chunks)
{
    const struct queue_job *info = &collect->info;
    bool is_cancelled = strcmp(info->status, QUEUE_CANCELLED) == 0;
    bool has_all = info->is_whole && collect->records.num_lines >= info->lines;
    bool has_entries = entries->type == REDIS_REPLY_ARRAY && entries->elements > 0;
    bool is_over = is_cancelled || (info->is_whole && num_chunks == 0 && !has_entries);
    bool needs_run = !collect->is_checked && (collect->records.has_run || has_entries);
    if (needs_run && info->run == NULL && !is_over) {
        wait_for_run(collect);
    } else if (!check_file(collect)) {
        return;
    } else if (collect->records.is_complete) {
        log_message("%s is complete: nothing to do", collect->records.path);
        collect->is_ending = true;
        clear_job(collect);
    } else if (has_entries && (collect->is_checked || info->run != NULL)) {
        take_entries(collect, entries);
    } else if (has_all) {
        end_soon(collect);
    } else if (is_cancelled) {
        log_message("job %s was cancelled", collect->job);
        end(collect, false);
    } else if (info->is_whole && num_chunks == 0) {
        log_message("job %s: nothing is left to be done, and %" PRIu64 " of its lines have no "
                    "record: Redis has lost them",
                    collect->job, info->lines - collect->records.num_lines);
        end(collect, false);
    }
}

/* True if the lease is still ours; then it is renewed. A collector that was stopped for a while may
 * have lost it to another one, and must neither take results nor renew that one's lease. */
static bool check_lease(struct collect *collect, const redisReply *owner)
{
    const struct queue_key lease = queue_key(collect->job, ":collector");
    bool is_there = owner->type == REDIS_REPLY_STRING;
    if (is_there && strcmp(owner->str, collect->token) == 0) {
        queue_say(collect->link, NULL, NULL, "PEXPIRE", lease.text, LEASE_MS);
        return true;
    }
    collect->has_lease = false;
    if (is_there) {
        log_message("another collector has taken job %s", collect->job);
        fail(collect, QUEUE_STATUS_FAILED);
    } else {
        step(collect); /* it has run out, and may be taken again */
    }
    return false;
}

/* [the job, its results, parts that are left, workers, whose lease it is] */
static void on_looked(void *user, const redisReply *reply)
{
    struct collect *collect = user;
    uint64_t num_chunks = 1;
    collect->is_asking = false;
    if (!queue_is_fine(collect->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 5 || !check_lease(collect, reply->element[4])) {
        return;
    }
    arena_free(&collect->memory);
    if (!queue_job_read(reply->element[0], &collect->memory, &collect->info)) {
        log_message("job %s is gone from Redis%s", collect->job,
                    collect->records.is_complete ? ", and the file is complete" : "");
        fail(collect, collect->records.is_complete ? 0 : QUEUE_STATUS_FAILED);
        return;
    }
    (void)queue_read_number(reply->element[2], &num_chunks);
    (void)queue_read_number(reply->element[3], &collect->num_workers);
    look_at_job(collect, reply->element[1], num_chunks);
}

static void look(struct collect *collect)
{
    const char *job = collect->job;
    const struct queue_key key = queue_key(job, ""), results = queue_key(job, ":results");
    const struct queue_key chunks = queue_key(job, ":chunks"), workers = queue_key(job, ":workers");
    const struct queue_key lease = queue_key(job, ":collector");
    struct queue_link *link = collect->link;
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "HGETALL", key.text);
    queue_say(link, queue_on_queued, link, "XRANGE", results.text, "-", "+", "COUNT", BATCHES);
    queue_say(link, queue_on_queued, link, "XLEN", chunks.text);
    queue_say(link, queue_on_queued, link, "HLEN", workers.text);
    queue_say(link, queue_on_queued, link, "GET", lease.text);
    collect->is_asking = queue_say(link, on_looked, collect, "EXEC");
}

/* ---- The lease, and the job ---- */

static void open_file(struct collect *collect)
{
    int status;
    const char *path = collect->options->path != NULL ? collect->options->path : "-";
    collect->is_open =
        queue_records_open(&collect->records, path, collect->options->resume, &status);
    if (!collect->is_open) {
        queue_records_close(&collect->records);
        fail(collect, status);
    }
}

static void on_lease(void *user, const redisReply *reply)
{
    struct collect *collect = user;
    collect->is_asking = false;
    if (!queue_is_fine(collect->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 3) {
        return;
    }
    const redisReply *owner = reply->element[1];
    bool is_ours = owner->type == REDIS_REPLY_STRING && strcmp(owner->str, collect->token) == 0;
    if (!is_ours && collect->is_open) { /* it was ours before */
        log_message("another collector has taken job %s", collect->job);
        fail(collect, QUEUE_STATUS_FAILED);
        return;
    }
    if (!is_ours) {
        if (!collect->has_waited) {
            log_message("another collector is at job %s, or was until a moment ago; waiting for "
                        "half a minute",
                        collect->job);
        }
        collect->has_waited = true; /* the timer asks again */
        return;
    }
    collect->has_lease = true;
    collect->has_waited = false;
    if (!collect->is_open) {
        open_file(collect);
    }
    if (collect->is_open) {
        step(collect);
    }
}

static void ask_for_lease(struct collect *collect)
{
    const struct queue_key lease = queue_key(collect->job, ":collector");
    struct queue_link *link = collect->link;
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "SET", lease.text, collect->token, "NX", "PX", LEASE_MS);
    queue_say(link, queue_on_queued, link, "GET", lease.text);
    queue_say(link, queue_on_queued, link, "PTTL", lease.text);
    collect->is_asking = queue_say(link, on_lease, collect, "EXEC");
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct collect *collect = watcher->data;
    if (collect->job[0] != '\0') {
        step(collect); /* renews the lease, or asks for it */
    }
}

/* Without --job the only one there is. */
static void on_jobs(void *user, const redisReply *reply)
{
    struct collect *collect = user;
    collect->is_asking = false;
    if (!queue_is_fine(collect->link, reply) || reply->type != REDIS_REPLY_ARRAY) {
        return;
    }
    if (reply->elements == 0 || reply->element[reply->elements - 1]->type != REDIS_REPLY_STRING ||
        !queue_is_name(reply->element[reply->elements - 1]->str)) {
        log_message("there is no job; \"mxgrade enqueue\" makes one");
        fail(collect, QUEUE_STATUS_FAILED);
        return;
    }
    if (reply->elements > 1) {
        log_message("there are %zu jobs: name one by --job (\"mxgrade jobs\" lists them)",
                    reply->elements);
        fail(collect, QUEUE_STATUS_FAILED);
        return;
    }
    (void)snprintf(collect->job, sizeof(collect->job), "%s", reply->element[0]->str);
    step(collect);
}

static void step(struct collect *collect)
{
    if (collect->is_asking || collect->is_ending || !queue_link_is_up(collect->link)) {
        return;
    }
    if (collect->job[0] == '\0') {
        collect->is_asking =
            queue_say(collect->link, on_jobs, collect, "ZRANGE", QUEUE_JOBS, "0", "-1");
    } else if (!collect->has_lease) {
        ask_for_lease(collect);
    } else {
        look(collect);
    }
}

static void on_up(void *user)
{
    struct collect *collect = user;
    collect->is_asking = false;
    if (collect->is_ending) {
        clear_job(collect); /* the reply to it was lost */
        return;
    }
    collect->has_lease = false; /* Redis may have lost it; it is ours all the same, or free */
    step(collect);
}

static void on_event(void *user)
{
    struct collect *collect = user;
    if (collect->has_lease) {
        step(collect);
    }
}

/* So that the next collector need not wait. */
static void release_lease(struct collect *collect)
{
    const struct queue_key lease = queue_key(collect->job, ":collector");
    if (collect->has_lease && queue_link_is_up(collect->link)) {
        queue_say(collect->link, NULL, NULL, "DEL", lease.text);
    }
}

int queue_collect_run(const struct queue_collect_options *options)
{
    struct collect *collect = calloc(1, sizeof(*collect));
    uint8_t token[TOKEN_BYTES];
    int status = QUEUE_STATUS_FAILED;
    if (collect == NULL) {
        log_message("out of memory");
        return status;
    }
    collect->options = options;
    RAND_bytes(token, sizeof(token));
    *hex_write(collect->token, token, sizeof(token), HEX_LOWER) = '\0';
    if (options->job != NULL) {
        (void)snprintf(collect->job, sizeof(collect->job), "%s", options->job);
    }
    const struct queue_handler handler = {
        .on_up = on_up, .on_event = on_event, .user = collect, .ignored = QUEUE_CHUNK};
    collect->link = queue_link_new(options->access, &handler);
    if (collect->link != NULL) {
        struct ev_loop *loop = queue_link_loop(collect->link);
        ev_timer_init(&collect->lease, on_timer, LEASE_SECONDS, LEASE_SECONDS);
        ev_timer_init(&collect->farewell, on_farewell, 0., 0.);
        collect->lease.data = collect->farewell.data = collect;
        ev_timer_start(loop, &collect->lease);
        queue_link_watch(collect->link);
        status = queue_link_run(collect->link);
        ev_timer_stop(loop, &collect->lease);
        ev_timer_stop(loop, &collect->farewell);
        release_lease(collect);
    }
    if (collect->is_open) {
        queue_records_close(&collect->records);
    }
    if (status != 0 && status != STATUS_REFUSED && collect->is_open && !collect->is_ending) {
        log_message("job %s goes on; \"mxgrade collect --resume\" goes on with the file",
                    collect->job);
    }
    queue_link_free(collect->link);
    arena_free(&collect->memory);
    free(collect);
    return status;
}
