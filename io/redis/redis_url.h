/*
 * Where a Redis or Valkey server is, and who we are to it:
 *
 *   redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]
 *   rediss://...                                        the same over TLS
 *   unix://[[USER]:PASSWORD@]/PATH[?db=DATABASE]
 *
 * User and password are percent-encoded (RFC 3986 section 2.1). With a password and no user it is
 * the default user's.
 */
#ifndef MXGRADE_IO_REDIS_URL_H
#define MXGRADE_IO_REDIS_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REDIS_PORT         6379
#define REDIS_HOST_SIZE    256
#define REDIS_SECRET_SIZE  512
#define REDIS_DATABASE_MAX 99999
#define REDIS_URL_SIZE     (sizeof("rediss://[]:65535/99999") + REDIS_HOST_SIZE)

enum redis_transport { REDIS_TCP, REDIS_TLS, REDIS_UNIX };

struct redis_url {
    enum redis_transport transport;
    char host[REDIS_HOST_SIZE]; /* a name, an address, or the path of a socket */
    uint16_t port;
    unsigned database;
    bool has_password;
    char user[REDIS_SECRET_SIZE]; /* "": the default user */
    char password[REDIS_SECRET_SIZE];
};

/* NULL, or what is wrong with it: a sentence that repeats no part of it. */
const char *redis_url_parse(const char *text, struct redis_url *out_url);

/* Takes user and password from a file's text, "USER:PASSWORD" or "PASSWORD" in its first line, as
 * they stand there. NULL, or what is wrong with it. */
const char *redis_url_take_secret(struct redis_url *url, const char *text);

/* The URL without user and password, for messages. */
void redis_url_format(const struct redis_url *url, char out_text[REDIS_URL_SIZE]);

#endif
