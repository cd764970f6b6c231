#include "scanner/engine/proxy_check.h"

#include <stdlib.h>

#include "io/base/loop.h"
#include "io/net/conn.h"
#include "io/net/proxy_tunnel.h"
#include "scanner/base/log.h"

struct check {
    struct conn conn; /* first: to the proxy itself */
    struct conn_shared *shared;
    struct proxy_talk talk;
    struct proxy_fault fault;
};

static void end(struct check *check, enum proxy_trouble trouble, unsigned code)
{
    check->fault = (struct proxy_fault){trouble, (uint16_t)code};
    conn_close(&check->conn);
    ev_break(check->shared->loop, EVBREAK_ALL);
}

/* Says what is due. Once the proxy takes us, that would be whom we want: nobody. */
static void go_on(struct check *check)
{
    struct proxy_talk *talk = &check->talk;
    if (talk->state == PROXY_BROKEN) {
        end(check, talk->fault.trouble, talk->fault.code);
    } else if (talk->is_admitted) {
        end(check, PROXY_FINE, 0);
    } else if (conn_send(&check->conn, talk->request, talk->request_len)) {
        talk->num_sent = talk->request_len;
    } else {
        end(check, PROXY_CLOSED, 0);
    }
}

static void on_data(struct check *check, const uint8_t *bytes, size_t len)
{
    (void)proxy_tunnel_feed(&check->talk, bytes, len);
    if (check->talk.num_sent < check->talk.request_len || check->talk.state != PROXY_TALKS) {
        go_on(check);
    }
}

static void on_event(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    struct check *check = (struct check *)conn;
    switch (event) {
    case CONN_CONNECTED:
        go_on(check);
        break;
    case CONN_DATA:
        on_data(check, bytes, len);
        break;
    case CONN_TIMEOUT:
        end(check, PROXY_SILENT, 0);
        break;
    case CONN_ERROR:
        end(check, conn->connecting ? PROXY_UNREACHABLE : PROXY_CLOSED, (unsigned)conn->error);
        break;
    default:
        end(check, PROXY_CLOSED, 0);
        break;
    }
}

static void call(struct check *check, const struct config *config)
{
    const struct proxy *proxy = config->proxy;
    proxy_tunnel_begin(&check->talk, proxy, &proxy->address, proxy->port);
    if (conn_open(&check->conn, check->shared, on_event, &proxy->address, proxy->port) !=
        CONN_OPEN_STARTED) {
        check->fault = (struct proxy_fault){PROXY_UNREACHABLE, (uint16_t)check->conn.error};
        return;
    }
    conn_set_deadline(&check->conn, config->limits.connect);
    ev_run(check->shared->loop, 0);
}

static bool say(const struct proxy *proxy, const char *problem)
{
    char url[PROXY_URL_SIZE];
    proxy_format(proxy, url);
    log_message("--proxy %s: %s. Nothing was scanned.", url, problem);
    return false;
}

/* Is it fine? If not, the text says why. `shared` has a loop, unless there was no memory for it. */
static bool call_it(struct conn_shared *shared, struct config *config, char text[PROXY_FAULT_SIZE])
{
    struct check *check = calloc(1, sizeof(*check));
    if (check == NULL || shared == NULL || shared->loop == NULL) {
        free(check);
        snprintf(text, PROXY_FAULT_SIZE, "out of memory");
        return false;
    }
    check->shared = shared;
    call(check, config);
    proxy_fault_text(&check->fault, text);
    bool is_fine = check->fault.trouble == PROXY_FINE;
    free(check);
    return is_fine;
}

bool proxy_check(struct config *config)
{
    char text[PROXY_FAULT_SIZE];
    if (config->proxy == NULL) {
        return true;
    }
    const char *problem = proxy_find(config->proxy);
    if (problem != NULL) {
        return say(config->proxy, problem);
    }
    struct conn_shared *shared = calloc(1, sizeof(*shared));
    if (shared != NULL) {
        shared->loop = loop_new();
    }
    bool is_fine = call_it(shared, config, text);
    if (shared != NULL) {
        loop_free(shared->loop);
    }
    free(shared);
    return is_fine || say(config->proxy, text);
}
