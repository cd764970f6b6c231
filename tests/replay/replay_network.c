#include "tests/replay/replay_network.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/replay/replay_clock.h"

#define DESCRIPTORS_MAX 4096

/* A client's socket, by its descriptor. The entry of one that was closed stays until the next. */
struct end {
    bool is_there;
    bool is_udp;
    int other;         /* the server's end of the pair ... */
    bool is_connected; /* ... which is not ours any more */
    int error;         /* what became of connect() */
};

/* A connection that is being made. */
struct attempt {
    struct replay_actor actor;  /* first */
    int fd, other;              /* ends of the client and the server */
    struct replay_place *place; /* NULL: nobody listens */
};

static struct end ends[DESCRIPTORS_MAX];
static TAILQ_HEAD(, replay_place) places = TAILQ_HEAD_INITIALIZER(places);

void *replay_alloc(size_t size)
{
    void *memory;
    if (posix_memalign(&memory, sizeof(void *), size) != 0) {
        abort();
    }
    return memset(memory, 0, size);
}

/* ---- Places ---- */

void replay_network_add(struct replay_place *place)
{
    TAILQ_INSERT_HEAD(&places, place, link); /* before what a test that failed has left there */
}

void replay_network_remove(struct replay_place *place)
{
    TAILQ_REMOVE(&places, place, link);
}

static struct replay_place *find_place(const struct sockaddr *address, bool is_udp)
{
    struct replay_place *place;
    TAILQ_FOREACH(place, &places, link)
    {
        struct sockaddr_storage own;
        socklen_t len = address_to_sockaddr(&place->address, place->port, &own);
        if (place->is_udp == is_udp && own.ss_family == address->sa_family &&
            memcmp(&own, address, len) == 0) {
            return place;
        }
    }
    return NULL;
}

/* ---- Ends ---- */

static struct end *end_of(int fd)
{
    return fd >= 0 && fd < DESCRIPTORS_MAX && ends[fd].is_there ? &ends[fd] : NULL;
}

static void *real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        abort();
    }
    return function;
}

static int new_end(int type)
{
    const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    bool is_udp = (type & ~flags) == SOCK_DGRAM;
    int pair[2];
    /* A pair for datagrams that notices when its other end is closed. */
    if (socketpair(AF_UNIX, is_udp ? SOCK_SEQPACKET | (type & flags) : type, 0, pair) != 0) {
        return -1;
    }
    if (pair[0] >= DESCRIPTORS_MAX) {
        abort();
    }
    struct end *end = &ends[pair[0]];
    if (end->is_there && !end->is_connected) {
        close(end->other); /* of a socket that was closed before it was connected */
    }
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    fcntl(pair[1], F_SETFD, FD_CLOEXEC);
    *end = (struct end){
        .is_there = true,
        .is_udp = is_udp,
        .other = pair[1],
    };
    return pair[0];
}

void replay_network_reset(int fd)
{
    /* A pair is reset when it is closed with something unread in it. */
    for (int i = 0; i < DESCRIPTORS_MAX; i++) {
        if (ends[i].is_there && ends[i].other == fd) {
            send(i, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }
    close(fd);
}

/* A server's end that was closed, and of which the client does not know more than a FIN. */
struct closed_end {
    struct replay_actor actor; /* first */
    int fd;
};

static bool has_input(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
}

static bool closed_end_act(struct replay_actor *actor)
{
    struct closed_end *closed = (struct closed_end *)actor;
    if (!has_input(closed->fd)) {
        return false;
    }
    close(closed->fd); /* what was not read makes it a reset */
    replay_leave(actor);
    free(closed);
    return true;
}

static void close_with_input(int fd)
{
    struct closed_end *closed = replay_alloc(sizeof(*closed));
    closed->actor = (struct replay_actor){.act = closed_end_act, .due = INFINITY};
    closed->fd = fd;
    replay_enter(&closed->actor);
}

void replay_network_close(int fd)
{
    if (has_input(fd)) {
        close(fd);
    } else {
        shutdown(fd, SHUT_WR);
        close_with_input(fd);
    }
}

/* ---- Connections ---- */

/* Until it is connected a socket cannot be written to: it is kept full. */
static void fill(int fd)
{
    const int least = 1;
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
    while (poll(&writable, 1, 0) == 1) {
        send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

static void empty(int fd, int other)
{
    char ignored[4096];
    const int most = 212992; /* Linux's own choice */
    while (recv(other, ignored, sizeof(ignored), MSG_DONTWAIT) > 0) {}
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof(most));
}

static bool is_closed_by_client(int other)
{
    struct pollfd state = {.fd = other, .events = 0};
    return poll(&state, 1, 0) == 1 && (state.revents & POLLHUP) != 0;
}

/* The client's end is still that of this attempt. */
static bool is_of_attempt(const struct attempt *attempt)
{
    const struct end *end = end_of(attempt->fd);
    return end != NULL && end->other == attempt->other && !is_closed_by_client(attempt->other);
}

static bool attempt_act(struct replay_actor *actor)
{
    struct attempt *attempt = (struct attempt *)actor;
    struct replay_place *place = attempt->place;
    bool is_wanted = is_of_attempt(attempt);
    if (is_wanted && (isinf(actor->due) || actor->due > replay_now())) {
        return false;
    }
    replay_leave(actor);
    if (is_wanted) {
        empty(attempt->fd, attempt->other);
    }
    if (is_wanted && place != NULL && place->manner == REPLAY_ACCEPTS) {
        place->on_client(place, attempt->other);
    } else {
        if (is_wanted) {
            ends[attempt->fd].error = ECONNREFUSED;
        }
        close(attempt->other);
    }
    free(attempt);
    return true;
}

static int connect_tcp(int fd, struct end *end, struct replay_place *place)
{
    if (place != NULL && place->manner == REPLAY_UNREACHABLE) {
        errno = EHOSTUNREACH;
        return -1;
    }
    struct attempt *attempt = replay_alloc(sizeof(*attempt));
    attempt->actor.act = attempt_act;
    attempt->actor.due = place == NULL                    ? replay_now()
                         : place->manner == REPLAY_SILENT ? INFINITY
                                                          : replay_now() + place->latency;
    attempt->fd = fd;
    attempt->other = end->other;
    attempt->place = place;
    end->is_connected = true;
    fill(fd);
    replay_enter(&attempt->actor);
    errno = EINPROGRESS;
    return -1;
}

static int connect_udp(struct end *end, struct replay_place *place)
{
    int other = end->other;
    end->is_connected = true;
    if (place != NULL && place->manner == REPLAY_ACCEPTS) {
        place->on_client(place, other);
    } else if (place == NULL || place->manner != REPLAY_SILENT) {
        close_with_input(other); /* of the first datagram */
    }
    return 0;
}

/* ---- In place of the C library ---- */

int socket(int family, int type, int protocol)
{
    if (family == AF_INET || family == AF_INET6) {
        return new_end(type);
    }
    return ((int (*)(int, int, int))real("socket"))(family, type, protocol);
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    struct end *end = end_of(fd);
    if (end == NULL) {
        return ((int (*)(int, const struct sockaddr *, socklen_t))real("connect"))(fd, address,
                                                                                   len);
    }
    struct replay_place *place = find_place(address, end->is_udp);
    if (place != NULL) {
        place->num_calls++;
    }
    return end->is_udp ? connect_udp(end, place) : connect_tcp(fd, end, place);
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
    struct end *end = end_of(fd);
    if (end != NULL && level == SOL_SOCKET && name == SO_ERROR && end->error != 0) {
        memcpy(value, &end->error, sizeof(end->error));
        end->error = 0;
        return 0;
    }
    return ((int (*)(int, int, int, void *, socklen_t *))real("getsockopt"))(fd, level, name, value,
                                                                             len);
}

/* Where nobody listens, a datagram is answered so. */
ssize_t recv(int fd, void *out, size_t size, int flags)
{
    const struct end *end = end_of(fd);
    ssize_t len = ((ssize_t(*)(int, void *, size_t, int))real("recv"))(fd, out, size, flags);
    if (end != NULL && end->is_udp && len < 0 && errno == ECONNRESET) {
        errno = ECONNREFUSED;
    }
    return len;
}
