#include "scanner/cli/standard_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/log.h"

/*
 * Opened the wrong way round, so that reading and writing still fail with EBADF, as they do with a
 * closed stream: nothing is taken for an empty list, and no results vanish in silence.
 */
bool standard_streams_hold(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        bool is_closed = fcntl(fd, F_GETFD) < 0 && errno == EBADF;
        /* The lowest number that is free is this one. */
        if (is_closed && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            return false;
        }
    }
    return true;
}

int standard_streams_finish(int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    if (status != 3) { /* else the command has said it */
        log_message("standard output: %s", errno != 0 ? strerror(errno) : "not all was written");
    }
    return 3;
}
