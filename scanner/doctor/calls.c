#include "scanner/doctor/calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/line_reader.h"
#include "io/base/loop.h"
#include "io/net/conn.h"
#include "scanner/dialogue/service_smtp.h"

#define SECONDS_MAX  10.0
#define QUIT_SECONDS 2.0

struct calls;

struct call {
    struct conn conn; /* first */
    struct calls *calls;
    struct call_result *result; /* of the caller's */
    enum dialogue_phase phase;
    bool is_connected;
    struct line_reader lines;
    struct reply_reader reply;
    struct capabilities capabilities;
};

struct calls {
    struct conn_shared shared; /* without TLS */
    const struct examination *examination;
    struct call all[PLACES_MAX];
    size_t num_open;
};

/* ---- The dialogue ---- */

static void end_call(struct call *call)
{
    conn_close(&call->conn);
    line_reader_fini(&call->lines);
    if (--call->calls->num_open == 0) {
        ev_break(call->calls->shared.loop, EVBREAK_ALL);
    }
}

/* False: it could not be sent, and the call is over. */
static bool send_command(struct call *call, enum dialogue_phase phase)
{
    char command[HOSTNAME_SIZE + 16];
    int len = phase == PHASE_OF_QUIT ? snprintf(command, sizeof(command), "QUIT\r\n")
                                     : snprintf(command, sizeof(command), "EHLO %s\r\n",
                                                call->calls->examination->ehlo.text);
    call->phase = phase;
    call->reply = (struct reply_reader){0};
    if (phase == PHASE_OF_QUIT) {
        conn_set_deadline(&call->conn, QUIT_SECONDS);
    }
    bool ok = conn_send(&call->conn, command, (size_t)len);
    if (!ok) {
        end_call(call);
    }
    return ok;
}

/* A terminal shows it, so that nothing but printable ASCII is kept. */
static void keep_greeting(struct call_result *result, const char *line, size_t len)
{
    size_t kept = len < CALL_TEXT_MAX - 1 ? len : CALL_TEXT_MAX - 1;
    for (size_t i = 0; i < kept; i++) {
        result->greeting[i] = '?';
        if (line[i] >= ' ' && line[i] <= '~') {
            result->greeting[i] = line[i];
        }
    }
    result->greeting[kept] = '\0';
}

/* The reply is whole. False: the call is over. */
static bool on_reply(struct call *call, enum reply_status status)
{
    struct call_result *result = call->result;
    switch (call->phase) {
    case PHASE_OF_GREETING:
        result->end = status == REPLY_GARBAGE ? CALL_NOT_SMTP : CALL_GREETED;
        return send_command(call, status == REPLY_OK ? PHASE_OF_CAPABILITIES : PHASE_OF_QUIT);
    case PHASE_OF_CAPABILITIES:
        result->has_capabilities = status == REPLY_OK;
        result->offers_starttls = call->capabilities.starttls;
        return send_command(call, PHASE_OF_QUIT);
    default:
        end_call(call);
        return false;
    }
}

static void on_data(struct call *call, const char *bytes, size_t len)
{
    const char *line;
    size_t line_len;
    bool is_open = true;
    while (is_open &&
           line_reader_next(&call->lines, &bytes, &len, &line, &line_len) == LINE_READY) {
        if (call->phase == PHASE_OF_GREETING && call->reply.num_lines == 0) {
            keep_greeting(call->result, line, line_len);
        }
        enum reply_status status =
            service_smtp.read_line(&call->reply, call->phase, line, line_len, &call->capabilities);
        if (status != REPLY_MORE) {
            is_open = on_reply(call, status);
        }
    }
}

static enum call_end end_of_error(int error)
{
    switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
        return CALL_REFUSED;
    case ETIMEDOUT:
        return CALL_TIMED_OUT;
    default:
        return CALL_UNREACHABLE;
    }
}

static void on_event(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    struct call *call = (struct call *)conn;
    bool is_early = call->phase == PHASE_OF_GREETING; /* later nothing is left to be found out */
    switch (event) {
    case CONN_CONNECTED:
        call->is_connected = true;
        call->result->end = CALL_SILENT;
        break;
    case CONN_DATA:
        on_data(call, (const char *)bytes, len);
        break;
    case CONN_CLOSED:
    case CONN_ERROR:
        if (is_early) {
            call->result->end = call->is_connected ? CALL_CLOSED : end_of_error(call->conn.error);
        }
        end_call(call);
        break;
    default: /* the deadline; TLS is never begun */
        end_call(call);
        break;
    }
}

/* ---- All of them ---- */

static void start_call(struct calls *calls, const struct place *place, struct call *call)
{
    double seconds = examination_left(calls->examination, SECONDS_MAX);
    call->calls = calls;
    switch (conn_open(&call->conn, &calls->shared, on_event, &place->address, place->port)) {
    case CONN_OPEN_STARTED:
        call->result->end = CALL_TIMED_OUT;
        conn_set_deadline(&call->conn, seconds);
        calls->num_open++;
        break;
    case CONN_OPEN_FAILED:
        call->result->end = end_of_error(call->conn.error);
        break;
    case CONN_OPEN_NO_DESCRIPTOR:
    case CONN_OPEN_NO_PORT:
        break;
    }
}

void calls_make(const struct examination *examination, const struct places *places,
                struct call_result *out_results)
{
    struct ev_loop *loop = loop_new();
    struct calls *calls = calloc(1, sizeof(*calls));
    memset(out_results, 0, places->num_items * sizeof(*out_results));
    if (loop != NULL && calls != NULL) {
        calls->shared.loop = loop;
        calls->shared.sources = examination->config->sources;
        calls->shared.proxy = examination->config->proxy;
        calls->examination = examination;
        for (size_t i = 0; i < places->num_items; i++) {
            calls->all[i].result = &out_results[i];
            start_call(calls, &places->items[i], &calls->all[i]);
        }
        if (calls->num_open > 0) {
            ev_run(loop, 0);
        }
    }
    free(calls);
    loop_free(loop);
}
