/*
 * Descriptors that this machine does not give: preloaded, the call number REFUSE_FROM that would
 * open one, counted from 1, fails, and so do the following ones, REFUSE_NUM of them in all.
 * Sockets, files, pipes, and what epoll and timers need count alike. At the end the number of calls
 * is written to the file REFUSE_COUNT, if that is given.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long num_calls, from, num;

static unsigned long number_of(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtoul(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    from = number_of("REFUSE_FROM");
    num = number_of("REFUSE_NUM");
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("REFUSE_COUNT");
    char text[32];
    int len = snprintf(text, sizeof(text), "%lu\n", num_calls);
    int fd = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT, 0600) : -1;
    if (fd >= 0 && syscall(SYS_write, fd, text, len) < 0) {
        abort();
    }
}

/* Is this one refused? Then errno says how, each way in its turn. */
static bool is_refused(void)
{
    static const int errors[] = {EMFILE, ENFILE, ENOMEM};
    pthread_mutex_lock(&lock);
    unsigned long number = ++num_calls;
    pthread_mutex_unlock(&lock);
    errno = errors[number % (sizeof(errors) / sizeof(errors[0]))];
    return from > 0 && number >= from && number - from < num;
}

int socket(int domain, int type, int protocol)
{
    return is_refused() ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return is_refused() ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return open(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    FILE *(*next)(const char *, const char *) =
        (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");
    return is_refused() ? NULL : next(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    return fopen(path, mode);
}

int pipe(int ends[2])
{
    return is_refused() ? -1 : (int)syscall(SYS_pipe2, ends, 0);
}

int eventfd(unsigned value, int flags)
{
    return is_refused() ? -1 : (int)syscall(SYS_eventfd2, value, flags);
}

int epoll_create(int size)
{
    return is_refused() || size <= 0 ? -1 : (int)syscall(SYS_epoll_create1, 0);
}

int epoll_create1(int flags)
{
    return is_refused() ? -1 : (int)syscall(SYS_epoll_create1, flags);
}

int timerfd_create(int clock, int flags)
{
    return is_refused() ? -1 : (int)syscall(SYS_timerfd_create, clock, flags);
}
