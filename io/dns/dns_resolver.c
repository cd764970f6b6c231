#include "io/dns/dns_resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/base/shortage.h"
#include "io/dns/dns_patience.h"
#include "io/dns/dns_socket.h"
#include "io/dns/dns_stream.h"

#define DATAGRAM_MAX UINT16_MAX

/* How often to look for questions that are to be sent once more. */
#define TIMER_LONGEST_MS 100

/* Some hundred questions are under way at once. */
#define ID_BUCKETS 256

TAILQ_HEAD(dns_attempt_queue, dns_attempt);

struct dns_resolver {
    struct ev_loop *loop;
    struct dns_server server;
    unsigned timeout_ms;
    ev_io udp;                 /* active while its socket is open */
    struct dns_stream *stream; /* NULL: there is none */
    bool stream_answered;      /* a message came by it */
    ev_timer timer;
    struct dns_attempt_queue stages[DNS_NUM_STAGES];
    struct dns_attempt_queue by_time;
    LIST_HEAD(dns_attempt_list, dns_attempt) by_id[ID_BUCKETS];
    struct dns_patience patience;
};

static struct dns_attempt *first_of(struct dns_resolver *resolver, enum dns_stage stage)
{
    return TAILQ_FIRST(&resolver->stages[stage]);
}

static void enter_stage(struct dns_resolver *resolver, struct dns_attempt *attempt,
                        enum dns_stage stage)
{
    attempt->stage = stage;
    TAILQ_INSERT_TAIL(&resolver->stages[stage], attempt, link);
}

static void change_stage(struct dns_resolver *resolver, struct dns_attempt *attempt,
                         enum dns_stage stage)
{
    TAILQ_REMOVE(&resolver->stages[attempt->stage], attempt, link);
    enter_stage(resolver, attempt, stage);
}

/* `error` is the errno of what it failed by; 0: the connection was lost. */
static void fail(struct dns_resolver *resolver, struct dns_attempt *attempt, int error)
{
    attempt->lacked = is_shortage(error);
    change_stage(resolver, attempt, DNS_SENT_IN_VAIN);
}

static void fail_stage(struct dns_resolver *resolver, enum dns_stage stage, int error)
{
    struct dns_attempt *attempt;
    while ((attempt = first_of(resolver, stage)) != NULL) {
        fail(resolver, attempt, error);
    }
}

/* All time-outs are equally long, so the new deadline is the last one. */
static void set_deadline(struct dns_resolver *resolver, struct dns_attempt *attempt)
{
    attempt->deadline_ms = clock_now_ms() + resolver->timeout_ms;
    TAILQ_INSERT_TAIL(&resolver->by_time, attempt, by_time);
}

static void end(struct dns_resolver *resolver, struct dns_attempt *attempt, enum dns_try result,
                const uint8_t *message, size_t len)
{
    TAILQ_REMOVE(&resolver->stages[attempt->stage], attempt, link);
    TAILQ_REMOVE(&resolver->by_time, attempt, by_time);
    LIST_REMOVE(attempt, by_id);
    attempt->on_end(attempt, result, message, len);
}

static void close_udp(struct dns_resolver *resolver)
{
    if (ev_is_active(&resolver->udp)) {
        ev_io_stop(resolver->loop, &resolver->udp);
        close(resolver->udp.fd);
    }
}

static void close_stream(struct dns_resolver *resolver)
{
    dns_stream_close(resolver->stream);
    resolver->stream = NULL;
}

static int64_t wait_ms(struct dns_resolver *resolver)
{
    int64_t until_ms = TAILQ_FIRST(&resolver->by_time)->deadline_ms - clock_now_ms();
    if (until_ms <= 0 || first_of(resolver, DNS_SENT_IN_VAIN) != NULL) {
        return 0;
    }
    return until_ms < TIMER_LONGEST_MS ? until_ms : TIMER_LONGEST_MS;
}

static void start_timer(struct dns_resolver *resolver)
{
    ev_timer_stop(resolver->loop, &resolver->timer);
    ev_timer_set(&resolver->timer, (double)wait_ms(resolver) / 1000., 0.);
    ev_timer_start(resolver->loop, &resolver->timer);
}

/*
 * Every turn of the loop ends here. The loop may end when nothing is under way, so no watcher is
 * left active then; and the next question goes out by another port (RFC 5452 section 9.2).
 */
static void settle(struct dns_resolver *resolver)
{
    if (TAILQ_EMPTY(&resolver->by_time)) {
        ev_timer_stop(resolver->loop, &resolver->timer);
        close_udp(resolver);
        close_stream(resolver);
    } else {
        start_timer(resolver);
    }
}

/* Nothing listens there, or there is no way to it. Which datagram the kernel means is not known. */
static void give_up_datagrams(struct dns_resolver *resolver, int error)
{
    close_udp(resolver);
    fail_stage(resolver, DNS_SENT_ONCE, error);
    fail_stage(resolver, DNS_SENT_TWICE, error);
}

static bool open_udp(struct dns_resolver *resolver)
{
    if (!ev_is_active(&resolver->udp)) {
        int fd = dns_socket_open(&resolver->server, SOCK_DGRAM);
        if (fd < 0) {
            return false;
        }
        ev_io_set(&resolver->udp, fd, EV_READ);
        ev_io_start(resolver->loop, &resolver->udp);
    }
    return true;
}

/* A datagram for which there is no room is as good as lost on its way. */
static bool is_momentary(int error)
{
    return error == EAGAIN || error == EINTR || error == ENOBUFS;
}

static void send_datagram(struct dns_resolver *resolver, struct dns_attempt *attempt)
{
    uint8_t bytes[DNS_QUERY_MAX];
    size_t len = dns_query_write(&attempt->query, bytes);
    if (!open_udp(resolver) ||
        (send(resolver->udp.fd, bytes, len, MSG_NOSIGNAL) < 0 && !is_momentary(errno))) {
        give_up_datagrams(resolver, errno);
    }
}

static void repeat_late_ones(struct dns_resolver *resolver)
{
    struct dns_attempt *attempt;
    int64_t now_ms = clock_now_ms();
    double patience_ms = dns_patience_ms(&resolver->patience);
    while ((attempt = first_of(resolver, DNS_SENT_ONCE)) != NULL &&
           (double)(now_ms - attempt->sent_ms) >= patience_ms &&
           dns_patience_take(&resolver->patience)) {
        change_stage(resolver, attempt, DNS_SENT_TWICE);
        send_datagram(resolver, attempt);
    }
}

/* Those that come to it meanwhile, as their owners try again, wait for the next turn. */
static void end_those_in_vain(struct dns_resolver *resolver)
{
    struct dns_attempt *last = TAILQ_LAST(&resolver->stages[DNS_SENT_IN_VAIN], dns_attempt_queue);
    bool more = last != NULL;
    while (more) {
        struct dns_attempt *attempt = first_of(resolver, DNS_SENT_IN_VAIN);
        more = attempt != last;
        end(resolver, attempt, attempt->lacked ? DNS_TRY_SHORTAGE : DNS_TRY_UNREACHABLE, NULL, 0);
    }
}

static void end_overdue_ones(struct dns_resolver *resolver)
{
    struct dns_attempt *attempt;
    int64_t now_ms = clock_now_ms();
    while ((attempt = TAILQ_FIRST(&resolver->by_time)) != NULL && attempt->deadline_ms <= now_ms) {
        end(resolver, attempt, DNS_TRY_TIMED_OUT, NULL, 0);
    }
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
    struct dns_resolver *resolver = timer->data;
    (void)loop;
    (void)revents;
    end_those_in_vain(resolver);
    end_overdue_ones(resolver);
    repeat_late_ones(resolver);
    settle(resolver);
}

static struct dns_attempt *find_attempt(struct dns_resolver *resolver, const uint8_t *message,
                                        size_t len)
{
    char name[DNS_NAME_MAX];
    struct dns_query query;
    if (!dns_query_of_answer(message, len, name, &query)) {
        return NULL;
    }
    for (struct dns_attempt *attempt = LIST_FIRST(&resolver->by_id[query.id % ID_BUCKETS]);
         attempt != NULL; attempt = LIST_NEXT(attempt, by_id)) {
        if (attempt->query.id == query.id && attempt->query.type == query.type &&
            strcmp(attempt->query.name, name) == 0) {
            return attempt;
        }
    }
    return NULL;
}

static void on_answer(struct dns_resolver *resolver, struct dns_attempt *attempt,
                      const uint8_t *message, size_t len)
{
    dns_patience_note(&resolver->patience, (double)(clock_now_ms() - attempt->sent_ms));
    end(resolver, attempt, DNS_TRY_ANSWERED, message, len);
}

static void on_stream_message(void *user, const uint8_t *message, size_t len)
{
    struct dns_resolver *resolver = user;
    struct dns_attempt *attempt = find_attempt(resolver, message, len);
    if (attempt != NULL) {
        resolver->stream_answered = true;
        on_answer(resolver, attempt, message, len);
    }
}

static void on_stream_pause(void *user, bool lost);

static bool open_stream(struct dns_resolver *resolver)
{
    if (resolver->stream == NULL) {
        const struct dns_stream_owner owner = {on_stream_message, on_stream_pause, resolver};
        resolver->stream = dns_stream_open(resolver->loop, &resolver->server, &owner);
        resolver->stream_answered = false;
    }
    return resolver->stream != NULL;
}

/* False with an errno. */
static bool send_by_stream(struct dns_resolver *resolver, const struct dns_attempt *attempt)
{
    uint8_t bytes[DNS_QUERY_MAX];
    size_t len = dns_query_write(&attempt->query, bytes);
    return open_stream(resolver) && dns_stream_send(resolver->stream, bytes, len);
}

/* What was not answered goes by another connection, if this one was good for anything: a server may
 * close one whenever it likes (RFC 7766 section 6.2.4). */
static void on_lost_stream(struct dns_resolver *resolver)
{
    struct dns_attempt *attempt, *next;
    bool again = resolver->stream_answered;
    close_stream(resolver);
    for (attempt = first_of(resolver, DNS_SENT_BY_TCP); attempt != NULL; attempt = next) {
        next = TAILQ_NEXT(attempt, link);
        if (!again) {
            fail(resolver, attempt, 0);
        } else if (!send_by_stream(resolver, attempt)) {
            fail(resolver, attempt, errno);
        }
    }
}

static void on_stream_pause(void *user, bool lost)
{
    struct dns_resolver *resolver = user;
    if (lost) {
        on_lost_stream(resolver);
    }
    settle(resolver);
}

/* It has all its time once more, as a connection takes some. */
static void ask_by_stream(struct dns_resolver *resolver, struct dns_attempt *attempt)
{
    TAILQ_REMOVE(&resolver->by_time, attempt, by_time);
    set_deadline(resolver, attempt);
    if (send_by_stream(resolver, attempt)) {
        change_stage(resolver, attempt, DNS_SENT_BY_TCP);
    } else {
        fail(resolver, attempt, errno);
    }
}

static void on_datagram(struct dns_resolver *resolver, const uint8_t *message, size_t len)
{
    struct dns_attempt *attempt = find_attempt(resolver, message, len);
    if (attempt == NULL) {
        return; /* it comes too late, or from someone who guesses */
    }
    if (!dns_query_answer_is_cut(message, len)) {
        on_answer(resolver, attempt, message, len);
    } else if (attempt->stage == DNS_SENT_ONCE || attempt->stage == DNS_SENT_TWICE) {
        ask_by_stream(resolver, attempt);
    }
}

/* The owner of an attempt that ends may send at once, and so close or open the socket. */
static void on_udp(struct ev_loop *loop, ev_io *io, int revents)
{
    struct dns_resolver *resolver = io->data;
    uint8_t message[DATAGRAM_MAX];
    bool empty = false;
    (void)loop;
    (void)revents;
    while (!empty && ev_is_active(&resolver->udp)) {
        ssize_t len = recv(resolver->udp.fd, message, sizeof(message), 0);
        if (len >= 0) {
            on_datagram(resolver, message, (size_t)len);
        } else if (is_momentary(errno)) {
            empty = errno != EINTR;
        } else {
            give_up_datagrams(resolver, errno);
        }
    }
    settle(resolver);
}

struct dns_resolver *dns_resolver_new(struct ev_loop *loop, const struct dns_server *server,
                                      unsigned timeout_ms)
{
    struct dns_resolver *resolver = calloc(1, sizeof(*resolver));
    if (resolver == NULL) {
        return NULL;
    }
    resolver->loop = loop;
    resolver->server = *server;
    resolver->timeout_ms = timeout_ms;
    TAILQ_INIT(&resolver->by_time);
    for (enum dns_stage stage = DNS_SENT_ONCE; stage < DNS_NUM_STAGES; stage++) {
        TAILQ_INIT(&resolver->stages[stage]);
    }
    ev_init(&resolver->udp, on_udp);
    resolver->udp.data = resolver;
    ev_init(&resolver->timer, on_timer);
    ev_set_priority(&resolver->timer, EV_MINPRI); /* answers that have come are read before */
    resolver->timer.data = resolver;
    return resolver;
}

void dns_resolver_free(struct dns_resolver *resolver)
{
    if (resolver == NULL) {
        return;
    }
    ev_timer_stop(resolver->loop, &resolver->timer);
    close_udp(resolver);
    close_stream(resolver);
    free(resolver);
}

void dns_resolver_send(struct dns_resolver *resolver, struct dns_attempt *attempt,
                       const struct dns_query *query)
{
    attempt->query = *query;
    attempt->query.id = dns_query_fresh_id();
    attempt->sent_ms = clock_now_ms();
    LIST_INSERT_HEAD(&resolver->by_id[attempt->query.id % ID_BUCKETS], attempt, by_id);
    set_deadline(resolver, attempt);
    enter_stage(resolver, attempt, DNS_SENT_ONCE);
    send_datagram(resolver, attempt);
    /* An active timer is early enough, but for what was sent in vain. */
    if (!ev_is_active(&resolver->timer) || first_of(resolver, DNS_SENT_IN_VAIN) != NULL) {
        start_timer(resolver);
    }
}

void dns_resolver_cancel_all(struct dns_resolver *resolver)
{
    struct dns_attempt *attempt;
    while ((attempt = TAILQ_FIRST(&resolver->by_time)) != NULL) {
        end(resolver, attempt, DNS_TRY_CANCELLED, NULL, 0);
    }
    settle(resolver);
}
