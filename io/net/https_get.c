#include "io/net/https_get.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"
#include "io/base/shortage.h"
#include "io/net/http_reply.h"

#define PATH_LEN_MAX 256
#define REQUEST_MAX  (HOSTNAME_SIZE + PATH_LEN_MAX + 256)

#define QUESTIONS 2 /* A and AAAA */

struct https_get {
    struct https_request request; /* its pointers to what the caller owns are not used later */
    const struct hostname *host;  /* a reference */
    char path[PATH_LEN_MAX];
    struct conn conn;
    bool is_conn_open;
    ev_timer timer; /* the deadline; once it has ended, the moment to say so */
    struct moment started;
    bool is_accepted; /* the certificates are, and the request is sent */
    bool has_ended;
    bool is_released;       /* nobody waits for it any longer */
    unsigned num_questions; /* not answered yet; they hold on to the object */
    struct dns_waiter ipv4_waiter, ipv6_waiter;
    struct address addresses[HTTPS_ADDRESSES_MAX];
    size_t num_addresses;
    size_t next_address;
    bool was_any_refused; /* by may_contact */
    struct http_reply reply;
    struct https_response response;
};

const char *https_outcome_name(enum https_outcome outcome)
{
    static const char *const names[] = {
        "ok",       "dns",     "not_allowed", "connect", "tls",       "certificate", "status",
        "redirect", "too_big", "timeout",     "closed",  "malformed", "local"};
    return names[outcome];
}

/* ---- The end ---- */

/* An answer that is still to come will find it here, so it goes when the last one came. */
static void free_if_idle(struct https_get *get)
{
    if (get->is_released && get->num_questions == 0) {
        http_reply_fini(&get->reply);
        hostname_release(get->host);
        free(get);
    }
}

static void release(struct https_get *get)
{
    ev_timer_stop(get->request.shared->loop, &get->timer);
    if (get->is_conn_open) {
        conn_close(&get->conn);
        get->is_conn_open = false;
    }
    get->is_released = true;
}

static void fill_response(struct https_get *get)
{
    struct https_response *response = &get->response;
    response->status = get->reply.status;
    response->content_type = get->reply.content_type;
    response->location = get->reply.location;
    if (response->outcome == HTTPS_OK) {
        response->body = get->reply.body;
        response->body_len = get->reply.body_len;
    }
    response->seconds = loop_since(get->request.shared->loop, get->started);
}

static void report(struct https_get *get)
{
    fill_response(get);
    release(get);
    get->request.done(get->request.user, &get->response);
    free_if_idle(get);
}

/*
 * The connection's own code may be on the stack, so the object stays until the loop is back; and
 * the first ending is the one that counts.
 */
static void end(struct https_get *get, enum https_outcome outcome)
{
    if (get->has_ended) {
        return;
    }
    get->has_ended = true;
    get->response.outcome = outcome;
    if (get->is_conn_open) {
        conn_close(&get->conn);
        get->is_conn_open = false;
    }
    struct ev_loop *loop = get->request.shared->loop;
    ev_timer_stop(loop, &get->timer);
    ev_timer_set(&get->timer, 0., 0.);
    ev_timer_start(loop, &get->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    struct https_get *get = watcher->data;
    if (!get->has_ended) {
        get->has_ended = true;
        get->response.outcome = HTTPS_TIMEOUT;
    }
    report(get);
}

static void end_for_shortage(struct https_get *get)
{
    get->response.error = ENOMEM;
    end(get, HTTPS_LOCAL);
}

/* The connection was lost, by an error that may be this machine's. */
static void end_lost(struct https_get *get, int error, enum https_outcome outcome)
{
    if (is_shortage(error)) {
        end_for_shortage(get);
    } else {
        end(get, outcome);
    }
}

/* ---- The response ---- */

static enum https_outcome outcome_of_status(unsigned status)
{
    if (status == 200) {
        return HTTPS_OK;
    }
    return status >= 300 && status <= 399 ? HTTPS_REDIRECT : HTTPS_STATUS;
}

static void end_if_read(struct https_get *get, enum http_reply_state state)
{
    switch (state) {
    case HTTP_REPLY_MORE:
        break;
    case HTTP_REPLY_DONE:
        end(get, outcome_of_status(get->reply.status));
        break;
    case HTTP_REPLY_TOO_BIG:
        end(get, HTTPS_TOO_BIG);
        break;
    case HTTP_REPLY_MALFORMED:
        end(get, HTTPS_MALFORMED);
        break;
    case HTTP_REPLY_CUT:
        end(get, HTTPS_CLOSED);
        break;
    case HTTP_REPLY_NO_MEMORY:
        end_for_shortage(get);
        break;
    }
}

static void send_request(struct https_get *get)
{
    char request[REQUEST_MAX];
    int len = snprintf(request, sizeof(request),
                       "GET %s HTTP/1.1\r\n"
                       "Host: %s\r\n"
                       "User-Agent: mxgrade\r\n"
                       "Accept: text/plain, */*;q=0.1\r\n"
                       "Accept-Encoding: identity\r\n"
                       "Connection: close\r\n"
                       "\r\n",
                       get->path, hostname_text(get->host));
    if (len < 0 || (size_t)len >= sizeof(request)) {
        end(get, HTTPS_CLOSED); /* there is room for any name and path */
    } else if (!conn_send(&get->conn, request, (size_t)len)) {
        end_lost(get, get->conn.error, HTTPS_CLOSED);
    }
}

/* ---- The connection ---- */

static void connect_next(struct https_get *get);

static void start_tls(struct https_get *get)
{
    struct conn *conn = &get->conn;
    const struct tls_offer offer = {.sni = get->host, .is_modern = true};
    /* From here on the deadline of it all is the only one. */
    conn_set_deadline(conn, get->request.seconds);
    if (!conn_start_tls(conn, &offer)) {
        end_for_shortage(get);
    }
}

static void on_tls_ready(struct https_get *get)
{
    const struct tls_observed *observed = tls_stream_observed(get->conn.tls);
    if (observed->num_certificates == 0) {
        end(get, HTTPS_CERTIFICATE);
    } else {
        get->request.judge(get->request.user, get, observed);
    }
}

void https_get_judged(struct https_get *get, bool is_accepted)
{
    get->is_accepted = is_accepted;
    if (get->has_ended) {
        return;
    }
    if (is_accepted) {
        send_request(get);
    } else {
        end(get, HTTPS_CERTIFICATE);
    }
}

/* Who answers before it was asked speaks no HTTP. */
static void on_data(struct https_get *get, const uint8_t *bytes, size_t len)
{
    if (get->is_accepted) {
        end_if_read(get, http_reply_feed(&get->reply, bytes, len));
    } else {
        end(get, HTTPS_MALFORMED);
    }
}

/* In the handshake, or a stream that broke or was cut off afterwards. */
static void on_tls_failed(struct https_get *get)
{
    const struct tls_observed *observed = tls_stream_observed(get->conn.tls);
    get->response.tls_failure = observed->failure;
    if (observed->failure == TLS_FAILURE_LOCAL) {
        end_for_shortage(get);
    } else if (!observed->handshake_done) {
        end(get, HTTPS_TLS);
    } else if (observed->failure == TLS_FAILURE_CLOSED || observed->failure == TLS_FAILURE_RESET) {
        end_if_read(get, http_reply_end(&get->reply, false));
    } else {
        end(get, HTTPS_TLS);
    }
}

static void on_lost(struct https_get *get, int error, enum https_outcome outcome)
{
    if (get->conn.fault.trouble != PROXY_FINE) {
        get->response.error = error;
        end(get, HTTPS_LOCAL);
    } else if (get->conn.connecting) {
        get->response.error = error;
        conn_close(&get->conn);
        get->is_conn_open = false;
        connect_next(get);
    } else {
        end_lost(get, error, outcome);
    }
}

static void on_conn_event(struct conn *conn, enum conn_event event, const uint8_t *bytes,
                          size_t len)
{
    struct https_get *get = (struct https_get *)((char *)conn - offsetof(struct https_get, conn));
    switch (event) {
    case CONN_CONNECTED:
        start_tls(get);
        break;
    case CONN_TLS_READY:
        on_tls_ready(get);
        break;
    case CONN_DATA:
        on_data(get, bytes, len);
        break;
    case CONN_TLS_FAILED:
        on_tls_failed(get);
        break;
    case CONN_CLOSED:
        end_if_read(get, http_reply_end(&get->reply, true));
        break;
    case CONN_TIMEOUT:
        on_lost(get, ETIMEDOUT, HTTPS_TIMEOUT);
        break;
    case CONN_ERROR:
        on_lost(get, conn->error, conn->error == EMSGSIZE ? HTTPS_TOO_BIG : HTTPS_CLOSED);
        break;
    }
}

/* The next address that may be contacted and takes a connection attempt. */
static void connect_next(struct https_get *get)
{
    const struct https_request *request = &get->request;
    while (get->next_address < get->num_addresses) {
        const struct address *address = &get->addresses[get->next_address++];
        if (request->may_contact != NULL && !request->may_contact(request->user, address)) {
            get->was_any_refused = true;
            continue;
        }
        get->response.address = *address;
        switch (conn_open(&get->conn, request->shared, on_conn_event, address, request->port)) {
        case CONN_OPEN_STARTED:
            get->is_conn_open = true;
            conn_set_deadline(&get->conn, request->seconds / HTTPS_CONNECT_SHARE);
            return;
        case CONN_OPEN_FAILED:
            get->response.error = get->conn.error;
            if (get->conn.fault.trouble != PROXY_FINE) {
                end(get, HTTPS_LOCAL);
                return;
            }
            break;
        case CONN_OPEN_NO_DESCRIPTOR:
        case CONN_OPEN_NO_PORT:
            get->response.error = get->conn.error;
            end(get, HTTPS_LOCAL);
            return;
        }
    }
    bool was_tried = get->response.address.family != 0;
    end(get, was_tried ? HTTPS_CONNECT : get->was_any_refused ? HTTPS_NOT_ALLOWED : HTTPS_DNS);
}

/* ---- The addresses ---- */

static void add_address(struct https_get *get, const struct address *address)
{
    if (get->num_addresses < HTTPS_ADDRESSES_MAX) {
        get->addresses[get->num_addresses++] = *address;
    }
}

/* A failure tells more than "no such record". */
static void note_outcome(struct https_get *get, enum dns_outcome outcome)
{
    if (outcome != DNS_OK && (get->response.dns == DNS_OK || outcome > get->response.dns)) {
        get->response.dns = outcome;
    }
}

static void on_addresses(void *user, const struct dns_answer *answer)
{
    struct https_get *get = user;
    get->num_questions--;
    if (get->is_released) {
        free_if_idle(get);
        return;
    }
    /* Half of the places are left for the other family. */
    size_t num = answer->outcome == DNS_OK ? answer->num_records : 0;
    for (size_t i = 0; i < num && i < HTTPS_ADDRESSES_MAX / QUESTIONS; i++) {
        add_address(get, &answer->records[i].address);
    }
    note_outcome(get, answer->outcome);
    if (get->num_questions > 0 || get->has_ended) {
        return;
    }
    /* Of two questions the one that fails tells more, and these outcomes more than any other. */
    if (get->response.dns == DNS_CANCELLED || get->response.dns == DNS_SHORTAGE) {
        get->response.error = get->response.dns == DNS_CANCELLED ? ECANCELED : ENOMEM;
        end(get, HTTPS_LOCAL);
    } else {
        connect_next(get);
    }
}

static void look_up(struct https_get *get)
{
    const struct https_request *request = &get->request;
    const char *name = hostname_text(get->host);
    get->num_questions = QUESTIONS;
    dns_ask(request->dns, &get->ipv4_waiter, name, DNS_A, on_addresses, get);
    dns_ask(request->dns, &get->ipv6_waiter, name, DNS_AAAA, on_addresses, get);
}

static void start(struct https_get *get)
{
    const struct https_request *request = &get->request;
    if (request->dns != NULL) {
        look_up(get);
        return;
    }
    for (size_t i = 0; i < request->num_addresses; i++) {
        add_address(get, &request->addresses[i]);
    }
    get->response.dns = DNS_NODATA;
    connect_next(get);
}

/* ---- The start ---- */

/* What is put into a request must not be able to end a line of it. */
static bool copy_visible(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= 0x20 || text[i] >= 0x7f) {
            return false;
        }
    }
    if (len == 0 || len >= size) {
        return false;
    }
    memcpy(out, text, len + 1);
    return true;
}

static void set_defaults(struct https_request *request)
{
    request->port = request->port != 0 ? request->port : HTTPS_PORT;
    request->seconds = request->seconds > 0. ? request->seconds : HTTPS_SECONDS;
    request->body_max = request->body_max != 0 ? request->body_max : HTTPS_BODY_MAX;
}

struct https_get *https_get_start(const struct https_request *request)
{
    struct https_get *get = calloc(1, sizeof(*get));
    if (get == NULL || !copy_visible(get->path, sizeof(get->path), request->path) ||
        get->path[0] != '/') {
        free(get);
        return NULL;
    }
    struct ev_loop *loop = request->shared->loop;
    get->request = *request;
    get->host = hostname_hold(request->host);
    set_defaults(&get->request);
    http_reply_init(&get->reply, get->request.body_max);
    get->started = loop_now(loop);
    ev_timer_init(&get->timer, on_timer, get->request.seconds, 0.);
    get->timer.data = get;
    ev_timer_start(loop, &get->timer);
    start(get);
    return get;
}

void https_get_cancel(struct https_get *get)
{
    if (get != NULL) {
        release(get);
        free_if_idle(get);
    }
}
