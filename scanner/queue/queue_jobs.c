#include "scanner/queue/queue_jobs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/clock.h"
#include "output/record/json_writer.h"
#include "scanner/base/log.h"
#include "scanner/queue/queue_job.h"

#define JOBS_MAX       1000
#define STATUS_NO_JOB  2
#define KEPT_SECONDS   "604800"
#define WORKERS_SHOWN  1000
#define SILENT_SECONDS 120. /* a worker that has delivered nothing for so long is told apart */

struct jobs {
    const struct queue_jobs_options *options;
    struct queue_link *link;
    struct arena memory;
    const char **names;
    size_t num_names, at;
};

/* ---- One job ---- */

struct sight {
    struct queue_job job;
    uint64_t num_done, num_waiting, num_uncollected, num_workers, num_silent;
    bool is_collected_now;
};

/* "LINES OPEN TIME" of each worker. */
static void count_workers(const redisReply *reply, struct sight *sight)
{
    double now = clock_wall();
    for (size_t i = 1; reply->type == REDIS_REPLY_ARRAY && i < reply->elements && i < WORKERS_SHOWN;
         i += 2) {
        unsigned long long lines, open;
        double last;
        sight->num_workers++;
        if (reply->element[i]->type == REDIS_REPLY_STRING &&
            sscanf(reply->element[i]->str, "%15llu %15llu %20lf", &lines, &open, &last) == 3) {
            sight->num_silent += now - last > SILENT_SECONDS;
        }
    }
}

static void print_json(const char *name, const struct sight *sight)
{
    struct json_writer writer;
    size_t len;
    json_writer_init(&writer);
    json_open_object(&writer);
    json_key(&writer, "job");
    json_put_string(&writer, name);
    json_key(&writer, "status");
    json_put_string(&writer, sight->job.status);
    json_key(&writer, "list");
    json_put_string(&writer, sight->job.list);
    json_key(&writer, "lines");
    if (sight->job.is_whole) {
        json_uint(&writer, sight->job.lines);
    } else {
        json_put_null(&writer);
    }
    json_key(&writer, "done");
    json_uint(&writer, sight->num_done);
    json_key(&writer, "parts_waiting");
    json_uint(&writer, sight->num_waiting);
    json_key(&writer, "batches_uncollected");
    json_uint(&writer, sight->num_uncollected);
    json_key(&writer, "workers");
    json_uint(&writer, sight->num_workers);
    json_key(&writer, "workers_silent");
    json_uint(&writer, sight->num_silent);
    json_key(&writer, "collecting");
    json_bool(&writer, sight->is_collected_now);
    json_close_object(&writer);
    char *line = json_writer_take(&writer, &len);
    json_writer_fini(&writer);
    if (line != NULL) {
        (void)fwrite(line, 1, len, stdout);
    }
    free(line);
}

static void print_text(const char *name, const struct sight *sight)
{
    printf("%s: %s, %" PRIu64 " lines done", name, sight->job.status, sight->num_done);
    if (sight->job.is_whole) {
        printf(" of %" PRIu64, sight->job.lines);
    } else {
        printf(", the list is still being read");
    }
    printf("; %" PRIu64 " workers", sight->num_workers);
    if (sight->num_silent > 0) {
        printf(" (%" PRIu64 " delivered nothing for two minutes)", sight->num_silent);
    }
    printf("; %" PRIu64 " parts left, %" PRIu64 " batches to be collected%s\n", sight->num_waiting,
           sight->num_uncollected,
           sight->is_collected_now ? "" : ", and nobody collects them at the moment");
}

static void look_at_next(struct jobs *jobs);

static void on_seen(void *user, const redisReply *reply)
{
    struct jobs *jobs = user;
    struct arena arena = {0};
    struct sight sight = {.num_done = 0};
    const char *name = jobs->names[jobs->at];
    uint64_t has_collector = 0;
    if (!queue_is_fine(jobs->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 6) {
        return;
    }
    if (queue_job_read(reply->element[0], &arena, &sight.job)) {
        (void)queue_read_number(reply->element[1], &sight.num_done);
        (void)queue_read_number(reply->element[2], &sight.num_waiting);
        (void)queue_read_number(reply->element[3], &sight.num_uncollected);
        count_workers(reply->element[4], &sight);
        sight.is_collected_now =
            queue_read_number(reply->element[5], &has_collector) && has_collector > 0;
        if (jobs->options->json) {
            print_json(name, &sight);
        } else {
            print_text(name, &sight);
        }
    }
    arena_free(&arena);
    jobs->at++;
    look_at_next(jobs);
}

static void look_at_next(struct jobs *jobs)
{
    struct queue_link *link = jobs->link;
    if (jobs->at == jobs->num_names) {
        queue_link_end(link, fflush(stdout) == 0 ? 0 : QUEUE_STATUS_FAILED);
        return;
    }
    const char *name = jobs->names[jobs->at];
    const struct queue_key key = queue_key(name, ""), done = queue_key(name, ":done");
    const struct queue_key chunks = queue_key(name, ":chunks");
    const struct queue_key results = queue_key(name, ":results");
    const struct queue_key workers = queue_key(name, ":workers");
    const struct queue_key collector = queue_key(name, ":collector");
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "HGETALL", key.text);
    queue_say(link, queue_on_queued, link, "BITCOUNT", done.text);
    queue_say(link, queue_on_queued, link, "XLEN", chunks.text);
    queue_say(link, queue_on_queued, link, "XLEN", results.text);
    queue_say(link, queue_on_queued, link, "HGETALL", workers.text);
    queue_say(link, queue_on_queued, link, "EXISTS", collector.text);
    queue_say(link, on_seen, jobs, "EXEC");
}

static void on_names(void *user, const redisReply *reply)
{
    struct jobs *jobs = user;
    if (!queue_is_fine(jobs->link, reply) || reply->type != REDIS_REPLY_ARRAY) {
        return;
    }
    arena_free(&jobs->memory);
    jobs->at = jobs->num_names = 0;
    jobs->names = arena_alloc(&jobs->memory, JOBS_MAX * sizeof(*jobs->names));
    for (size_t i = 0; jobs->names != NULL && i < reply->elements && i < JOBS_MAX; i++) {
        const redisReply *name = reply->element[i];
        if (name->type == REDIS_REPLY_STRING && queue_is_name(name->str)) {
            jobs->names[jobs->num_names] = arena_copy(&jobs->memory, name->str, strlen(name->str));
            jobs->num_names += jobs->names[jobs->num_names] != NULL;
        }
    }
    look_at_next(jobs);
}

/* ---- A word to a job ---- */

static const char *job_of(const struct queue_jobs_options *options)
{
    return options->pause != NULL    ? options->pause
           : options->resume != NULL ? options->resume
                                     : options->cancel;
}

static void on_said(void *user, const redisReply *reply)
{
    struct jobs *jobs = user;
    if (queue_is_fine(jobs->link, reply)) {
        queue_link_end(jobs->link, 0);
    }
}

/* What waits is not done any more. A collector that is there takes what was delivered and clears
 * the rest away; without one it is cleared here. */
static void cancel(struct jobs *jobs, const char *job, bool has_collector)
{
    const struct queue_key key = queue_key(job, ""), done = queue_key(job, ":done");
    const struct queue_key chunks = queue_key(job, ":chunks");
    const struct queue_key results = queue_key(job, ":results");
    const struct queue_key workers = queue_key(job, ":workers");
    struct queue_link *link = jobs->link;
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "HSET", key.text, "status", QUEUE_CANCELLED);
    queue_say(link, queue_on_queued, link, "DEL", chunks.text);
    if (!has_collector) {
        queue_say(link, queue_on_queued, link, "DEL", results.text, done.text, workers.text);
        queue_say(link, queue_on_queued, link, "EXPIRE", key.text, KEPT_SECONDS);
        queue_say(link, queue_on_queued, link, "ZREM", QUEUE_JOBS, job);
    }
    queue_publish(link, job, QUEUE_CANCELLED);
    queue_say(link, on_said, jobs, "EXEC");
}

static void set_status(struct jobs *jobs, const char *job, const char *status)
{
    const struct queue_key key = queue_key(job, "");
    struct queue_link *link = jobs->link;
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "HSET", key.text, "status", status);
    queue_publish(link, job, status);
    queue_say(link, on_said, jobs, "EXEC");
}

/* [status, is there a collector] */
static void on_status(void *user, const redisReply *reply)
{
    struct jobs *jobs = user;
    const struct queue_jobs_options *options = jobs->options;
    const char *job = job_of(options);
    uint64_t has_collector = 0;
    if (!queue_is_fine(jobs->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 2) {
        return;
    }
    const redisReply *status = reply->element[0];
    bool is_under_way =
        status->type == REDIS_REPLY_STRING &&
        (strcmp(status->str, QUEUE_OPEN) == 0 || strcmp(status->str, QUEUE_PAUSED) == 0);
    if (!is_under_way) {
        if (status->type == REDIS_REPLY_STRING) {
            log_message("job %s is over: it is %s", job, status->str);
        } else {
            log_message("there is no job %s", job);
        }
        queue_link_end(jobs->link, STATUS_NO_JOB);
    } else if (options->cancel != NULL) {
        (void)queue_read_number(reply->element[1], &has_collector);
        cancel(jobs, job, has_collector > 0);
    } else {
        set_status(jobs, job, options->pause != NULL ? QUEUE_PAUSED : QUEUE_OPEN);
    }
}

static void on_up(void *user)
{
    struct jobs *jobs = user;
    struct queue_link *link = jobs->link;
    const char *job = job_of(jobs->options);
    if (job == NULL) {
        queue_say(link, on_names, jobs, "ZRANGE", QUEUE_JOBS, "0", "-1");
        return;
    }
    const struct queue_key key = queue_key(job, ""), collector = queue_key(job, ":collector");
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "HGET", key.text, "status");
    queue_say(link, queue_on_queued, link, "EXISTS", collector.text);
    queue_say(link, on_status, jobs, "EXEC");
}

int queue_jobs_run(const struct queue_jobs_options *options)
{
    struct jobs jobs = {.options = options};
    const struct queue_handler handler = {.on_up = on_up, .user = &jobs};
    int status = QUEUE_STATUS_FAILED;
    jobs.link = queue_link_new(options->access, &handler);
    if (jobs.link != NULL) {
        status = queue_link_run(jobs.link);
    }
    queue_link_free(jobs.link);
    arena_free(&jobs.memory);
    return status;
}
