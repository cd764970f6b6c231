/*
 * A disk that is full: preloaded, regular files take DISK_BYTES bytes together, then write() fails
 * with ENOSPC. The write that reaches the end is short, as on a real disk. With DISK_IS_FREED=1
 * there is room again after the first write that failed.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t left;
static bool is_freed;

__attribute__((constructor)) static void begin(void)
{
    left = strtoul(getenv("DISK_BYTES"), NULL, 10);
    is_freed = strcmp(getenv("DISK_IS_FREED"), "1") == 0;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    struct stat stat;
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        return syscall(SYS_write, fd, bytes, len);
    }
    pthread_mutex_lock(&lock);
    size_t fits = len < left ? len : left;
    left = fits == 0 && len > 0 && is_freed ? SIZE_MAX : left - fits;
    pthread_mutex_unlock(&lock);
    if (fits == 0 && len > 0) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, fd, bytes, fits);
}
