/*
 * An intruder in the sandbox: what code that took over a parser would try, tried by this test
 * itself in a process of its own, with every Landlock that a kernel may have and without either.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/sandbox/landlock.h"
#include "io/sandbox/sandbox.h"

/* What the intruder did. */
enum deed {
    READ_FOREIGN = 1 << 0,  /* a file that was not named */
    WRITE_FOREIGN = 1 << 1, /* one beside no output */
    RUN_PROGRAM = 1 << 2,
    MAKE_PROCESS = 1 << 3,
    MAKE_SOCKET = 1 << 4,
    LISTEN = 1 << 5,
    MAKE_CODE = 1 << 6,
    TRACE = 1 << 7,
    READ_NAMED = 1 << 8, /* what is to work goes on working */
    WRITE_NAMED = 1 << 9,
    MAKE_THREAD = 1 << 10,
    READ_OPENED = 1 << 11
};

#define HONEST       (READ_NAMED | WRITE_NAMED | MAKE_THREAD | READ_OPENED)
#define FILES        (READ_FOREIGN | WRITE_FOREIGN)
#define CALLS        (RUN_PROGRAM | MAKE_PROCESS | LISTEN | MAKE_CODE | TRACE)
#define PROGRAM_PATH "/bin/true"
#define FOREIGN_PATH "/etc/passwd"

struct places {
    char folder[64], named[128], output[128], foreign[64];
};

static void make_places(struct places *places)
{
    strcpy(places->folder, "/tmp/mxgrade-sandbox-XXXXXX");
    assert_non_null(mkdtemp(places->folder));
    snprintf(places->named, sizeof(places->named), "%s/named", places->folder);
    snprintf(places->output, sizeof(places->output), "%s/out", places->folder);
    assert_int_equal(mkdir(places->output, 0700), 0);
    strcat(places->output, "/results");
    strcpy(places->foreign, "/tmp/mxgrade-foreign-XXXXXX");
    int file = mkstemp(places->foreign);
    assert_true(file >= 0);
    close(file);
    file = open(places->named, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(file, "x", 1), 1);
    close(file);
}

static void remove_places(struct places *places)
{
    unlink(places->output);
    *strrchr(places->output, '/') = '\0';
    unlink(places->named);
    unlink(places->foreign);
    rmdir(places->output);
    assert_int_equal(rmdir(places->folder), 0);
}

/* ---- Deeds ---- */

static bool can_open(const char *path, int flags)
{
    int file = open(path, flags, 0600);
    if (file >= 0) {
        close(file);
    }
    return file >= 0;
}

/* A part that is put into its place, as results are. */
static bool can_place(const char *path)
{
    char part[PATH_MAX];
    snprintf(part, sizeof(part), "%s.part", path);
    return can_open(part, O_CREAT | O_WRONLY | O_TRUNC) && rename(part, path) == 0 &&
           can_open(path, O_WRONLY | O_TRUNC);
}

static void *run_thread(void *user)
{
    return user;
}

static bool can_make_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, run_thread, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool can_fork(void)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return child > 0 && waitpid(child, NULL, 0) == child;
}

/* The new program ends with a status that says so. */
static bool can_run_program(void)
{
    char *const arguments[] = {(char *)PROGRAM_PATH, NULL};
    pid_t child = vfork();
    if (child == 0) {
        execv(PROGRAM_PATH, arguments);
        _exit(1);
    }
    int status;
    if (child > 0) {
        return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    execv(PROGRAM_PATH, arguments); /* in place of this one: then the deeds are those of `true` */
    return false;
}

static bool can_listen(int socket_type)
{
    int place = socket(AF_INET, socket_type, 0);
    bool ok = place >= 0 && listen(place, 1) == 0;
    if (place >= 0) {
        close(place);
    }
    return ok;
}

static bool can_make_socket(void)
{
    int place = socket(AF_INET, SOCK_STREAM, 0);
    if (place >= 0) {
        close(place);
    }
    return place >= 0;
}

static bool can_make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static unsigned try_all(const struct places *places, int opened)
{
    char byte;
    unsigned done = 0;
    done |= can_open(FOREIGN_PATH, O_RDONLY) ? READ_FOREIGN : 0;
    done |= can_open(places->foreign, O_WRONLY | O_TRUNC) ? WRITE_FOREIGN : 0;
    done |= can_make_socket() ? MAKE_SOCKET : 0;
    done |= can_listen(SOCK_STREAM) ? LISTEN : 0;
    done |= can_make_code() ? MAKE_CODE : 0;
    done |= can_open(places->named, O_RDONLY) ? READ_NAMED : 0;
    done |= can_place(places->output) ? WRITE_NAMED : 0;
    done |= can_make_thread() ? MAKE_THREAD : 0;
    done |= read(opened, &byte, 1) == 1 ? READ_OPENED : 0;
    done |= can_fork() ? MAKE_PROCESS : 0;
    done |= can_run_program() ? RUN_PROGRAM : 0;
    done |= ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? TRACE : 0;
    return done;
}

/* ---- A process of its own ---- */

struct outcome {
    struct sandbox_state state;
    unsigned done;
};

static void be_intruder(const struct sandbox_options *options, const struct places *places,
                        int answer)
{
    struct outcome outcome;
    struct sandbox sandbox;
    int opened = open(places->named, O_RDONLY);
    sandbox_begin(&sandbox, options);
    sandbox_allow(&sandbox, places->named, SANDBOX_READ);
    sandbox_allow(&sandbox, places->output, SANDBOX_WRITE);
    sandbox_allow(&sandbox, NULL, SANDBOX_WRITE);
    sandbox_allow(&sandbox, "/nowhere/at/all", SANDBOX_READ);
    outcome.state = sandbox_enter(&sandbox);
    outcome.done = try_all(places, opened);
    _exit(write(answer, &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 1);
}

static struct outcome intrude(const struct sandbox_options *options)
{
    struct places places;
    struct outcome outcome;
    int answer[2], status;
    make_places(&places);
    assert_int_equal(pipe(answer), 0);
    pid_t child = fork();
    if (child == 0) {
        be_intruder(options, &places, answer[1]);
    }
    close(answer[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(read(answer[0], &outcome, sizeof(outcome)), sizeof(outcome));
    close(answer[0]);
    remove_places(&places);
    return outcome;
}

/* ---- Tests ---- */

static void skip_without(bool it)
{
    if (!it) {
        print_message("this kernel lacks it, or this build has a sanitizer\n");
        skip();
    }
}

static void test_off_everything_can_be_done(void **state)
{
    (void)state;
    const struct outcome outcome = intrude(&(struct sandbox_options){.is_off = true});
    assert_int_equal(outcome.done, HONEST | FILES | CALLS | MAKE_SOCKET);
    assert_int_equal(outcome.state.landlock_abi, 0);
    assert_false(outcome.state.has_filter);
}

static void test_readers_keep_what_they_named_and_nothing_else(void **state)
{
    (void)state;
    const struct outcome outcome = intrude(&(struct sandbox_options){.is_off = false});
    skip_without(outcome.state.has_filter && outcome.state.landlock_abi > 0);
    assert_int_equal(outcome.done, HONEST);
}

static void test_callers_have_sockets_that_cannot_listen(void **state)
{
    (void)state;
    const struct outcome outcome = intrude(&(struct sandbox_options){.connects = true});
    skip_without(outcome.state.has_filter && outcome.state.landlock_abi > 0);
    assert_int_equal(outcome.done, HONEST | MAKE_SOCKET);
}

/* Files are confined by the oldest Landlock already, programs and sockets by the filter. */
static void test_each_landlock_confines_files(void **state)
{
    (void)state;
    for (int abi = 1; abi <= 6; abi++) {
        const struct outcome outcome = intrude(&(struct sandbox_options){.landlock_most = abi});
        skip_without(outcome.state.has_filter && outcome.state.landlock_abi > 0);
        assert_true(outcome.state.landlock_abi <= abi);
        assert_int_equal(outcome.done, HONEST);
    }
}

static void test_without_landlock_the_filter_holds(void **state)
{
    (void)state;
    const struct outcome outcome = intrude(&(struct sandbox_options){.lacks_landlock = true});
    skip_without(outcome.state.has_filter);
    assert_int_equal(outcome.state.landlock_abi, 0);
    assert_int_equal(outcome.done, HONEST | FILES);
}

/* Landlock lets no file be executed; sockets and processes it lets be made. */
static void test_without_a_filter_landlock_holds(void **state)
{
    (void)state;
    const int abis[] = {2, 4, 0};
    for (size_t i = 0; i < sizeof(abis) / sizeof(abis[0]); i++) {
        const struct outcome outcome =
            intrude(&(struct sandbox_options){.landlock_most = abis[i], .lacks_filter = true});
        skip_without(outcome.state.landlock_abi > 0);
        assert_false(outcome.state.has_filter);
        assert_int_equal(outcome.done & (FILES | RUN_PROGRAM), 0);
        assert_int_equal(outcome.done & HONEST, HONEST);
    }
}

static void test_without_either_nothing_fails(void **state)
{
    (void)state;
    const struct outcome outcome =
        intrude(&(struct sandbox_options){.lacks_landlock = true, .lacks_filter = true});
    assert_int_equal(outcome.state.landlock_abi, 0);
    assert_false(outcome.state.has_filter);
    assert_int_equal(outcome.done & (HONEST | FILES), HONEST | FILES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off_everything_can_be_done),
        cmocka_unit_test(test_readers_keep_what_they_named_and_nothing_else),
        cmocka_unit_test(test_callers_have_sockets_that_cannot_listen),
        cmocka_unit_test(test_each_landlock_confines_files),
        cmocka_unit_test(test_without_landlock_the_filter_holds),
        cmocka_unit_test(test_without_a_filter_landlock_holds),
        cmocka_unit_test(test_without_either_nothing_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
