#include "benchmarks/fleet/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG         4096
#define DNS_BUFFER_LEN  (4 << 20)
#define FREE_PORT_TRIES 20 /* a port free for UDP need not be so for TCP */

static int open_socket(int type, in_addr_t address, uint16_t port, bool shared)
{
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    int buffer_len = DNS_BUFFER_LEN;
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    bool ok = setsockopt(fd, SOL_SOCKET, shared ? SO_REUSEPORT : SO_REUSEADDR, &on, sizeof on) == 0;
    if (shared && type == SOCK_STREAM) {
        ok = ok && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    }
    if (type == SOCK_DGRAM) {
        /* The kernel's own limit may be lower: then that is what there is. */
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_len, sizeof buffer_len);
    }
    ok = ok && bind(fd, (const struct sockaddr *)&name, sizeof name) == 0 &&
         (type == SOCK_DGRAM || listen(fd, BACKLOG) == 0);
    if (!ok) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_in name = {.sin_port = 0};
    socklen_t name_len = sizeof name;
    (void)getsockname(fd, (struct sockaddr *)&name, &name_len);
    return ntohs(name.sin_port);
}

static bool open_dns(struct sockets *sockets, uint16_t *port, bool shared)
{
    unsigned num_tries = *port == 0 ? FREE_PORT_TRIES : 1;
    for (unsigned i = 0; i < num_tries; i++) {
        sockets->dns_udp = open_socket(SOCK_DGRAM, INADDR_LOOPBACK, *port, shared);
        if (sockets->dns_udp < 0) {
            return false;
        }
        uint16_t udp_port = bound_port(sockets->dns_udp);
        sockets->dns_tcp = open_socket(SOCK_STREAM, INADDR_LOOPBACK, udp_port, shared);
        if (sockets->dns_tcp >= 0) {
            *port = udp_port;
            return true;
        }
        int error = errno;
        close(sockets->dns_udp);
        sockets->dns_udp = -1;
        errno = error;
    }
    return false;
}

static bool open_set(struct sockets *sockets, uint16_t *smtp_port, uint16_t *dns_port, bool shared)
{
    *sockets = (struct sockets){-1, -1, -1};
    sockets->smtp = open_socket(SOCK_STREAM, INADDR_ANY, *smtp_port, shared);
    if (sockets->smtp < 0) {
        fprintf(stderr, "fleet: cannot listen on port %u: %s\n", *smtp_port, strerror(errno));
        return false;
    }
    *smtp_port = bound_port(sockets->smtp);
    if (!open_dns(sockets, dns_port, shared)) {
        fprintf(stderr, "fleet: cannot serve DNS on port %u: %s\n", *dns_port, strerror(errno));
        return false;
    }
    return true;
}

bool sockets_open(const struct options *options, struct sockets out_sockets[],
                  uint16_t *out_smtp_port, uint16_t *out_dns_port)
{
    *out_smtp_port = options->port;
    *out_dns_port = options->dns_port;
    for (unsigned i = 0; i < options->processes; i++) {
        if (!open_set(&out_sockets[i], out_smtp_port, out_dns_port, options->processes > 1)) {
            for (unsigned j = 0; j <= i; j++) {
                sockets_close(&out_sockets[j]);
            }
            return false;
        }
    }
    return true;
}

static void close_one(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

void sockets_close(struct sockets *sockets)
{
    close_one(&sockets->smtp);
    close_one(&sockets->dns_udp);
    close_one(&sockets->dns_tcp);
}
