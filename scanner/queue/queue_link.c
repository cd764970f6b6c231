#include "scanner/queue/queue_link.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/clock.h"
#include "io/base/loop.h"
#include "scanner/base/log.h"
#include "scanner/queue/queue_job.h"
#include "scanner/x509/certificate.h"

#define DEFAULT_URL   "redis://127.0.0.1:6379"
#define REPLY_SECONDS 20.
#define BLOCK_MS      "10000" /* less than REPLY_SECONDS */
#define EVENTS_KEPT   "1000"
#define AUTH_FILE_MAX 2048

static const int stops[] = {SIGINT, SIGTERM, SIGHUP};

#define NUM_STOPS (sizeof(stops) / sizeof(stops[0]))

/* One of the two connections. */
struct side {
    struct queue_link *link;
    struct redis_client *client;
};

struct queue_link {
    struct queue_handler handler;
    const struct queue_access *access;
    struct ev_loop *loop;
    struct conn_shared *shared;
    struct trust_store *store;    /* for rediss:// */
    struct side commands, events; /* the latter waits */
    ev_signal signals[NUM_STOPS];
    unsigned num_stops;
    bool is_watching, is_waiting, is_up, was_up, has_told;
    char last_event[QUEUE_ID_SIZE];
    char url[REDIS_URL_SIZE];
    char problem[512];
    int status;
};

/* ---- Access ---- */

static bool read_auth_file(struct queue_access *access)
{
    char text[AUTH_FILE_MAX + 1];
    FILE *file = fopen(access->auth_file, "rbe");
    if (file == NULL) {
        log_message("--redis-auth %s: %s", access->auth_file, strerror(errno));
        return false;
    }
    size_t len = fread(text, 1, AUTH_FILE_MAX, file);
    (void)fclose(file);
    text[len] = '\0';
    const char *problem = redis_url_take_secret(&access->url, text);
    if (problem != NULL) {
        log_message("--redis-auth %s: %s", access->auth_file, problem);
    }
    return problem == NULL;
}

bool queue_access_read(struct queue_access *access)
{
    const char *text = access->url_text != NULL ? access->url_text : DEFAULT_URL;
    const char *problem = redis_url_parse(text, &access->url);
    if (problem != NULL) {
        log_message("--redis: %s", problem); /* the URL may hold a password */
        return false;
    }
    return access->auth_file == NULL || read_auth_file(access);
}

static const char *judge(void *user, const struct tls_observed *observed)
{
    struct queue_link *link = ((struct side *)user)->link;
    struct text certificates[CHAIN_CERTIFICATES_MAX];
    struct certificate_record record = {0};
    size_t num = 0;
    while (num < observed->num_certificates && num < CHAIN_CERTIFICATES_MAX) {
        certificates[num].bytes = (const char *)observed->certificates[num].bytes;
        certificates[num].len = observed->certificates[num].len;
        num++;
    }
    struct chain_cache *cache = chain_cache_new(link->store, (int64_t)clock_wall(), 1);
    const struct chain *chain =
        cache != NULL && num > 0 ? chain_cache_get(cache, certificates, num) : NULL;
    bool is_valid = false;
    if (chain != NULL) {
        certificate_judge(chain, link->access->url.host, &record);
        is_valid = certificate_is_valid(&record) == TRI_YES;
    }
    bool is_other_name = chain != NULL && record.trusted.value == TRI_YES && !is_valid;
    if (chain != NULL) {
        chain_release(cache, chain);
    }
    chain_cache_free(cache);
    if (is_valid) {
        return NULL;
    }
    return is_other_name ? "its certificate is for another name, or out of date"
                         : "its certificate is not trusted; --redis-ca FILE names its authority";
}

/* ---- Up and down ---- */

static void wait_for_event(struct queue_link *link);

static void on_up(void *user)
{
    struct queue_link *link = ((struct side *)user)->link;
    if (link->is_up || !redis_client_is_up(link->commands.client) ||
        !redis_client_is_up(link->events.client)) {
        return;
    }
    if (link->has_told) {
        log_message("%s is back", link->url);
    }
    link->is_up = true;
    link->was_up = true;
    link->has_told = false;
    link->handler.on_up(link->handler.user);
    wait_for_event(link);
}

static void on_down(void *user, enum redis_down down, const char *reason)
{
    struct queue_link *link = ((struct side *)user)->link;
    bool was_up = link->is_up;
    bool is_final =
        down == REDIS_DOWN_FOR_GOOD || (!link->was_up && !link->handler.waits_for_redis);
    link->is_up = false;
    if (is_final && link->status < 0) { /* of two connections one tells */
        log_message("%s: %s", link->url, reason);
        queue_link_end(link, QUEUE_STATUS_FAILED);
    } else if (!is_final && !link->has_told) {
        link->has_told = true;
        log_message("%s: %s; trying again until it is back", link->url, reason);
    }
    if (was_up && link->handler.on_down != NULL) {
        link->handler.on_down(link->handler.user);
    }
}

static bool open_side(struct queue_link *link, struct side *side)
{
    side->link = link;
    const struct redis_client_options options = {
        .shared = link->shared,
        .url = &link->access->url,
        .reply_seconds = REPLY_SECONDS,
        .judge = judge,
        .on_up = on_up,
        .on_down = on_down,
        .user = side,
    };
    side->client = redis_client_new(&options);
    return side->client != NULL;
}

/* ---- Replies ---- */

static const char *find_error(const redisReply *reply)
{
    const char *error = redis_reply_error(reply);
    for (size_t i = 0; error == NULL && reply->type == REDIS_REPLY_ARRAY && i < reply->elements;
         i++) {
        error = redis_reply_error(reply->element[i]);
    }
    return error;
}

static void complain(struct queue_link *link, const char *error)
{
    if (redis_error_is_for_now(error)) {
        redis_client_restart(link->commands.client, error);
    } else if (strncmp(error, "WRONGTYPE", 9) == 0) {
        log_message("%s: a key that begins with \"" QUEUE_PREFIX "\" holds something else: another "
                    "program uses this database, give another one (/NUMBER behind the URL)",
                    link->url);
        queue_link_end(link, QUEUE_STATUS_FAILED);
    } else if (strncmp(error, "NOPERM", 6) == 0) {
        log_message("%s: the user lacks a right that the queue needs (docs/queue.md lists them): "
                    "%.160s",
                    link->url, error);
        queue_link_end(link, QUEUE_STATUS_FAILED);
    } else {
        log_message("%s refuses: %.160s", link->url, error);
        queue_link_end(link, QUEUE_STATUS_FAILED);
    }
}

bool queue_is_fine(struct queue_link *link, const redisReply *reply)
{
    const char *error = reply != NULL ? find_error(reply) : NULL;
    if (error != NULL && strncmp(error, "EXECABORT", 9) != 0) { /* that was told before */
        complain(link, error);
    }
    return reply != NULL && error == NULL;
}

void queue_on_queued(void *user, const redisReply *reply)
{
    (void)queue_is_fine(user, reply);
}

/* ---- Events ---- */

/* Entries are [id, ["job", ..., "what", ...]]. */
static bool concerns(const struct queue_link *link, const redisReply *entries)
{
    bool has_other = entries->elements == 0 || link->handler.ignored == NULL;
    for (size_t i = 0; i < entries->elements && !has_other; i++) {
        const redisReply *entry = entries->element[i];
        const redisReply *what =
            entry->elements == 2 ? redis_reply_value(entry->element[1], "what") : NULL;
        has_other = what == NULL || strcmp(what->str, link->handler.ignored) != 0;
    }
    return has_other;
}

static void on_events(void *user, const redisReply *reply)
{
    struct queue_link *link = user;
    link->is_waiting = false;
    if (!queue_is_fine(link, reply)) {
        return;
    }
    bool is_concerned = true;
    /* [[key, [[id, fields], ...]]], or nothing in that time. */
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
        reply->element[0]->elements == 2) {
        const redisReply *entries = reply->element[0]->element[1];
        const redisReply *last =
            entries->elements > 0 ? entries->element[entries->elements - 1] : NULL;
        if (last != NULL && last->elements > 0 && last->element[0]->type == REDIS_REPLY_STRING) {
            (void)snprintf(link->last_event, sizeof(link->last_event), "%s", last->element[0]->str);
        }
        is_concerned = concerns(link, entries);
    }
    wait_for_event(link);
    if (is_concerned && link->is_up) {
        link->handler.on_event(link->handler.user);
    }
}

static void wait_for_event(struct queue_link *link)
{
    if (link->is_watching && link->is_up && !link->is_waiting) {
        link->is_waiting = redis_client_say(link->events.client, on_events, link, "XREAD", "COUNT",
                                            "1000", "BLOCK", BLOCK_MS, "STREAMS", QUEUE_EVENTS,
                                            link->last_event, (char *)NULL);
    }
}

void queue_link_watch(struct queue_link *link)
{
    link->is_watching = true;
    wait_for_event(link);
}

void queue_publish(struct queue_link *link, const char *job, const char *what)
{
    (void)queue_say(link, queue_on_queued, link, "XADD", QUEUE_EVENTS, "MAXLEN", "~", EVENTS_KEPT,
                    "*", "job", job, "what", what);
}

/* ---- Life and death ---- */

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)loop;
    (void)events;
    struct queue_link *link = watcher->data;
    link->num_stops++;
    if (link->handler.on_stop != NULL) {
        link->handler.on_stop(link->handler.user, link->num_stops);
    } else {
        queue_link_end(link, QUEUE_STATUS_FAILED);
    }
}

static void watch_signals(struct queue_link *link)
{
    for (size_t i = 0; i < NUM_STOPS; i++) {
        struct sigaction action;
        ev_signal_init(&link->signals[i], on_signal, stops[i]);
        link->signals[i].data = link;
        /* SIGHUP stays ignored where it was, as under nohup. */
        if (sigaction(stops[i], NULL, &action) != 0 || action.sa_handler != SIG_IGN) {
            ev_signal_start(link->loop, &link->signals[i]);
        }
    }
}

static bool load_roots(struct queue_link *link)
{
    if (link->access->url.transport != REDIS_TLS) {
        return true;
    }
    link->store = trust_store_new(link->access->ca_file, link->problem, sizeof(link->problem));
    return link->store != NULL;
}

struct queue_link *queue_link_new(const struct queue_access *access,
                                  const struct queue_handler *handler)
{
    struct queue_link *link = calloc(1, sizeof(*link));
    struct conn_shared *shared = calloc(1, sizeof(*shared));
    if (link == NULL || shared == NULL) {
        free(link);
        free(shared);
        log_message("out of memory");
        return NULL;
    }
    *link = (struct queue_link){.handler = *handler,
                                .access = access,
                                .shared = shared,
                                .last_event = "0-0",
                                .problem = "out of memory"};
    redis_url_format(&access->url, link->url);
    shared->loop = link->loop = loop_new();
    shared->tls_client = tls_client_new();
    if (link->loop == NULL || shared->tls_client == NULL || !load_roots(link) ||
        !open_side(link, &link->commands) || !open_side(link, &link->events)) {
        log_message("%s", link->problem);
        queue_link_free(link);
        return NULL;
    }
    watch_signals(link);
    return link;
}

void queue_link_free(struct queue_link *link)
{
    if (link == NULL) {
        return;
    }
    /* What is told of lost replies finds nothing that is up. */
    link->is_up = false;
    link->is_watching = false;
    for (size_t i = 0; i < NUM_STOPS && link->loop != NULL; i++) {
        ev_signal_stop(link->loop, &link->signals[i]);
    }
    redis_client_free(link->commands.client);
    redis_client_free(link->events.client);
    tls_client_free(link->shared->tls_client);
    trust_store_free(link->store);
    loop_free(link->loop);
    free(link->shared);
    free(link);
}

int queue_link_run(struct queue_link *link)
{
    link->status = -1;
    while (link->status < 0) {
        ev_run(link->loop, 0);
    }
    return link->status;
}

void queue_link_end(struct queue_link *link, int status)
{
    if (link->status < 0) {
        link->status = status;
    }
    ev_break(link->loop, EVBREAK_ALL);
}

struct ev_loop *queue_link_loop(const struct queue_link *link)
{
    return link->loop;
}

bool queue_link_is_up(const struct queue_link *link)
{
    return link->is_up;
}

struct redis_client *queue_link_client(const struct queue_link *link)
{
    return link->commands.client;
}
