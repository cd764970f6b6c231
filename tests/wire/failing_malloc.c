/*
 * Lack of memory at one place: preloaded, the allocation number MALLOC_FAIL_AT (from 1) fails, as
 * counted from the first send() on, when the program has started up. It then makes the file
 * MALLOC_FAILED, so that it can be told whether there were as many. With MALLOC_FAIL_SENDERS each
 * malloc() and calloc() fails of a thread that has called send(); libev, which calls realloc(),
 * would have the program wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t num, size_t size);
void *__libc_realloc(void *old, size_t size);
ssize_t send(int fd, const void *bytes, size_t len, int flags);

static atomic_bool is_armed;
static bool senders_fail;
static _Thread_local bool is_sender;
static atomic_long num_left;
static const char *mark;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("MALLOC_FAIL_AT");
    mark = getenv("MALLOC_FAILED");
    num_left = text != NULL ? atol(text) : 0;
    senders_fail = getenv("MALLOC_FAIL_SENDERS") != NULL;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    is_armed = true;
    is_sender = true;
    return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

static int fails(void)
{
    if (!is_armed || atomic_fetch_sub(&num_left, 1) != 1) {
        return 0;
    }
    syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT, 0600));
    errno = ENOMEM;
    return 1;
}

static int fails_new(void)
{
    if (senders_fail && is_sender) {
        errno = ENOMEM;
        return 1;
    }
    return fails();
}

void *malloc(size_t size)
{
    return fails_new() ? NULL : __libc_malloc(size);
}

void *calloc(size_t num, size_t size)
{
    return fails_new() ? NULL : __libc_calloc(num, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
