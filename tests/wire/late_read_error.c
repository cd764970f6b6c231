/*
 * A list whose reading takes its time and then fails: preloaded, the first read() of standard input
 * is as it is, the second makes the file READ_BEGUN, takes READ_MS milliseconds and is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t read(int fd, void *out, size_t size)
{
    static int num_reads; /* one thread at a time reads the list */
    if (fd != STDIN_FILENO || num_reads++ == 0) {
        return syscall(SYS_read, fd, out, size);
    }
    close(open(getenv("READ_BEGUN"), O_WRONLY | O_CREAT, 0600));
    usleep((useconds_t)atoi(getenv("READ_MS")) * 1000);
    errno = EIO;
    return -1;
}
