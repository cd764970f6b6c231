#define _GNU_SOURCE
/*
 * A hole in a parser, made on purpose: preloaded, the first connect() to a server, and the first
 * open() of a file whose name ends in "hole.jsonl", run what an intruder would run then. What he
 * could do is written to the file HOLE_FILE, a word each, which is opened beforehand.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int answer = -1;
static atomic_flag is_done = ATOMIC_FLAG_INIT;

__attribute__((constructor)) static void open_answer(void)
{
    answer = (int)syscall(SYS_openat, AT_FDCWD, getenv("HOLE_FILE"), O_WRONLY | O_CREAT | O_APPEND,
                          0600);
}

static void say(const char *word)
{
    if (write(answer, word, strlen(word)) < 0) {
        abort();
    }
}

static void try_files(void)
{
    if (syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0) {
        say("read ");
    }
    if (syscall(SYS_openat, AT_FDCWD, getenv("HOLE_VICTIM"), O_WRONLY | O_TRUNC) >= 0) {
        say("write ");
    }
}

static void try_listening(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int place = socket(AF_INET, SOCK_STREAM, 0);
    if (place >= 0 && bind(place, (struct sockaddr *)&any, sizeof(any)) == 0 &&
        listen(place, 1) == 0) {
        say("listen ");
    }
}

static void try_code(void)
{
    if (mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
        MAP_FAILED) {
        say("code ");
    }
}

static void try_programs(void)
{
    char *const arguments[] = {(char *)"/bin/true", NULL};
    pid_t child = fork();
    if (child == 0) {
        execv(arguments[0], arguments);
        _exit(1);
    }
    int status = 0;
    if (child > 0 && waitpid(child, &status, 0) == child) {
        say("fork ");
        say(status == 0 ? "run " : "");
    }
}

static void intrude(void)
{
    if (!atomic_flag_test_and_set(&is_done)) {
        try_files();
        try_listening();
        try_code();
        try_programs();
        say("end\n");
    }
}

int connect(int fd, const struct sockaddr *to, socklen_t len)
{
    if (to->sa_family == AF_INET &&
        ntohs(((const struct sockaddr_in *)to)->sin_port) == atoi(getenv("HOLE_PORT"))) {
        intrude();
    }
    return (int)syscall(SYS_connect, fd, to, len);
}

static bool is_results(const char *path, int flags)
{
    static const char ending[] = "hole.jsonl";
    size_t len = strlen(path);
    /* The sandbox, before it is closed, takes hold of places without opening them. */
    return (flags & O_PATH) == 0 && len >= strlen(ending) &&
           strcmp(path + len - strlen(ending), ending) == 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    if (is_results(path, flags)) {
        intrude();
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* What open() is called where FORTIFY cannot see the flags. */
int __open_2(const char *path, int flags)
{
    return open(path, flags, 0);
}
