#include "benchmarks/fleet/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/fleet/dns_server.h"
#include "benchmarks/fleet/loop.h"
#include "benchmarks/fleet/pki.h"
#include "benchmarks/fleet/smtp_server.h"
#include "benchmarks/fleet/sockets.h"
#include "benchmarks/fleet/stats.h"

struct fleet {
    const struct options *options;
    struct stats stats;
    struct pki *pki;
    struct sockets sockets[OPTIONS_PROCESSES_MAX];
    pid_t children[OPTIONS_PROCESSES_MAX];
    unsigned num_children;
};

/* ---- The serving process ---- */

struct end_watch {
    struct watcher watcher;
    struct loop *loop;
};

static void on_end(struct watcher *watcher, uint32_t events)
{
    (void)events;
    loop_stop(CONTAINER_OF(watcher, struct end_watch, watcher)->loop);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool serve_on(const struct fleet *fleet, struct loop *loop, const struct sockets *sockets)
{
    struct smtp_server smtp;
    struct dns_server *dns =
        dns_server_new(loop, fleet->options, &fleet->stats, sockets->dns_udp, sockets->dns_tcp);
    if (dns == NULL) {
        return false;
    }
    bool ok =
        smtp_server_init(&smtp, loop, fleet->options, &fleet->stats, fleet->pki, sockets->smtp) &&
        loop_run(loop);
    smtp_server_fini(&smtp);
    dns_server_free(dns);
    return ok;
}

/* Runs until SIGTERM. The signals are blocked; the parent's SIGTERM comes through a descriptor. */
static int run_child(const struct fleet *fleet, const struct sockets *sockets)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    raise_descriptor_limit();
    struct loop *loop = loop_new();
    int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    struct end_watch end = {.watcher.on_ready = on_end, .loop = loop};
    bool ok = loop != NULL && signal_fd >= 0 &&
              loop_watch(loop, signal_fd, EPOLLIN, &end.watcher) && serve_on(fleet, loop, sockets);
    if (signal_fd >= 0) {
        close(signal_fd);
    }
    loop_free(loop);
    return ok ? 0 : 3;
}

/* ---- The parent ---- */

static void block_signals(sigset_t *out_signals)
{
    sigemptyset(out_signals);
    sigaddset(out_signals, SIGTERM);
    sigaddset(out_signals, SIGINT);
    sigaddset(out_signals, SIGUSR1);
    sigaddset(out_signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, out_signals, NULL);
    /* A client that leaves early is an error of one write, not the end of the process. */
    signal(SIGPIPE, SIG_IGN);
}

static void fleet_fini(struct fleet *fleet)
{
    for (unsigned i = 0; i < fleet->options->processes; i++) {
        sockets_close(&fleet->sockets[i]);
    }
    pki_free(fleet->pki);
    stats_fini(&fleet->stats);
}

static bool start_child(struct fleet *fleet, unsigned number)
{
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) {
        fprintf(stderr, "fleet: cannot start a process: %s\n", strerror(errno));
        return false;
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        for (unsigned i = 0; i < fleet->options->processes; i++) {
            if (i != number) {
                sockets_close(&fleet->sockets[i]);
            }
        }
        int status = getppid() == parent ? run_child(fleet, &fleet->sockets[number]) : 3;
        fleet_fini(fleet);
        exit(status);
    }
    fleet->children[fleet->num_children++] = child;
    return true;
}

static void dump(const struct fleet *fleet)
{
    const char *file = fleet->options->stats_file;
    if (file != NULL && !stats_dump(&fleet->stats, file)) {
        fprintf(stderr, "fleet: cannot write %s: %s\n", file, strerror(errno));
    }
}

static int64_t now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Waits for the end; returns the exit status. */
static int wait_for_end(const struct fleet *fleet, const sigset_t *signals)
{
    int64_t end = now_seconds() + fleet->options->seconds;
    for (;;) {
        int64_t left = end - now_seconds();
        if (left <= 0) {
            return 0;
        }
        struct timespec wait = {.tv_sec = left};
        switch (sigtimedwait(signals, NULL, &wait)) {
        case SIGTERM:
        case SIGINT:
            return 0;
        case SIGCHLD:
            fputs("fleet: a serving process ended by itself\n", stderr);
            return 3;
        case SIGUSR1:
            dump(fleet);
            break;
        default:
            break;
        }
    }
}

static bool stop_children(const struct fleet *fleet)
{
    bool clean = true;
    for (unsigned i = 0; i < fleet->num_children; i++) {
        kill(fleet->children[i], SIGTERM);
    }
    for (unsigned i = 0; i < fleet->num_children; i++) {
        int status;
        pid_t ended;
        do {
            ended = waitpid(fleet->children[i], &status, 0);
        } while (ended < 0 && errno == EINTR);
        clean =
            clean && ended == fleet->children[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return clean;
}

static bool write_certificate(bool (*write)(const struct pki *, const char *),
                              const struct pki *pki, const char *file)
{
    if (file == NULL || write(pki, file)) {
        return true;
    }
    fprintf(stderr, "fleet: cannot write %s: %s\n", file, strerror(errno));
    return false;
}

static bool start(struct fleet *fleet, uint16_t smtp_port, uint16_t dns_port)
{
    fleet->pki = pki_new();
    if (fleet->pki == NULL) {
        fputs("fleet: cannot make the certificates\n", stderr);
        return false;
    }
    if (!write_certificate(pki_write_root, fleet->pki, fleet->options->root_file) ||
        !write_certificate(pki_write_intermediate, fleet->pki, fleet->options->intermediate_file)) {
        return false;
    }
    for (unsigned i = 0; i < fleet->options->processes; i++) {
        if (!start_child(fleet, i)) {
            return false;
        }
    }
    printf("fleet: ready dns=127.0.0.1:%u port=%u\n", dns_port, smtp_port);
    return fflush(stdout) == 0;
}

static bool groups_are_known(const char *groups)
{
    SSL_CTX *context = SSL_CTX_new(TLS_with_buffers_method());
    bool ok = context != NULL && (groups == NULL || SSL_CTX_set1_curves_list(context, groups));
    SSL_CTX_free(context);
    return ok;
}

int serve(const struct options *options)
{
    struct fleet fleet = {.options = options};
    uint16_t smtp_port;
    uint16_t dns_port;
    sigset_t signals;
    if (!groups_are_known(options->groups)) {
        fprintf(stderr, "fleet: --groups %s: BoringSSL does not know them\n", options->groups);
        return 2;
    }
    block_signals(&signals);
    if (!stats_init(&fleet.stats, options)) {
        fprintf(stderr, "fleet: cannot map the counters: %s\n", strerror(errno));
        return 3;
    }
    if (!sockets_open(options, fleet.sockets, &smtp_port, &dns_port)) {
        stats_fini(&fleet.stats);
        return 3;
    }
    int status = start(&fleet, smtp_port, dns_port) ? wait_for_end(&fleet, &signals) : 3;
    if (!stop_children(&fleet) && status == 0) {
        fputs("fleet: a serving process did not end well\n", stderr);
        status = 3;
    }
    dump(&fleet);
    fleet_fini(&fleet);
    return status;
}
