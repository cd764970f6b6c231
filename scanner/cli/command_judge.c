#include "scanner/cli/command_judge.h"

#include <getopt.h>
#include <stdio.h>

#include "scanner/base/log.h"
#include "scanner/grading/policy_file.h"
#include "scanner/regrade/regrade.h"

#define ERROR_MAX 512

struct command {
    const char *results;
    const char *output;      /* NULL: standard output */
    const char *policy_file; /* NULL: the built-in policy */
};

static void print_help(FILE *stream)
{
    fputs(
        "usage: mxgrade judge [options] RESULTS\n"
        "\n"
        "Judges the records of a result file (.zst too) again, without any connection, and writes\n"
        "the file with the new grades, findings and counts. Certificates are judged at the time\n"
        "of the scan. A file of a program before this command has no evidence and is refused.\n"
        "\n"
        "      --policy FILE  re-weight findings by FILE (mxgrade explain policy)\n"
        "  -o, --output FILE  write to FILE (.zst compresses), which must not hold anything yet\n"
        "      --help         this text\n",
        stream);
}

enum parsed { PARSED_OK, PARSED_HELP, PARSED_BAD };

static enum parsed parse_options(struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"output", required_argument, NULL, 'o'},
                                          {"policy", required_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;
    optind = 0; /* resets getopt, which another command may have used */
    while ((option = getopt_long(argc, argv, "o:h", names, NULL)) != -1) {
        switch (option) {
        case 'o':
            command->output = optarg;
            break;
        case 'p':
            command->policy_file = optarg;
            break;
        case 'h':
            return PARSED_HELP;
        default: /* getopt has printed what is wrong */
            return PARSED_BAD;
        }
    }
    if (argc - optind != 1) {
        log_message("one result file is needed (--help)");
        return PARSED_BAD;
    }
    command->results = argv[optind];
    return PARSED_OK;
}

int command_judge(int argc, char **argv)
{
    static const int statuses[] = {[REGRADED] = 0, [REGRADED_REFUSED] = 2, [REGRADED_CUT] = 3};
    struct command command = {0};
    struct policy policy;
    char error[ERROR_MAX];
    switch (parse_options(&command, argc, argv)) {
    case PARSED_HELP:
        print_help(stdout);
        return 0;
    case PARSED_BAD:
        return 2;
    case PARSED_OK:
        break;
    }
    policy_init(&policy);
    if (command.policy_file != NULL &&
        !policy_file_read(&policy, command.policy_file, error, sizeof(error))) {
        log_message("%s", error);
        return 2;
    }
    return statuses[regrade_file(command.results, command.output, &policy)];
}
