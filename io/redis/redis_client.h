/*
 * A connection to a Redis or Valkey server on a libev loop: commands go out at once, and each reply
 * comes to whoever sent its command, in order. It connects again by itself, with growing pauses.
 *
 * hiredis formats the commands and parses the replies; socket, TLS and time are those of io/net. A
 * server older than REDIS_VERSION_WANTED, a refused login and a refused certificate are final: then
 * nothing is tried again.
 */
#ifndef MXGRADE_IO_REDIS_CLIENT_H
#define MXGRADE_IO_REDIS_CLIENT_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/net/conn.h"
#include "io/redis/redis_url.h"

#define REDIS_VERSION_WANTED "6.2" /* the first with XAUTOCLAIM */

struct redis_client;

enum redis_down {
    REDIS_DOWN_FOR_NOW, /* it is tried again */
    REDIS_DOWN_FOR_GOOD /* only a person can help */
};

struct redis_client_options {
    struct conn_shared *shared; /* without sources and proxy, and with a TLS client for rediss:// */
    const struct redis_url *url;
    double reply_seconds; /* a command that has no reply then ends the connection */
    /*
     * NULL if the certificates are those of the server that was meant, else why not. Needed for
     * rediss:// alone.
     */
    const char *(*judge)(void *user, const struct tls_observed *observed);
    void (*on_up)(void *user); /* logged in: commands may be sent */
    /* It was up and is not, or could not be reached. Every command without a reply has been told.
     */
    void (*on_down)(void *user, enum redis_down down, const char *reason);
    void *user;
};

/* The reply is borrowed. NULL: the connection was lost, and nobody knows whether the command was
 * done. May send commands, and may not free the client. */
typedef void (*redis_on_reply)(void *user, const redisReply *reply);

/* Begins to connect. What `options` points at is borrowed for the life of the client. NULL on lack
 * of memory. No call comes from within. */
struct redis_client *redis_client_new(const struct redis_client_options *options);

/* Commands without a reply are told NULL. Not from within a call of its own; NULL is fine. */
void redis_client_free(struct redis_client *client);

bool redis_client_is_up(const struct redis_client *client);

/* Commands whose replies are to come. */
size_t redis_client_num_pending(const struct redis_client *client);

/* One argument of a command. */
struct redis_word {
    const char *bytes;
    size_t len;
};

#define REDIS_WORDS_MAX 1024

/*
 * Sends a command of at most REDIS_WORDS_MAX words, which is copied. `on_reply` (NULL: nobody asks)
 * is called once, never from within. False: it is not up, or no memory, and no call follows.
 */
bool redis_client_send(struct redis_client *client, const struct redis_word *words,
                       size_t num_words, redis_on_reply on_reply, void *user);

/* The same with texts, the last followed by NULL. */
bool redis_client_say(struct redis_client *client, redis_on_reply on_reply, void *user, ...)
    __attribute__((sentinel));

/* Ends the connection, as the server does not do what it is asked at the moment, and makes it anew
 * after a pause. */
void redis_client_restart(struct redis_client *client, const char *reason);

/* Is the text of an error one of a server that is not ready, has no memory left or cannot write? */
bool redis_error_is_for_now(const char *error);

/* The text of a reply that is an error, else NULL. */
const char *redis_reply_error(const redisReply *reply);

/* The value that follows the key in a reply of keys and values; NULL: there is none, or it is no
 * string. */
const redisReply *redis_reply_value(const redisReply *reply, const char *key);

#endif
