/* mxgrade: finds the command and hands over. */
#include <ares.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/base/loop.h"
#include "scanner/cli/command_check.h"
#include "scanner/cli/command_collect.h"
#include "scanner/cli/command_config.h"
#include "scanner/cli/command_convert.h"
#include "scanner/cli/command_demo.h"
#include "scanner/cli/command_diff.h"
#include "scanner/cli/command_doctor.h"
#include "scanner/cli/command_enforce.h"
#include "scanner/cli/command_enqueue.h"
#include "scanner/cli/command_explain.h"
#include "scanner/cli/command_history.h"
#include "scanner/cli/command_jobs.h"
#include "scanner/cli/command_judge.h"
#include "scanner/cli/command_merge.h"
#include "scanner/cli/command_letters.h"
#include "scanner/cli/command_nightly.h"
#include "scanner/cli/command_report.h"
#include "scanner/cli/command_scan.h"
#include "scanner/cli/command_schema.h"
#include "scanner/cli/command_verify.h"
#include "scanner/cli/command_worker.h"
#include "scanner/cli/pages.h"
#include "scanner/cli/standard_streams.h"
#include "scanner/cli/version.h"
#include "scanner/base/log.h"

static const struct command *const commands[] = {
    &command_scan,    &command_check,   &command_nightly, &command_doctor,  &command_diff,
    &command_history, &command_report,  &command_convert, &command_enforce, &command_judge,
    &command_verify,  &command_explain, &command_schema,  &command_config,  &command_demo,
    &command_merge,   &command_letters, &command_enqueue, &command_worker,  &command_collect,
    &command_jobs,
};

#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *stream)
{
    fprintf(stream, "usage: mxgrade COMMAND [options]\n\n");
    for (size_t i = 0; i < NUM_COMMANDS; i++) {
        fprintf(stream, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    }
    fprintf(stream, "\n\"mxgrade COMMAND --help\" lists the options of a command.\n");
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < NUM_COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static void on_loop_failure(const char *what)
{
    log_message("%s: %s: this machine has no descriptor left that the program itself needs", what,
                strerror(errno));
    _exit(3);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
        fprintf(stderr, "mxgrade: c-ares cannot start\n");
        return 3;
    }
    loop_wait_for_memory();
    loop_set_failure(on_loop_failure);
    int status = command->run(argc, argv);
    ares_library_cleanup();
    return status;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (is_one_of(argv[1], "--version", "-V", "version")) {
        version_print(stdout);
        return 0;
    }
    if (strcmp(argv[1], "page") == 0 && argc == 3) {
        const struct command_list list = {commands, NUM_COMMANDS};
        return pages_print(&list, argv[2]);
    }
    bool is_help = is_one_of(argv[1], "--help", "-h", "help");
    if (is_help && argc == 2) {
        print_usage(stdout);
        return 0;
    }
    const char *name = is_help ? argv[2] : argv[1];
    const struct command *command = find_command(name);
    if (command != NULL && is_help) {
        char help[] = "--help";
        return run_command(command, 2, (char *[]){argv[2], help, NULL});
    }
    if (command != NULL) {
        return run_command(command, argc - 1, argv + 1);
    }
    fprintf(stderr, "mxgrade: there is no command \"%s\"\n", name);
    print_usage(stderr);
    return 2;
}

int main(int argc, char **argv)
{
    /* A closed pipe or a limit on the file's size is an error of the write that meets it, not the
     * end of the process. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (!standard_streams_hold()) {
        log_message("/dev/null, in place of a closed standard stream: %s", strerror(errno));
        return 3;
    }
    return standard_streams_finish(run(argc, argv));
}
