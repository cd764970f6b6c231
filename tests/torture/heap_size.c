/*
 * How much memory a program has taken from malloc() and not given back: preloaded, its bytes are
 * written to the file HEAP_SIZE every second. Unlike the resident memory they do not depend on what
 * the allocator keeps in hand.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void *watch(void *argument)
{
    const struct timespec pause = {.tv_sec = 1};
    int fd = open(getenv("HEAP_SIZE"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    for (;;) {
        struct mallinfo2 info = mallinfo2();
        char text[32];
        int len = snprintf(text, sizeof(text), "%20zu\n", info.uordblks + info.hblkhd);
        if (fd < 0 || pwrite(fd, text, (size_t)len, 0) < 0) {
            abort();
        }
        nanosleep(&pause, NULL);
    }
    return argument;
}

__attribute__((constructor)) static void begin(void)
{
    pthread_t thread;
    sigset_t all, before;
    /* Signals are for the program's own threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, watch, NULL) != 0) {
        abort();
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
