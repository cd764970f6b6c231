#include "io/redis/redis_client.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "io/base/loop.h"
#include "io/redis/redis_bounds.h"

#define CONNECT_SECONDS   10.
#define IDLE_SECONDS      1e7
#define PAUSE_MIN         0.1
#define PAUSE_MAX         5.
#define RESTART_PAUSE     1.
#define UNSENT_MAX        ((uint32_t)64 << 20)
#define REASON_SIZE       512
#define SERVER_TEXT_MAX   160 /* of what a server says that is repeated in a message */
#define VERSION_MAJOR_MIN 6
#define VERSION_MINOR_MIN 2

enum client_state {
    CLIENT_PAUSED, /* until the timer */
    CLIENT_CONNECTING,
    CLIENT_GREETING, /* HELLO, SELECT and PING are on their way */
    CLIENT_UP,
    CLIENT_ENDED /* for good */
};

struct pending {
    STAILQ_ENTRY(pending) next;
    redis_on_reply on_reply;
    void *user;
};

struct redis_client {
    struct conn conn; /* first: the handler is given it */
    struct redis_client_options options;
    enum client_state state;
    bool is_open;
    bool is_broken; /* a command could not be sent: none that follows it may be */
    redisReader *reader;
    struct redis_bounds bounds;
    STAILQ_HEAD(pendings, pending) pending;
    size_t num_pending;
    ev_timer timer;
    double pause;
    struct addrinfo *found, *next; /* addresses that are tried, and the next one */
    char reason[REASON_SIZE];
};

/* ---- Replies ---- */

const char *redis_reply_error(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_ERROR ? reply->str : NULL;
}

const redisReply *redis_reply_value(const redisReply *reply, const char *key)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return NULL;
    }
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i], *value = reply->element[i + 1];
        if (name->type == REDIS_REPLY_STRING && strcmp(name->str, key) == 0) {
            return value->type == REDIS_REPLY_STRING ? value : NULL;
        }
    }
    return NULL;
}

/* ---- Down ---- */

static void forget_addresses(struct redis_client *client)
{
    if (client->found != NULL) {
        freeaddrinfo(client->found);
    }
    client->found = NULL;
    client->next = NULL;
}

static void close_connection(struct redis_client *client)
{
    if (client->is_open) {
        conn_close(&client->conn);
        client->is_open = false;
    }
    if (client->reader != NULL) {
        redisReaderFree(client->reader);
        client->reader = NULL;
    }
}

/* Commands that are sent meanwhile are refused, so the list ends. */
static void tell_pending(struct redis_client *client)
{
    struct pending *pending;
    while ((pending = STAILQ_FIRST(&client->pending)) != NULL) {
        STAILQ_REMOVE_HEAD(&client->pending, next);
        client->num_pending--;
        if (pending->on_reply != NULL) {
            pending->on_reply(pending->user, NULL);
        }
        free(pending);
    }
}

static void go_down(struct redis_client *client, enum redis_down down)
{
    close_connection(client);
    client->state = down == REDIS_DOWN_FOR_GOOD ? CLIENT_ENDED : CLIENT_PAUSED;
    tell_pending(client);
    if (down == REDIS_DOWN_FOR_GOOD) {
        forget_addresses(client);
    } else {
        ev_timer_set(&client->timer, client->pause, 0.);
        ev_timer_start(client->options.shared->loop, &client->timer);
        client->pause = client->pause * 2 < PAUSE_MAX ? client->pause * 2 : PAUSE_MAX;
    }
    client->options.on_down(client->options.user, down, client->reason);
}

static void fail(struct redis_client *client, enum redis_down down, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(struct redis_client *client, enum redis_down down, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(client->reason, sizeof(client->reason), format, arguments);
    va_end(arguments);
    go_down(client, down);
}

/* What a server says goes to a terminal: one line, visible ASCII. */
static void make_visible(const char *text, char out_text[SERVER_TEXT_MAX])
{
    size_t i = 0;
    for (; i < SERVER_TEXT_MAX - 1 && text[i] != '\0'; i++) {
        out_text[i] = text[i];
        if (text[i] < ' ' || text[i] > '~') {
            out_text[i] = '?';
        }
    }
    out_text[i] = '\0';
}

/* ---- Sending ---- */

static void renew_deadline(struct redis_client *client)
{
    if (client->is_broken) {
        return;
    }
    conn_set_deadline(&client->conn,
                      client->num_pending > 0 ? client->options.reply_seconds : IDLE_SECONDS);
}

/* An event will not follow: the connection is ended by its deadline. */
static bool break_off(struct redis_client *client)
{
    client->is_broken = true;
    conn_set_deadline(&client->conn, 0.);
    return false;
}

static bool send_words(struct redis_client *client, const struct redis_word *words,
                       size_t num_words, redis_on_reply on_reply, void *user)
{
    const char *texts[REDIS_WORDS_MAX];
    size_t lengths[REDIS_WORDS_MAX];
    char *command = NULL;
    struct pending *pending = malloc(sizeof(*pending));
    if (pending == NULL || num_words > REDIS_WORDS_MAX) {
        free(pending);
        return break_off(client);
    }
    for (size_t i = 0; i < num_words; i++) {
        texts[i] = words[i].bytes;
        lengths[i] = words[i].len;
    }
    /* An int in hiredis 0.14, a long long since 1.0. */
    long long len = redisFormatCommandArgv(&command, (int)num_words, texts, lengths);
    bool ok = len >= 0 && conn_send(&client->conn, command, (size_t)len);
    if (len >= 0) {
        redisFreeCommand(command);
    }
    if (!ok) {
        free(pending);
        return break_off(client);
    }
    *pending = (struct pending){.on_reply = on_reply, .user = user};
    STAILQ_INSERT_TAIL(&client->pending, pending, next);
    if (client->num_pending++ == 0) {
        renew_deadline(client);
    }
    return true;
}

bool redis_client_send(struct redis_client *client, const struct redis_word *words,
                       size_t num_words, redis_on_reply on_reply, void *user)
{
    return client->state == CLIENT_UP && !client->is_broken &&
           send_words(client, words, num_words, on_reply, user);
}

#define SAY_WORDS_MAX 32

bool redis_client_say(struct redis_client *client, redis_on_reply on_reply, void *user, ...)
{
    struct redis_word words[SAY_WORDS_MAX];
    size_t num = 0;
    va_list arguments;
    va_start(arguments, user);
    const char *text;
    while (num < SAY_WORDS_MAX && (text = va_arg(arguments, const char *)) != NULL) {
        words[num++] = (struct redis_word){text, strlen(text)};
    }
    va_end(arguments);
    return redis_client_send(client, words, num, on_reply, user);
}

/* ---- Greeting ---- */

bool redis_error_is_for_now(const char *error)
{
    /* With the space behind it: BUSYGROUP does not pass. */
    static const char *const kinds[] = {
        "LOADING ", "MASTERDOWN ", "BUSY ",     "TRYAGAIN ",   "CLUSTERDOWN ",
        "OOM ",     "MISCONF ",    "READONLY ", "NOREPLICAS ", "ERR max number of clients"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(error, kinds[i], strlen(kinds[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void fail_with_error(struct redis_client *client, const char *error)
{
    char visible[SERVER_TEXT_MAX];
    make_visible(error, visible);
    if (redis_error_is_for_now(error)) {
        fail(client, REDIS_DOWN_FOR_NOW, "it is not ready: %s", visible);
    } else if (strncmp(error, "WRONGPASS", 9) == 0) {
        fail(client, REDIS_DOWN_FOR_GOOD, "it refuses user and password: %s", visible);
    } else if (strncmp(error, "NOAUTH", 6) == 0) {
        fail(client, REDIS_DOWN_FOR_GOOD,
             "it takes nobody without a password: give it in the URL or by --redis-auth");
    } else if (strncmp(error, "NOPERM", 6) == 0) {
        fail(client, REDIS_DOWN_FOR_GOOD, "its access list does not let this user in: %s", visible);
    } else if (strncmp(error, "ERR unknown command", 19) == 0) {
        fail(client, REDIS_DOWN_FOR_GOOD,
             "it is too old: Redis " REDIS_VERSION_WANTED " or newer, or Valkey, is needed");
    } else {
        fail(client, REDIS_DOWN_FOR_GOOD, "it does not let us in: %s", visible);
    }
}

/* "7.0.15": is it new enough? */
static bool is_new_enough(const char *version)
{
    unsigned major = 0, minor = 0;
    if (sscanf(version, "%5u.%5u", &major, &minor) != 2) {
        return false;
    }
    return major > VERSION_MAJOR_MIN || (major == VERSION_MAJOR_MIN && minor >= VERSION_MINOR_MIN);
}

static void on_hello(void *user, const redisReply *reply)
{
    struct redis_client *client = user;
    char visible[SERVER_TEXT_MAX];
    if (reply == NULL) {
        return;
    }
    const char *error = redis_reply_error(reply);
    const redisReply *version = redis_reply_value(reply, "version");
    if (error != NULL) {
        fail_with_error(client, error);
    } else if (version == NULL) {
        fail(client, REDIS_DOWN_FOR_GOOD, "it does not say which version of Redis it is");
    } else if (!is_new_enough(version->str)) {
        make_visible(version->str, visible);
        fail(client, REDIS_DOWN_FOR_GOOD,
             "it is of version %s: Redis " REDIS_VERSION_WANTED " or newer, or Valkey, is needed",
             visible);
    }
}

static void on_select(void *user, const redisReply *reply)
{
    struct redis_client *client = user;
    if (redis_reply_error(reply) != NULL) {
        fail_with_error(client, reply->str);
    }
}

static void on_ready(void *user, const redisReply *reply)
{
    struct redis_client *client = user;
    if (reply == NULL || client->state != CLIENT_GREETING) {
        return;
    }
    if (redis_reply_error(reply) != NULL) {
        fail_with_error(client, reply->str);
        return;
    }
    client->state = CLIENT_UP;
    client->pause = PAUSE_MIN;
    forget_addresses(client);
    client->options.on_up(client->options.user);
}

/* HELLO says the version and logs in; PING is answered once the data is loaded. */
static void greet(struct redis_client *client)
{
    const struct redis_url *url = client->options.url;
    const char *user = url->user[0] != '\0' ? url->user : "default";
    struct redis_word hello[5] = {{"HELLO", 5}, {"2", 1}};
    size_t num = 2;
    char database[16];
    if (url->has_password) {
        hello[num++] = (struct redis_word){"AUTH", 4};
        hello[num++] = (struct redis_word){user, strlen(user)};
        hello[num++] = (struct redis_word){url->password, strlen(url->password)};
    }
    (void)snprintf(database, sizeof(database), "%u", url->database);
    const struct redis_word select[2] = {{"SELECT", 6}, {database, strlen(database)}};
    const struct redis_word ping[1] = {{"PING", 4}};
    client->state = CLIENT_GREETING;
    (void)(send_words(client, hello, num, on_hello, client) &&
           (url->database == 0 || send_words(client, select, 2, on_select, client)) &&
           send_words(client, ping, 1, on_ready, client));
}

/* ---- Receiving ---- */

/* Whatever a reply leads to may end the connection. */
static void deliver(struct redis_client *client)
{
    void *reply = NULL;
    while (client->is_open && redisReaderGetReply(client->reader, &reply) == REDIS_OK &&
           reply != NULL) {
        struct pending *pending = STAILQ_FIRST(&client->pending);
        if (pending == NULL) {
            freeReplyObject(reply);
            fail(client, REDIS_DOWN_FOR_GOOD, "it speaks without being asked: it is no Redis");
            return;
        }
        STAILQ_REMOVE_HEAD(&client->pending, next);
        client->num_pending--;
        renew_deadline(client);
        if (pending->on_reply != NULL) {
            pending->on_reply(pending->user, reply);
        }
        free(pending);
        freeReplyObject(reply);
        reply = NULL;
    }
    if (client->is_open && client->reader->err != 0) {
        fail(client, REDIS_DOWN_FOR_GOOD, "what it says is not the protocol of Redis");
    }
}

static void take(struct redis_client *client, const uint8_t *bytes, size_t len)
{
    const char *problem = redis_bounds_feed(&client->bounds, bytes, len);
    if (problem != NULL) {
        fail(client, REDIS_DOWN_FOR_GOOD, "%s", problem);
    } else if (redisReaderFeed(client->reader, (const char *)bytes, len) != REDIS_OK) {
        fail(client, REDIS_DOWN_FOR_NOW, "out of memory");
    } else {
        deliver(client);
    }
}

static void judge(struct redis_client *client)
{
    const struct redis_client_options *options = &client->options;
    const char *problem = options->judge(options->user, tls_stream_observed(client->conn.tls));
    if (problem != NULL) {
        fail(client, REDIS_DOWN_FOR_GOOD, "%s", problem);
    } else {
        greet(client);
    }
}

static void start_tls(struct redis_client *client)
{
    const struct hostname *name = NULL;
    const char *host = client->options.url->host;
    /* An address is no SNI (RFC 6066 section 3). */
    (void)hostname_parse_any(host, strlen(host), &name);
    const struct tls_offer offer = {.sni = name, .is_modern = true};
    bool ok = conn_start_tls(&client->conn, &offer);
    hostname_release(name);
    if (!ok) {
        fail(client, REDIS_DOWN_FOR_NOW, "out of memory");
    }
}

static bool try_next_address(struct redis_client *client);

static void on_event(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    struct redis_client *client = (struct redis_client *)conn;
    switch (event) {
    case CONN_CONNECTED:
        if (client->options.url->transport == REDIS_TLS) {
            start_tls(client);
        } else {
            greet(client);
        }
        break;
    case CONN_TLS_READY:
        judge(client);
        break;
    case CONN_TLS_FAILED:
        fail(client, REDIS_DOWN_FOR_NOW,
             client->state == CLIENT_CONNECTING ? "no TLS handshake could be made with it"
                                                : "TLS with it broke");
        break;
    case CONN_DATA:
        take(client, bytes, len);
        break;
    case CONN_CLOSED:
        fail(client, REDIS_DOWN_FOR_NOW, "it closed the connection");
        break;
    case CONN_TIMEOUT:
    case CONN_ERROR:
        if (conn->connecting && client->next != NULL) {
            close_connection(client);
            (void)try_next_address(client);
        } else if (event == CONN_TIMEOUT) {
            fail(client, REDIS_DOWN_FOR_NOW, "%s",
                 conn->connecting    ? "it does not take the connection"
                 : conn->handshaking ? "it does not answer to TLS"
                                     : "it does not answer");
        } else {
            fail(client, REDIS_DOWN_FOR_NOW, "%s", strerror(conn->error));
        }
        break;
    }
}

/* ---- Connecting ---- */

static bool take_address(const struct sockaddr *name, struct address *out_address)
{
    *out_address = (struct address){.family = 0};
    if (name->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, name, sizeof(ipv4));
        out_address->family = 4;
        memcpy(out_address->bytes, &ipv4.sin_addr, 4);
    } else if (name->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, name, sizeof(ipv6));
        out_address->family = 6;
        memcpy(out_address->bytes, &ipv6.sin6_addr, 16);
    }
    return out_address->family != 0;
}

static bool open_connection(struct redis_client *client, const struct address *address)
{
    const struct redis_url *url = client->options.url;
    struct conn_shared *shared = client->options.shared;
    client->reader = redisReaderCreate();
    redis_bounds_init(&client->bounds);
    client->state = CLIENT_CONNECTING;
    client->is_broken = false;
    enum conn_open_status status =
        address != NULL ? conn_open(&client->conn, shared, on_event, address, url->port)
                        : conn_open_local(&client->conn, shared, on_event, url->host);
    if (client->reader == NULL || status != CONN_OPEN_STARTED) {
        int error = client->reader == NULL ? ENOMEM : client->conn.error;
        client->is_open = status == CONN_OPEN_STARTED;
        (void)snprintf(client->reason, sizeof(client->reason), "%s", strerror(error));
        close_connection(client);
        return false;
    }
    client->is_open = true;
    conn_set_bounds(&client->conn, 0, UNSENT_MAX);
    conn_set_deadline(&client->conn, CONNECT_SECONDS);
    return true;
}

/* Begins with the next address; down where none is left. */
static bool try_next_address(struct redis_client *client)
{
    while (client->next != NULL) {
        struct address address;
        const struct addrinfo *info = client->next;
        client->next = info->ai_next;
        if (take_address(info->ai_addr, &address) && open_connection(client, &address)) {
            return true;
        }
    }
    go_down(client, REDIS_DOWN_FOR_NOW);
    return false;
}

/* As with a proxy, the system is asked for the addresses of a name, which may take seconds. */
static void connect_by_name(struct redis_client *client)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    forget_addresses(client);
    int status = getaddrinfo(client->options.url->host, NULL, &hints, &client->found);
    if (status != 0) {
        client->found = NULL;
        fail(client, REDIS_DOWN_FOR_NOW, "its name cannot be looked up: %s", gai_strerror(status));
        return;
    }
    client->next = client->found;
    (void)snprintf(client->reason, sizeof(client->reason), "its name has no address");
    (void)try_next_address(client);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct redis_client *client = watcher->data;
    if (client->options.url->transport != REDIS_UNIX) {
        connect_by_name(client);
    } else if (!open_connection(client, NULL)) {
        go_down(client, REDIS_DOWN_FOR_NOW);
    }
}

/* ---- Life and death ---- */

struct redis_client *redis_client_new(const struct redis_client_options *options)
{
    struct redis_client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        return NULL;
    }
    client->options = *options;
    client->pause = PAUSE_MIN;
    STAILQ_INIT(&client->pending);
    ev_timer_init(&client->timer, on_timer, 0., 0.);
    client->timer.data = client;
    ev_timer_start(options->shared->loop, &client->timer);
    return client;
}

void redis_client_free(struct redis_client *client)
{
    if (client != NULL) {
        client->state = CLIENT_ENDED;
        close_connection(client);
        tell_pending(client);
        forget_addresses(client);
        ev_timer_stop(client->options.shared->loop, &client->timer);
        free(client);
    }
}

void redis_client_restart(struct redis_client *client, const char *reason)
{
    char visible[SERVER_TEXT_MAX];
    if (client->is_open) {
        make_visible(reason, visible);
        client->pause = RESTART_PAUSE;
        fail(client, REDIS_DOWN_FOR_NOW, "%s", visible);
    }
}

bool redis_client_is_up(const struct redis_client *client)
{
    return client->state == CLIENT_UP;
}

size_t redis_client_num_pending(const struct redis_client *client)
{
    return client->num_pending;
}
