#include "io/base/file_io.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <unistd.h>

ssize_t file_read(int fd, void *out, size_t len)
{
    ssize_t got;
    do {
        got = read(fd, out, len);
    } while (got < 0 && errno == EINTR);
    return got;
}

ssize_t file_read_at(int fd, void *out, size_t len, off_t offset)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = pread(fd, (uint8_t *)out + done, len - done, offset + (off_t)done);
        if (got == 0) {
            break;
        }
        if (got > 0) {
            done += (size_t)got;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return (ssize_t)done;
}

size_t file_write(int fd, const void *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t written = write(fd, (const uint8_t *)bytes + done, len - done);
        if (written >= 0) {
            done += (size_t)written;
        } else if (errno == EAGAIN) {
            /* Somebody has made it non-blocking: whoever shares it with us, as a terminal is shared
             * with standard input, which is read so that a stop is noticed. */
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            break;
        }
    }
    return done;
}
