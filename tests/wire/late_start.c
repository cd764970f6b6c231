/*
 * A main thread that is held up: preloaded, isatty(), which a scan asks once it has written its
 * first record and before it begins, takes START_MS milliseconds.
 */
#include <stdlib.h>
#include <unistd.h>

int isatty(int fd)
{
    (void)fd;
    usleep((useconds_t)atoi(getenv("START_MS")) * 1000);
    return 0;
}
