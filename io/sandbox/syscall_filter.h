/* Which system calls are left, by seccomp. */
#ifndef MXGRADE_IO_SYSCALL_FILTER_H
#define MXGRADE_IO_SYSCALL_FILTER_H

#include <stdbool.h>

/*
 * From here on the process, all of its threads, has the calls that reading and writing take, and,
 * where `connects`, those of sockets that do not listen. No program can be started, no process
 * made, no memory made executable. The others fail: those that are known to be evil with EPERM, and
 * all others with ENOSYS, upon which the C library does without a call that is newer than it can
 * rely on. Sets no_new_privs. False where the kernel has no such filters.
 */
bool syscall_filter_enter(bool connects);

#endif
