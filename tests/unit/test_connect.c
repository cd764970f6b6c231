/*
 * How a connection attempt ends, by the kernel's own word: what the network of simulated time, on
 * which sessions are tested, takes for granted.
 */
#include "io/net/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/base/loop.h"

struct fixture {
    struct ev_loop *loop;
    struct conn_shared shared;
    struct conn conn;
    char events[8]; /* the first letters of their names, in order */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->loop = loop_new();
    fixture->shared.loop = fixture->loop;
    *state = fixture;
    return fixture->loop == NULL;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    loop_free(fixture->loop);
    free(fixture);
    return 0;
}

static void on_event(struct conn *conn, enum conn_event event, const uint8_t *bytes, size_t len)
{
    struct fixture *fixture = (struct fixture *)((char *)conn - offsetof(struct fixture, conn));
    (void)bytes;
    (void)len;
    strncat(fixture->events, conn_event_name(event), 1);
    if (event != CONN_CONNECTED) {
        ev_break(fixture->loop, EVBREAK_ALL);
    }
}

static enum conn_open_status open_to(struct fixture *fixture, const struct address *address,
                                     uint16_t port)
{
    return conn_open(&fixture->conn, &fixture->shared, on_event, address, port);
}

/* Returns a socket of this machine's own that does not listen yet, and its port. */
static int bind_on_loopback(uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *out_port = ntohs(address.sin_port);
    return fd;
}

static const struct address loopback = {4, {127, 0, 0, 1}};

static void a_port_that_nobody_listens_at_is_refused(void **state)
{
    struct fixture *fixture = *state;
    uint16_t port;
    int fd = bind_on_loopback(&port);
    /* The kernel may know it at once, or have it told. */
    if (open_to(fixture, &loopback, port) == CONN_OPEN_STARTED) {
        ev_run(fixture->loop, 0);
        assert_string_equal(fixture->events, "e");
        conn_close(&fixture->conn);
    }
    assert_int_equal(fixture->conn.error, ECONNREFUSED);
    close(fd);
}

/* A TCP connection to a group of hosts cannot be: it fails in this machine's own routing. */
static void an_address_without_a_route_fails_at_once(void **state)
{
    struct fixture *fixture = *state;
    const struct address group = {4, {224, 0, 0, 1}};
    assert_int_equal(open_to(fixture, &group, 25), CONN_OPEN_FAILED);
    assert_int_not_equal(fixture->conn.error, ECONNREFUSED);
}

/* Connected and reset before the loop looks once: still a server that was there. */
static void a_reset_before_anyone_looked_is_no_failure_to_connect(void **state)
{
    struct fixture *fixture = *state;
    const struct linger at_once = {.l_onoff = 1};
    uint16_t port;
    int listener = bind_on_loopback(&port);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(open_to(fixture, &loopback, port), CONN_OPEN_STARTED);
    int accepted = accept(listener, NULL, NULL);
    assert_true(accepted >= 0);
    assert_int_equal(setsockopt(accepted, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    close(accepted);
    ev_run(fixture->loop, 0);
    assert_string_equal(fixture->events, "ce");
    assert_int_equal(fixture->conn.error, ECONNRESET);
    conn_close(&fixture->conn);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_port_that_nobody_listens_at_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_without_a_route_fails_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reset_before_anyone_looked_is_no_failure_to_connect,
                                        setup, teardown),
    };
    return cmocka_run_group_tests_name("connect", tests, NULL, NULL);
}
