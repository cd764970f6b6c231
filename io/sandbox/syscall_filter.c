#include "io/sandbox/syscall_filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define NUM(list) (sizeof(list) / sizeof((list)[0]))

/* By name, as not every architecture has them all. */
static const char *const of_all[] = {
    /* memory */
    "brk", "munmap", "mremap", "madvise", "msync", "membarrier",
    /* descriptors */
    "read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "lseek",
    "_llseek", "close", "close_range", "dup", "dup2", "dup3", "fcntl", "fcntl64", "fstat",
    "fstat64", "fstatfs", "fstatfs64", "ftruncate", "ftruncate64", "fallocate", "fsync",
    "fdatasync", "sync_file_range", "fadvise64", "fadvise64_64", "flock", "sendfile", "sendfile64",
    "copy_file_range", "splice", "pipe", "pipe2", "eventfd2", "timerfd_create", "timerfd_settime",
    "timerfd_gettime", "signalfd4", "poll", "ppoll", "select", "_newselect", "pselect6",
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
    "memfd_create",
    /* files: Landlock says which */
    "open", "openat", "stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx",
    "statfs", "statfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents64", "getcwd", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat",
    "renameat2", "link", "linkat", "symlink", "symlinkat", "fchmod", "fchown", "utimensat", "umask",
    /* threads; clone() and mappings have conditions, below */
    "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address",
    "gettid", "getpid", "getppid", "exit", "exit_group", "sched_yield", "sched_getaffinity",
    "sched_setaffinity", "sched_getparam", "sched_getscheduler", "arch_prctl", "getcpu",
    /* signals */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "rt_sigpending",
    "rt_sigtimedwait", "rt_sigsuspend", "sigaltstack", "restart_syscall", "pause", "tgkill",
    /* time */
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "nanosleep",
    "gettimeofday", "time", "times", "setitimer", "getitimer", "alarm",
    /* about oneself */
    "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "uname",
    "sysinfo", "getrlimit", "ugetrlimit", "setrlimit", "prlimit64", "getrusage", "getrandom"};

static const char *const of_callers[] = {
    "connect",  "bind",       "getsockopt", "setsockopt", "getsockname", "getpeername",
    "sendto",   "sendmsg",    "sendmmsg",   "recvfrom",   "recvmsg",     "recvmmsg",
    "shutdown", "socketpair", "kill",       "wait4",      "waitid",      "waitpid"};

/* What an intruder would try first. A message says "not permitted". */
static const char *const evil[] = {
    "execve",    "execveat", "fork",    "vfork",  "ptrace", "process_vm_readv", "process_vm_writev",
    "listen",    "accept",   "accept4", "setuid", "setgid", "setresuid",        "setresgid",
    "setgroups", "chroot",   "mount",   "setns"};

static const char *const evil_of_readers[] = {"socket", "socketpair", "connect", "bind", "kill"};

/* A call that the architecture lacks needs no rule. */
static bool add(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t num)
{
    bool ok = true;
    for (size_t i = 0; ok && i < num; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        ok = number == __NR_SCMP_ERROR || seccomp_rule_add(filter, action, number, 0) == 0;
    }
    return ok;
}

static bool add_if(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp condition)
{
    int number = seccomp_syscall_resolve_name(name);
    return number == __NR_SCMP_ERROR ||
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition) == 0;
}

static bool add_conditional(scmp_filter_ctx filter)
{
    /* Threads, but no processes. clone3(), whose flags are out of a filter's sight, fails with
     * ENOSYS, and the C library calls this one. */
    bool ok = add_if(filter, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) &&
              add_if(filter, "prctl", SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
    /* No code is made. */
    static const char *const mappings[] = {"mmap", "mmap2", "mprotect"};
    for (size_t i = 0; ok && i < NUM(mappings); i++) {
        ok = add_if(filter, mappings[i], SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    }
    /* Nothing is typed into the terminal on behalf of its user (TIOCSTI). */
    static const unsigned controls[] = {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX};
    for (size_t i = 0; ok && i < NUM(controls); i++) {
        ok = add_if(filter, "ioctl", SCMP_A1(SCMP_CMP_EQ, controls[i], 0));
    }
    return ok;
}

static bool add_of_caller(scmp_filter_ctx filter)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
    bool ok = add(filter, SCMP_ACT_ALLOW, of_callers, NUM(of_callers)) &&
              add_if(filter, "unshare", SCMP_A0(SCMP_CMP_EQ, CLONE_FILES, 0));
    for (size_t i = 0; ok && i < NUM(families); i++) {
        ok = add_if(filter, "socket", SCMP_A0(SCMP_CMP_EQ, (unsigned)families[i], 0));
    }
    return ok;
}

static bool fill(scmp_filter_ctx filter, bool connects)
{
    const uint32_t refused = SCMP_ACT_ERRNO(EPERM);
    return seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
           /* a tree, in which a call is found in few steps */
           seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
           add(filter, SCMP_ACT_ALLOW, of_all, NUM(of_all)) && add_conditional(filter) &&
           add(filter, refused, evil, NUM(evil)) &&
           (connects ? add_of_caller(filter)
                     : add(filter, refused, evil_of_readers, NUM(evil_of_readers)));
}

bool syscall_filter_enter(bool connects)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    bool ok = filter != NULL && fill(filter, connects) && seccomp_load(filter) == 0;
    if (filter != NULL) {
        seccomp_release(filter);
    }
    return ok;
}
