/*
 * System calls that end as they seldom do: preloaded, one in CALL_FAULTS of the calls below, by a
 * generator that begins with CALL_SEED, is interrupted, takes or gives less than was asked for, or
 * says that it would block. With CALL_REFUSALS, one in so many connections or sockets is refused by
 * this machine. A call that would block is one of a socket that does not wait.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t state;
static unsigned long faults, refusals;

__attribute__((constructor)) static void begin(void)
{
    const char *refusals_text = getenv("CALL_REFUSALS");
    state = strtoul(getenv("CALL_SEED"), NULL, 10) * 2654435761u + 1;
    faults = strtoul(getenv("CALL_FAULTS"), NULL, 10);
    refusals = refusals_text != NULL ? strtoul(refusals_text, NULL, 10) : 0;
}

/* A number below `bound`; xorshift64. */
static unsigned long chance(unsigned long bound)
{
    pthread_mutex_lock(&lock);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    uint64_t value = state;
    pthread_mutex_unlock(&lock);
    return (unsigned long)(value >> 16) % bound;
}

static bool is_hit(unsigned long one_in)
{
    return one_in > 0 && chance(one_in) == 0;
}

/* What a descriptor is for, as S_IFMT has it; 0 for those of the kernel's own, such as eventfd,
 * whose calls are never short. */
static unsigned kind_of(int fd)
{
    struct stat stat;
    return fstat(fd, &stat) == 0 ? stat.st_mode & S_IFMT : 0;
}

/* 0: the call is made, with `*len` bytes at most; else the error that it ends by. */
static int fault(size_t *len, bool may_block)
{
    if (!is_hit(faults)) {
        return 0;
    }
    switch (chance(3)) {
    case 0:
        return EINTR;
    case 1:
        if (may_block) {
            return EAGAIN;
        }
        break;
    default:
        break;
    }
    if (*len > 1) {
        *len = 1 + chance(*len - 1);
    }
    return 0;
}

static ssize_t fail(int error)
{
    errno = error;
    return -1;
}

ssize_t read(int fd, void *out, size_t len)
{
    unsigned kind = kind_of(fd);
    int error = kind != 0 ? fault(&len, kind == S_IFSOCK) : 0;
    return error != 0 ? fail(error) : syscall(SYS_read, fd, out, len);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    unsigned kind = kind_of(fd);
    int error = kind != 0 ? fault(&len, kind == S_IFSOCK) : 0;
    return error != 0 ? fail(error) : syscall(SYS_write, fd, bytes, len);
}

ssize_t recv(int fd, void *out, size_t len, int flags)
{
    int error = fault(&len, true);
    return error != 0 ? fail(error) : syscall(SYS_recvfrom, fd, out, len, flags, NULL, NULL);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    int type = 0;
    socklen_t size = sizeof(type);
    size_t sent = len;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
    int error = fault(&sent, true);
    if (type == SOCK_DGRAM) { /* goes whole or not at all */
        sent = len;
    }
    return error != 0 ? fail(error) : syscall(SYS_sendto, fd, bytes, sent, flags, NULL, 0);
}

int epoll_wait(int fd, struct epoll_event *out, int max, int milliseconds)
{
    size_t num = (size_t)max;
    int error = fault(&num, false);
    return (int)(error != 0 ? fail(error)
                            : syscall(SYS_epoll_pwait, fd, out, (int)num, milliseconds, NULL, 8));
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    static const int errors[] = {ECONNREFUSED, ENETUNREACH,   EHOSTUNREACH,
                                 EACCES,       EADDRNOTAVAIL, ENOBUFS};
    if (address->sa_family != AF_UNIX && is_hit(refusals)) {
        return (int)fail(errors[chance(sizeof(errors) / sizeof(errors[0]))]);
    }
    return (int)syscall(SYS_connect, fd, address, len);
}

int socket(int domain, int type, int protocol)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    if (domain != AF_UNIX && is_hit(refusals)) {
        return (int)fail(errors[chance(sizeof(errors) / sizeof(errors[0]))]);
    }
    return (int)syscall(SYS_socket, domain, type, protocol);
}
