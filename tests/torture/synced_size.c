/*
 * What a file system has promised to keep: preloaded, each successful fdatasync() writes the size
 * that the file has then to the file SYNCED_SIZE.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int fd)
{
    int status = (int)syscall(SYS_fdatasync, fd);
    struct stat stat;
    if (status == 0 && fstat(fd, &stat) == 0) {
        int out = open(getenv("SYNCED_SIZE"), O_WRONLY | O_CREAT, 0600);
        if (out < 0 || pwrite(out, &stat.st_size, sizeof(stat.st_size), 0) < 0) {
            abort();
        }
        close(out);
    }
    return status;
}
