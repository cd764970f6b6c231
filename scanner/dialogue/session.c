#include "scanner/dialogue/session.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/loop.h"
#include "io/base/counter.h"
#include "io/base/shortage.h"
#include "scanner/dialogue/session_internal.h"

/* After our FIN a server may say a little more before its own. */
#define DRAIN_BYTES_MAX 262144

static void do_connected(struct session *session);

/* ---- Events of the connection ---- */

static struct reply_reader *reader_new(void)
{
    struct reply_reader *reader = malloc(sizeof(*reader));
    if (reader != NULL) {
        *reader = (struct reply_reader){0};
    }
    return reader;
}

static void feed_reply(struct session *session, const char *bytes, size_t len)
{
    enum session_state state = session->state;
    struct capabilities *capabilities = session->conn.tls != NULL
                                            ? &session->result->capabilities_tls
                                            : &session->result->capabilities;
    if (session->reply == NULL && (session->reply = reader_new()) == NULL) {
        session_set_outcome(session, OUTCOME_LOCAL_ERROR);
        session_end(session);
        return;
    }
    session->reply->num_bytes += len;
    const char *line;
    size_t line_len;
    enum reply_status status = REPLY_MORE;
    enum line_status line_status;
    while (status == REPLY_MORE &&
           (line_status = line_reader_next(&session->lines, &bytes, &len, &line, &line_len)) ==
               LINE_READY) {
        status = session->request->service->read_line(session->reply, session_rules[state].phase,
                                                      line, line_len, capabilities);
    }
    if (status == REPLY_MORE) {
        if (line_status == LINE_NO_MEMORY || session->reply->num_bytes > REPLY_BYTES_MAX) {
            session_set_outcome(session, line_status == LINE_NO_MEMORY ? OUTCOME_LOCAL_ERROR
                                                                       : OUTCOME_TOO_MUCH_DATA);
            session_end(session);
        }
        return;
    }
    /*
     * What is behind the last line was sent out of turn. After the 220 of STARTTLS it must never be
     * taken for the inside of TLS (RFC 3207 section 6, CVE-2011-0411 seen from this side): it is
     * counted and dropped, here and in the line reader.
     */
    if (state == S_STARTTLS) {
        session->result->early_bytes = (uint32_t)len;
    }
    line_reader_fini(&session->lines);
    session_on_reply(session, status);
    free(session->reply);
    session->reply = NULL;
}

static void on_data(struct session *session, const uint8_t *bytes, size_t len)
{
    switch (session->state) {
    case S_HELLO:
        if (hello_reply_feed(session->hello_reader, bytes, len) == HELLO_REPLY_DONE) {
            session_finish_hello(session, true);
        }
        break;
    case S_DRAIN:
        session->drained += (uint32_t)len;
        if (session->drained > DRAIN_BYTES_MAX) {
            session_end(session);
        }
        break;
    default:
        if (session_rules[session->state].on_ok != NULL) {
            feed_reply(session, (const char *)bytes, len);
        }
        break;
    }
}

static void on_broken(struct session *session, enum outcome outcome)
{
    if (session->state == S_HELLO && session->hello_reader != NULL) {
        hello_reply_eof(session->hello_reader);
        if (session->hello_reader->reply.kind != HELLO_REPLY_NONE) {
            session_finish_hello(session, false);
            return;
        }
    }
    if (session->conn.tls != NULL) {
        session_keep_tls_facts(session);
    }
    const char *partial = session->lines.partial;
    if (outcome == OUTCOME_BANNER_CLOSED && partial != NULL && !isprint((unsigned char)*partial)) {
        outcome = OUTCOME_BANNER_GARBAGE; /* something came, and it was no text */
    }
    session_set_outcome(session, outcome);
    session_end(session);
}

/* Whether the proxy is at fault; then the outcome's detail says so. */
static bool is_proxy_fault(struct session *session)
{
    char text[PROXY_FAULT_SIZE];
    if (session->conn.fault.trouble == PROXY_FINE) {
        return false;
    }
    proxy_fault_text(&session->conn.fault, text);
    session->result->detail = arena_format(session->arena, "%s", text);
    return true;
}

static enum outcome outcome_of_errno(struct session *session)
{
    if (is_proxy_fault(session)) {
        return OUTCOME_PROXY_FAILED;
    }
    if (session->conn.error == EMSGSIZE) {
        return OUTCOME_TOO_MUCH_DATA;
    }
    if (is_shortage(session->conn.error)) {
        return OUTCOME_LOCAL_ERROR;
    }
    if (session->state != S_CONNECT) {
        return session_rules[session->state].reset;
    }
    if (is_port_shortage(session->conn.error)) {
        return OUTCOME_LOCAL_ERROR;
    }
    switch (session->conn.error) {
    case ECONNREFUSED:
        return OUTCOME_CONNECT_REFUSED;
    case ETIMEDOUT:
        return OUTCOME_CONNECT_TIMEOUT;
    default:
        return OUTCOME_CONNECT_UNREACHABLE;
    }
}

static enum outcome outcome_of_timeout(struct session *session)
{
    if (is_proxy_fault(session)) {
        return OUTCOME_PROXY_FAILED;
    }
    double age = loop_since(session->context->loop, session->opened);
    bool is_target = age >= session_most_seconds(session);
    return is_target && !session->outcome_known ? OUTCOME_TARGET_TIMEOUT
                                                : session_rules[session->state].timeout;
}

static void on_conn_event(struct conn *conn, enum conn_event event, const uint8_t *bytes,
                          size_t len)
{
    struct session *session = (struct session *)((char *)conn - offsetof(struct session, conn));
    switch (event) {
    case CONN_CONNECTED:
        do_connected(session);
        break;
    case CONN_DATA:
        on_data(session, bytes, len);
        break;
    case CONN_TLS_READY:
        session_on_tls_ready(session);
        break;
    case CONN_TLS_FAILED:
        session_on_tls_failed(session);
        break;
    case CONN_CLOSED:
        session_on_reply_cut(session);
        on_broken(session, session_rules[session->state].closed);
        break;
    case CONN_ERROR:
        on_broken(session, outcome_of_errno(session));
        break;
    case CONN_TIMEOUT:
        on_broken(session, outcome_of_timeout(session));
        break;
    }
}

static void do_connected(struct session *session)
{
    session->result->timings.connect = session_time_in_state(session);
    if (session->request->service->implicit_tls) {
        session_say(&session->result->starttls_advertised, true);
        session_say(&session->result->starttls_accepted, true);
        session_start_tls(session);
    } else {
        session_enter(session, S_GREETING);
        session_tell(session, SESSION_CONNECTED);
    }
}

/* ---- Life and death ---- */

/* It ends before it has begun. */
static void end_unopened(struct session *session, enum outcome outcome)
{
    session->state = S_CONNECT;
    session->opened = loop_now(session->context->loop);
    session_set_outcome(session, outcome);
    counter_add(&session->context->counters.in_flight, 1);
    session_end(session);
}

static void start(struct pacer_ticket *ticket)
{
    struct session *session = (struct session *)ticket;
    struct dialogue_context *context = session->context;
    const struct session_request *request = session->request;
    enum outcome refusal =
        request->refusal != NULL ? request->refusal(request->refusal_user) : OUTCOME_OK;
    if (refusal != OUTCOME_OK) {
        ticket->opened_nothing = true;
        end_unopened(session, refusal);
        return;
    }
    switch (conn_open(&session->conn, context->conn_shared, on_conn_event, &request->address,
                      request->port)) {
    case CONN_OPEN_NO_DESCRIPTOR:
        if (!pacer_shortage(context->pacer, ticket, PACER_NO_DESCRIPTOR)) {
            end_unopened(session, OUTCOME_LOCAL_ERROR);
        }
        return;
    case CONN_OPEN_NO_PORT:
        if (!pacer_shortage(context->pacer, ticket, PACER_NO_PORT)) {
            end_unopened(session, OUTCOME_LOCAL_ERROR);
        }
        return;
    case CONN_OPEN_FAILED:
        session->state = S_CONNECT; /* where the error is one of connecting */
        end_unopened(session, outcome_of_errno(session));
        return;
    case CONN_OPEN_STARTED:
        break;
    }
    session->result->started = clock_wall();
    session->opened = loop_now(context->loop);
    session->entered = session->opened;
    counter_add(&context->counters.connections, 1);
    counter_add(&context->counters.in_flight, 1);
    session_enter(session, S_CONNECT);
}

struct session *session_new(struct dialogue_context *context, const struct session_request *request,
                            struct arena *arena, struct observation *out_result,
                            session_callback callback, void *user)
{
    struct session *session = malloc(sizeof(*session));
    if (session == NULL) {
        return NULL;
    }
    *session = (struct session){
        .ticket.start = start,
        .ticket.turn = request->turn + request->lag,
        .conn.fd = -1,
        .context = context,
        .request = request,
        .arena = arena,
        .callback = callback,
        .user = user,
        .result = out_result,
    };
    *out_result = (struct observation){.timings = {-1, -1, -1, -1, -1, -1}};
    if (!pacer_enqueue(context->pacer, &session->ticket, &request->address, request->host)) {
        free(session);
        return NULL;
    }
    return session;
}

void session_slow_down(struct session *session, double seconds)
{
    pacer_slow_down(&session->ticket, seconds);
}

bool session_is_waiting(const struct session *session)
{
    return session->state == S_QUEUED;
}

void session_free(struct session *session)
{
    if (session == NULL) {
        return;
    }
    if (session->state != S_QUEUED && session->state != S_ENDED) {
        counter_subtract(&session->context->counters.in_flight, 1);
    }
    dialogue_forget(session->context, session); /* the owner may free several when one ends */
    conn_close(&session->conn);
    pacer_release(session->context->pacer, &session->ticket);
    gate_leave(&session->context->handshakes, &session->pass);
    session->result->hello = NULL;
    line_reader_fini(&session->lines);
    if (session->hello_reader != NULL) {
        hello_reply_fini(session->hello_reader);
        free(session->hello_reader);
    }
    free(session->reply);
    free(session);
}
