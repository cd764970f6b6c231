/*
 * Linked with every unit test: the processor time of a thread stands still. The scanner bounds the
 * processor time that a chain may take (scanner/x509/work_limit.h), and a machine whose processors
 * are taken away counts that time too, so that a verdict would depend on who else is running.
 */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *out_time)
{
    if (clock == CLOCK_THREAD_CPUTIME_ID) {
        *out_time = (struct timespec){.tv_sec = 1};
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, out_time);
}
