#include "io/dns/dns_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/base/shortage.h"

/*
 * A loop that is busy for a moment must not lose the answers to all questions in flight. The kernel
 * takes as much of it as net.core.rmem_max allows.
 */
#define RECEIVE_BUFFER_SIZE (1024 * 1024)

/* A datagram socket without a free port says EAGAIN, a stream EADDRNOTAVAIL. */
static bool lacks_port(int type, int error)
{
    return type == SOCK_DGRAM ? error == EAGAIN : is_port_shortage(error);
}

int dns_socket_open(const struct dns_server *server, int type)
{
    struct sockaddr_storage sockaddr;
    socklen_t len = address_to_sockaddr(&server->address, server->port, &sockaddr);
    int fd = socket(sockaddr.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (type == SOCK_DGRAM) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){RECEIVE_BUFFER_SIZE}, sizeof(int));
    } else {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    }
    if (connect(fd, (struct sockaddr *)&sockaddr, len) != 0 && errno != EINPROGRESS) {
        int error = lacks_port(type, errno) ? ENOBUFS : errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}
