#include "scanner/engine/control_calls.h"

#include <stdlib.h>
#include <string.h>

#include "io/net/conn.h"

struct call {
    struct conn conn; /* first */
    struct control_calls *calls;
};

struct control_calls {
    struct conn_shared shared; /* without TLS */
    const struct config *config;
    struct call all[NETWORK_WITNESSES_MAX];
    size_t num_all, num_failed, num_unmade;
    bool is_answered;
};

static void end_call(struct call *call)
{
    call->calls->num_failed++;
    conn_close(&call->conn);
}

static void on_event(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    static const char goodbye[] = "QUIT\r\n";
    struct call *call = (struct call *)conn;
    (void)bytes;
    (void)len;
    switch (event) {
    case CONN_CONNECTED:
        conn_set_deadline(conn, call->calls->config->limits.greeting);
        break;
    case CONN_DATA:
        if (!call->calls->is_answered) {
            call->calls->is_answered = true;
            (void)conn_send(conn, goodbye, strlen(goodbye)); /* a courtesy */
        }
        break;
    default:
        end_call(call);
        break;
    }
}

static void start_call(struct control_calls *calls, const struct network_witness *place)
{
    struct call *call = &calls->all[calls->num_all++];
    call->calls = calls;
    switch (conn_open(&call->conn, &calls->shared, on_event, &place->address, place->port)) {
    case CONN_OPEN_STARTED:
        conn_set_deadline(&call->conn, calls->config->limits.connect);
        break;
    case CONN_OPEN_FAILED:
        end_call(call);
        break;
    case CONN_OPEN_NO_DESCRIPTOR:
    case CONN_OPEN_NO_PORT:
        calls->num_unmade++;
        break;
    }
}

struct control_calls *control_calls_new(struct ev_loop *loop, const struct config *config,
                                        const struct network_witness *places, size_t num_places)
{
    struct control_calls *calls = calloc(1, sizeof(*calls));
    if (calls != NULL) {
        calls->shared.loop = loop;
        calls->shared.sources = config->sources;
        calls->shared.proxy = config->proxy;
        calls->config = config;
        for (size_t i = 0; i < num_places; i++) {
            start_call(calls, &places[i]);
        }
    }
    return calls;
}

void control_calls_free(struct control_calls *calls)
{
    for (size_t i = 0; calls != NULL && i < calls->num_all; i++) {
        conn_close(&calls->all[i].conn);
    }
    free(calls);
}

enum control_calls_result control_calls_result(const struct control_calls *calls)
{
    if (calls->is_answered) {
        return CONTROL_CALLS_ANSWERED;
    }
    if (calls->num_failed + calls->num_unmade < calls->num_all) {
        return CONTROL_CALLS_OPEN;
    }
    return calls->num_unmade > 0 ? CONTROL_CALLS_UNMADE : CONTROL_CALLS_IN_VAIN;
}
