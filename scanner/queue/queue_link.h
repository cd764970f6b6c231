/*
 * What every command of the queue has: a loop, its connections to Redis, and how it ends. Where
 * Redis is gone it says so once, and once more when Redis is back.
 */
#ifndef MXGRADE_SCANNER_QUEUE_LINK_H
#define MXGRADE_SCANNER_QUEUE_LINK_H

#include <ev.h>

#include "io/redis/redis_client.h"

#define QUEUE_STATUS_FAILED 3

/* How the Redis server is reached. The texts that are pointed at are borrowed and have to live as
 * long as the link. */
struct queue_access {
    struct redis_url url;
    const char *url_text;  /* NULL: REDIS_DEFAULT_URL */
    const char *auth_file; /* with "USER:PASSWORD" or "PASSWORD"; NULL: what is in the URL */
    const char *ca_file;   /* for rediss://; NULL: the system's roots */
};

struct queue_link;

struct queue_handler {
    /* Both connections are up: for the first time, or anew, and then nobody knows which of the
     * commands without a reply were done. */
    void (*on_up)(void *user);
    /* NULL: nobody asks. */
    void (*on_down)(void *user);
    /* SIGINT, SIGTERM or SIGHUP, which is the `num_stops`-th. NULL: it ends the command. */
    void (*on_stop)(void *user, unsigned num_stops);
    /* Something has happened to a job, or a while has passed without any such thing: see
     * queue_link_watch(). */
    void (*on_event)(void *user);
    const char *ignored; /* events of this kind are none of its business; NULL: it has all */
    void *user;
    bool waits_for_redis; /* also at the beginning; else a first try that fails ends the command */
};

/* Reads the URL and the files. False after a message. */
bool queue_access_read(struct queue_access *access);

/* NULL after a message. The handler is copied. */
struct queue_link *queue_link_new(const struct queue_access *access,
                                  const struct queue_handler *handler);
void queue_link_free(struct queue_link *link);

/* Runs until queue_link_end(), and returns its status. */
int queue_link_run(struct queue_link *link);
void queue_link_end(struct queue_link *link, int status);

struct ev_loop *queue_link_loop(const struct queue_link *link);
bool queue_link_is_up(const struct queue_link *link);

/* Sends a command, as redis_client_say() and redis_client_send(). */
#define queue_say(link, on_reply, user, ...)                                                       \
    redis_client_say(queue_link_client(link), on_reply, user, __VA_ARGS__, (char *)NULL)
struct redis_client *queue_link_client(const struct queue_link *link);

/*
 * True if the reply is there and holds no error. A reply that was lost is followed by on_up() some
 * time; after an error that passes the connection is made anew, so that on_up() follows too; after
 * any other error the command ends with a message.
 */
bool queue_is_fine(struct queue_link *link, const redisReply *reply);

/* For commands between MULTI and EXEC: looks at what they say before. */
void queue_on_queued(void *user, const redisReply *reply); /* the user is the link */

/*
 * From now on, on_event() is called when an event is published, without any polling: a second
 * connection waits for it. Events that came just before are told too.
 */
void queue_link_watch(struct queue_link *link);

/* Kinds of events of which there are many: of all others everybody is told. */
#define QUEUE_CHUNK   "chunk"
#define QUEUE_RESULTS "results"

/* Publishes one, as a part of a transaction or alone. */
void queue_publish(struct queue_link *link, const char *job, const char *what);

#endif
