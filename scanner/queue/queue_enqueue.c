#include "scanner/queue/queue_enqueue.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/base/hex.h"
#include "io/list/prepared_list.h"
#include "scanner/base/log.h"
#include "scanner/engine/feeder.h"
#include "scanner/queue/queue_job.h"

#define KEPT_MAX       64 /* parts that are kept, as a Redis that was restarted may lack them */
#define CHUNK_BYTES    1048576 /* a part is closed when it is as large */
#define NUMBER_SIZE    24
#define TOKEN_BYTES    16
#define STATUS_REFUSED 2

struct part {
    struct prepared_text text;
    uint64_t number; /* from 1 */
};

struct enqueue {
    const struct queue_enqueue_options *options;
    struct queue_link *link;
    char owner[2 * TOKEN_BYTES + 1]; /* by which it knows its own job again */
    struct file_digest digest;
    struct supplier_list *list;
    int fd, flags;                          /* as they were before; -1: they are as they were */
    ev_io input;                            /* waits for a list that trickles */
    unsigned num_in_part;                   /* items so far of the part that is being read */
    uint64_t num_lines, num_made, num_sent; /* items of the list; parts made, and on the stream */
    struct part kept[KEPT_MAX];             /* the last ones, by number modulo KEPT_MAX */
    bool is_made;                           /* the job is there */
    bool is_read, is_told;                  /* all of the list; and Redis knows that */
    bool is_asking, is_full;
};

static void step(struct enqueue *enqueue);

static void fail(struct enqueue *enqueue, int status)
{
    queue_link_end(enqueue->link, status);
}

/* ---- The list ---- */

static const char *problem_of(const struct enqueue *enqueue, enum supplier_list_status status)
{
    if (status == SUPPLIER_LIST_UNCLEAR) {
        return "no column can be told to be the one of the domains: name it by --column";
    }
    if (status == SUPPLIER_LIST_ENDLESS) {
        return "a line goes on for many megabytes: this is no list of names";
    }
    const char *problem = supplier_list_problem(enqueue->list);
    return problem != NULL ? problem : strerror(errno);
}

static void on_input(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)events;
    ev_io_stop(loop, watcher);
    step(watcher->data);
}

/* Signals and Redis are heard while nothing comes. A plain file is always ready. */
static void watch_input(struct enqueue *enqueue)
{
    int flags = fcntl(enqueue->fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) == 0 &&
        fcntl(enqueue->fd, F_SETFL, flags | O_NONBLOCK) == 0) {
        enqueue->flags = flags;
    }
    ev_io_init(&enqueue->input, on_input, enqueue->fd, EV_READ);
    enqueue->input.data = enqueue;
}

static void leave_input(struct enqueue *enqueue)
{
    ev_io_stop(queue_link_loop(enqueue->link), &enqueue->input);
    if (enqueue->flags >= 0) {
        fcntl(enqueue->fd, F_SETFL, enqueue->flags); /* it may be shared with the shell */
    }
}

/* Reads the next part, or goes on with it. False: the list has ended before it, or has nothing now,
 * or the command ends, after a message. */
static bool read_part(struct enqueue *enqueue, struct prepared_text *text)
{
    struct supplier supplier;
    if (enqueue->num_in_part == 0) {
        text->len = 0;
    }
    while (enqueue->num_in_part < enqueue->options->chunk && text->len < CHUNK_BYTES &&
           !enqueue->is_read) {
        enum supplier_list_status status = supplier_list_next(enqueue->list, &supplier);
        switch (status) {
        case SUPPLIER_LIST_ITEM:
            if (supplier.line > QUEUE_LINES_MAX || !prepared_list_add(text, &supplier)) {
                log_message("%s: line %" PRIu64 " is more than a queue takes",
                            enqueue->options->list, supplier.line);
                fail(enqueue, STATUS_REFUSED);
                return false;
            }
            enqueue->num_in_part++;
            enqueue->num_lines++;
            break;
        case SUPPLIER_LIST_AGAIN:
            ev_io_start(queue_link_loop(enqueue->link), &enqueue->input);
            return false;
        case SUPPLIER_LIST_PASSED:
            break;
        case SUPPLIER_LIST_END:
            enqueue->is_read = true;
            break;
        case SUPPLIER_LIST_UNCLEAR:
        case SUPPLIER_LIST_ENDLESS:
        case SUPPLIER_LIST_ERROR:
            log_message("%s: %s", enqueue->options->list, problem_of(enqueue, status));
            fail(enqueue, STATUS_REFUSED);
            return false;
        }
    }
    bool has_any = enqueue->num_in_part > 0;
    enqueue->num_in_part = 0;
    return has_any;
}

/* ---- Its end ---- */

static void on_told(void *user, const redisReply *reply)
{
    struct enqueue *enqueue = user;
    enqueue->is_asking = false;
    if (queue_is_fine(enqueue->link, reply)) {
        enqueue->is_told = true;
        log_message("job %s has all %" PRIu64 " lines of %s", enqueue->options->job,
                    enqueue->num_lines, enqueue->options->list);
        queue_link_end(enqueue->link, 0);
    }
}

static void tell_end(struct enqueue *enqueue)
{
    const struct queue_key key = queue_key(enqueue->options->job, "");
    struct queue_link *link = enqueue->link;
    char lines[NUMBER_SIZE];
    (void)snprintf(lines, sizeof(lines), "%" PRIu64, enqueue->num_lines);
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "HSET", key.text, "lines", lines);
    queue_publish(link, enqueue->options->job, "whole");
    enqueue->is_asking = queue_say(link, on_told, enqueue, "EXEC");
}

/* ---- Parts ---- */

/* [id, fields set, event, parts on the stream, status] */
static void on_sent(void *user, const redisReply *reply)
{
    struct enqueue *enqueue = user;
    uint64_t num_waiting = 0;
    enqueue->is_asking = false;
    if (!queue_is_fine(enqueue->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 5) {
        return;
    }
    const redisReply *status = reply->element[4];
    bool is_there = status->type == REDIS_REPLY_STRING && strcmp(status->str, QUEUE_CANCELLED) != 0;
    if (reply->element[0]->type == REDIS_REPLY_NIL || !is_there) {
        log_message("job %s was cancelled", enqueue->options->job);
        fail(enqueue, QUEUE_STATUS_FAILED);
        return;
    }
    if (enqueue->num_sent < enqueue->num_made) {
        enqueue->num_sent++;
    }
    enqueue->is_full =
        queue_read_number(reply->element[3], &num_waiting) && num_waiting >= enqueue->options->room;
    step(enqueue);
}

static void send_part(struct enqueue *enqueue)
{
    const char *job = enqueue->options->job;
    const struct queue_key key = queue_key(job, ""), chunks = queue_key(job, ":chunks");
    const struct part *part = &enqueue->kept[(enqueue->num_sent + 1) % KEPT_MAX];
    struct queue_link *link = enqueue->link;
    char number[NUMBER_SIZE];
    (void)snprintf(number, sizeof(number), "%" PRIu64, part->number);
    const struct redis_word words[] = {{"XADD", 4},        {chunks.text, strlen(chunks.text)},
                                       {"NOMKSTREAM", 10}, {"*", 1},
                                       {"lines", 5},       {part->text.bytes, part->text.len}};
    queue_say(link, queue_on_queued, link, "MULTI");
    redis_client_send(queue_link_client(link), words, 6, queue_on_queued, link);
    queue_say(link, queue_on_queued, link, "HSET", key.text, "chunks", number);
    queue_publish(link, job, QUEUE_CHUNK);
    queue_say(link, queue_on_queued, link, "XLEN", chunks.text);
    queue_say(link, queue_on_queued, link, "HGET", key.text, "status");
    enqueue->is_asking = queue_say(link, on_sent, enqueue, "EXEC");
}

static void on_room(void *user, const redisReply *reply)
{
    struct enqueue *enqueue = user;
    uint64_t num_waiting;
    enqueue->is_asking = false;
    if (queue_is_fine(enqueue->link, reply) && queue_read_number(reply, &num_waiting)) {
        enqueue->is_full = num_waiting >= enqueue->options->room;
        step(enqueue);
    }
}

/* How many parts Redis has: fewer than were sent, where it was restarted and lost its last second.
 */
static void on_found(void *user, const redisReply *reply)
{
    struct enqueue *enqueue = user;
    uint64_t num_chunks;
    enqueue->is_asking = false;
    if (!queue_is_fine(enqueue->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 2) {
        return;
    }
    const redisReply *owner = reply->element[1];
    if (!queue_read_number(reply->element[0], &num_chunks) || owner->type != REDIS_REPLY_STRING ||
        strcmp(owner->str, enqueue->owner) != 0) {
        log_message("job %s is gone from Redis, or another one has its name",
                    enqueue->options->job);
        fail(enqueue, QUEUE_STATUS_FAILED);
        return;
    }
    if (num_chunks > enqueue->num_made || num_chunks + KEPT_MAX <= enqueue->num_made) {
        log_message("job %s cannot be gone on with: Redis has lost too much of it",
                    enqueue->options->job);
        fail(enqueue, QUEUE_STATUS_FAILED);
        return;
    }
    enqueue->num_sent = num_chunks;
    step(enqueue);
}

/* ---- The job ---- */

/* Whether the name was free; all else was only done then, as the reply is looked at first. */
static void on_made(void *user, const redisReply *reply)
{
    struct enqueue *enqueue = user;
    enqueue->is_asking = false;
    if (queue_is_fine(enqueue->link, reply)) {
        enqueue->is_made = true;
        log_message("job %s: the list is being put on the queue", enqueue->options->job);
        step(enqueue);
    }
}

static void make_job(struct enqueue *enqueue)
{
    const struct queue_enqueue_options *options = enqueue->options;
    const struct queue_key key = queue_key(options->job, "");
    const struct queue_key chunks = queue_key(options->job, ":chunks");
    const struct queue_key results = queue_key(options->job, ":results");
    const struct queue_key done = queue_key(options->job, ":done");
    const struct queue_key workers = queue_key(options->job, ":workers");
    struct queue_link *link = enqueue->link;
    char score[NUMBER_SIZE];
    (void)snprintf(score, sizeof(score), "%.3f", clock_wall());
    queue_say(link, queue_on_queued, link, "MULTI");
    /* A late worker of an earlier job of this name may have left some of them behind. */
    queue_say(link, queue_on_queued, link, "DEL", chunks.text, results.text, done.text,
              workers.text);
    queue_say(link, queue_on_queued, link, "HSET", key.text, "status", QUEUE_OPEN, "policy",
              options->policy, "options", options->options, "list", options->list, "sha256",
              enqueue->digest.sha256, "created", score, "chunks", "0");
    queue_say(link, queue_on_queued, link, "XGROUP", "CREATE", chunks.text, QUEUE_GROUP, "0",
              "MKSTREAM");
    /* The stream of results is there from the beginning on, and so no worker makes it anew once the
     * job has gone. */
    queue_say(link, queue_on_queued, link, "XGROUP", "CREATE", results.text, QUEUE_GROUP, "0",
              "MKSTREAM");
    queue_say(link, queue_on_queued, link, "ZADD", QUEUE_JOBS, score, options->job);
    queue_publish(link, options->job, "new");
    enqueue->is_asking = queue_say(link, on_made, enqueue, "EXEC");
}

/* [was the owner set, the owner, status] */
static void on_named(void *user, const redisReply *reply)
{
    struct enqueue *enqueue = user;
    enqueue->is_asking = false;
    if (!queue_is_fine(enqueue->link, reply) || reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != 3) {
        return;
    }
    const redisReply *owner = reply->element[1];
    bool is_ours = owner->type == REDIS_REPLY_STRING && strcmp(owner->str, enqueue->owner) == 0;
    if (!is_ours) {
        log_message("there is a job %s already: give another --job", enqueue->options->job);
        fail(enqueue, STATUS_REFUSED);
    } else if (reply->element[2]->type == REDIS_REPLY_STRING) {
        enqueue->is_made = true; /* the connection was lost behind it */
        step(enqueue);
    } else {
        make_job(enqueue);
    }
}

static void name_job(struct enqueue *enqueue)
{
    const struct queue_key key = queue_key(enqueue->options->job, "");
    struct queue_link *link = enqueue->link;
    queue_say(link, queue_on_queued, link, "MULTI");
    queue_say(link, queue_on_queued, link, "HSETNX", key.text, "owner", enqueue->owner);
    queue_say(link, queue_on_queued, link, "HGET", key.text, "owner");
    queue_say(link, queue_on_queued, link, "HGET", key.text, "status");
    enqueue->is_asking = queue_say(link, on_named, enqueue, "EXEC");
}

/* ---- All together ---- */

static void step(struct enqueue *enqueue)
{
    if (enqueue->is_asking || !queue_link_is_up(enqueue->link)) {
        return;
    }
    if (!enqueue->is_made) {
        name_job(enqueue);
        return;
    }
    if (enqueue->is_full) {
        return; /* an event comes when there is room */
    }
    if (enqueue->num_sent == enqueue->num_made && !enqueue->is_read) {
        struct part *part = &enqueue->kept[(enqueue->num_made + 1) % KEPT_MAX];
        if (read_part(enqueue, &part->text)) {
            part->number = ++enqueue->num_made;
        } else if (!enqueue->is_read) {
            return;
        }
    }
    if (enqueue->num_sent < enqueue->num_made) {
        send_part(enqueue);
    } else if (enqueue->is_read && enqueue->num_sent == enqueue->num_made) {
        tell_end(enqueue);
    }
}

static void on_up(void *user)
{
    struct enqueue *enqueue = user;
    const struct queue_key key = queue_key(enqueue->options->job, "");
    /* Where the other connection alone was lost, a reply may still come. */
    if (enqueue->is_made && !enqueue->is_asking) {
        enqueue->is_asking =
            queue_say(enqueue->link, on_found, enqueue, "HMGET", key.text, "chunks", "owner");
    }
    step(enqueue);
}

static void on_event(void *user)
{
    struct enqueue *enqueue = user;
    const struct queue_key chunks = queue_key(enqueue->options->job, ":chunks");
    if (enqueue->is_full && !enqueue->is_asking) {
        enqueue->is_asking = queue_say(enqueue->link, on_room, enqueue, "XLEN", chunks.text);
    }
}

static bool open_list(struct enqueue *enqueue)
{
    char error[512];
    uint8_t token[TOKEN_BYTES];
    RAND_bytes(token, sizeof(token));
    *hex_write(enqueue->owner, token, sizeof(token), HEX_LOWER) = '\0';
    enqueue->fd = feeder_open(enqueue->options->list, &enqueue->digest, error, sizeof(error));
    if (enqueue->fd < 0) {
        log_message("%s", error);
        return false;
    }
    enqueue->list = supplier_list_new(enqueue->fd, &enqueue->options->reading);
    if (enqueue->list == NULL) {
        log_message("out of memory");
    }
    return enqueue->list != NULL;
}

int queue_enqueue_run(const struct queue_enqueue_options *options)
{
    struct enqueue *enqueue = calloc(1, sizeof(*enqueue));
    int status = STATUS_REFUSED;
    if (enqueue == NULL) {
        log_message("out of memory");
        return QUEUE_STATUS_FAILED;
    }
    *enqueue = (struct enqueue){.options = options, .fd = -1, .flags = -1};
    const struct queue_handler handler = {
        .on_up = on_up, .on_event = on_event, .user = enqueue, .ignored = QUEUE_RESULTS};
    if (open_list(enqueue)) {
        enqueue->link = queue_link_new(options->access, &handler);
        status = QUEUE_STATUS_FAILED;
    }
    if (enqueue->link != NULL) {
        watch_input(enqueue);
        queue_link_watch(enqueue->link);
        status = queue_link_run(enqueue->link);
        leave_input(enqueue);
        if (status != 0 && enqueue->is_made) {
            log_message("job %s lacks a part of its list: cancel it with \"mxgrade jobs --cancel "
                        "%s\"",
                        options->job, options->job);
        }
    }
    queue_link_free(enqueue->link);
    supplier_list_free(enqueue->list);
    for (size_t i = 0; i < KEPT_MAX; i++) {
        prepared_text_fini(&enqueue->kept[i].text);
    }
    if (enqueue->fd > STDIN_FILENO) {
        close(enqueue->fd);
    }
    free(enqueue);
    return status;
}
