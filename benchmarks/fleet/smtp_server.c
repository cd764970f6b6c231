#include "benchmarks/fleet/smtp_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "benchmarks/fleet/peer.h"
#include "benchmarks/fleet/tls_seat.h"
#include "benchmarks/fleet/world.h"

#define ACCEPTS_PER_TURN 128
#define RESUME_MS        20

static void note_call(const struct smtp_server *server, const struct sockaddr_in *client,
                      const struct sockaddr_in *called)
{
    char from[INET_ADDRSTRLEN];
    char to[INET_ADDRSTRLEN];
    if (server->calls_fd >= 0 && inet_ntop(AF_INET, &client->sin_addr, from, sizeof from) != NULL &&
        inet_ntop(AF_INET, &called->sin_addr, to, sizeof to) != NULL) {
        (void)dprintf(server->calls_fd, "%lld %s %s\n", (long long)loop_now_ms(server->loop), from,
                      to);
    }
}

/* The address that the client connected to says who was called. */
static bool called_slot(const struct smtp_server *server, int fd, const struct sockaddr_in *client,
                        uint32_t *out_slot)
{
    struct sockaddr_in local;
    socklen_t local_len = sizeof local;
    if (getsockname(fd, (struct sockaddr *)&local, &local_len) != 0) {
        return false;
    }
    note_call(server, client, &local);
    return world_slot(ntohl(local.sin_addr.s_addr), out_slot);
}

static void seat(struct smtp_server *server, int fd, const struct sockaddr_in *client)
{
    uint32_t slot;
    struct host host;
    if (!called_slot(server, fd, client, &slot) || !world_host_at(server->options, slot, &host)) {
        stats_add(&server->stats->total->strangers);
        close(fd);
        return;
    }
    /* Replies are written whole: Nagle's algorithm would only hold back a split one. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    peer_open(server, fd, slot, &host);
}

static void pause_accepting(struct smtp_server *server)
{
    if (timer_arm(server->loop, &server->resume, RESUME_MS)) {
        (void)loop_rewatch(server->loop, server->listen_fd, 0, &server->watcher);
    }
}

static void on_resume(struct timer *timer)
{
    struct smtp_server *server = CONTAINER_OF(timer, struct smtp_server, resume);
    (void)loop_rewatch(server->loop, server->listen_fd, EPOLLIN, &server->watcher);
}

static void on_listen_ready(struct watcher *watcher, uint32_t events)
{
    struct smtp_server *server = CONTAINER_OF(watcher, struct smtp_server, watcher);
    (void)events;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_in client;
        socklen_t client_len = sizeof client;
        int fd = accept4(server->listen_fd, (struct sockaddr *)&client, &client_len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            seat(server, fd, &client);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_accepting(server);
            return;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

/* Several processes write to one file, whole lines each. -1: no file is wanted. */
static bool open_calls(const char *file, int *out_fd)
{
    *out_fd = -1;
    if (file == NULL) {
        return true;
    }
    *out_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (*out_fd < 0) {
        fprintf(stderr, "fleet: cannot write %s: %s\n", file, strerror(errno));
    }
    return *out_fd >= 0;
}

bool smtp_server_init(struct smtp_server *server, struct loop *loop, const struct options *options,
                      const struct stats *stats, struct pki *pki, int listen_fd)
{
    *server = (struct smtp_server){
        .loop = loop,
        .options = options,
        .stats = stats,
        .pki = pki,
        .listen_fd = listen_fd,
        .watcher.on_ready = on_listen_ready,
        .resume.on_due = on_resume,
    };
    LIST_INIT(&server->peers);
    return open_calls(options->calls_file, &server->calls_fd) &&
           loop_watch(loop, listen_fd, EPOLLIN, &server->watcher);
}

void smtp_server_fini(struct smtp_server *server)
{
    timer_disarm(server->loop, &server->resume);
    while (!LIST_EMPTY(&server->peers)) {
        peer_free(LIST_FIRST(&server->peers));
    }
    for (size_t i = 0; i < OPTIONS_BEHAVIOURS_MAX; i++) {
        SSL_CTX_free(server->contexts[i]);
    }
    if (server->calls_fd >= 0) {
        close(server->calls_fd);
    }
}

SSL_CTX *smtp_server_context(struct smtp_server *server, const struct behaviour *behaviour)
{
    SSL_CTX **context = &server->contexts[behaviour_index(behaviour)];
    if (*context == NULL) {
        *context = tls_seat_context_new(behaviour, server->options->groups);
    }
    return *context;
}
