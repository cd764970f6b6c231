#include "scanner/cli/command_diff.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/diff/diff.h"
#include "output/diff/diff_json.h"
#include "output/diff/diff_text.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"
#include "scanner/cli/option_values.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/policy_sight.h"
#include "scanner/cli/terminal.h"

#define EXPIRING_DEFAULT 21 /* days; time to act twice on a renewal that runs at 30 days left */
#define EXPIRING_MAX     3650
#define ERROR_MAX        512

enum { STATUS_OK, STATUS_REGRESSION, STATUS_BAD_INPUT, STATUS_CUT_SHORT };

struct command {
    const char *old_path, *new_path;
    bool as_text;
    bool fail_on_regression;
    struct diff_options options;
    struct diff_text text;
    struct json_writer json;
};

static void print_help(FILE *stream)
{
    fputs("usage: mxgrade diff [options] OLD NEW\n"
          "\n"
          "What changed for each domain between two result files (.zst too).\n"
          "\n"
          "  --format FORMAT       jsonl, or text: the default on a terminal\n"
          "  --expiring DAYS       tell of certificates with so many days left or fewer\n"
          "                        (default: 21)\n"
          "  --fail-on regression  exit with status 1 if a domain is worse than it was\n"
          "  --help                this text\n"
          "\n"
          "What one of the runs could not observe is never worse or better. Exit status: 0 done,\n"
          "1 a regression with --fail-on, 2 usage or unreadable input, 3 cut short.\n",
          stream);
}

/* ---- Options ---- */

static bool set_format(struct command *command, const char *value)
{
    command->as_text = strcmp(value, "text") == 0;
    if (!command->as_text && strcmp(value, "jsonl") != 0) {
        log_message("--format %s: jsonl and text are known", value);
        return false;
    }
    return true;
}

static bool set_expiring(struct command *command, const char *value)
{
    unsigned days;
    const char *problem = read_count(value, &days);
    if (problem == NULL && days > EXPIRING_MAX) {
        problem = "more days than a certificate lasts";
    }
    if (problem != NULL) {
        log_message("--expiring %s: %s", value, problem);
        return false;
    }
    command->options.expiring_days = (int)days;
    return true;
}

static bool set_fail_on(struct command *command, const char *value)
{
    command->fail_on_regression = strcmp(value, "regression") == 0;
    if (!command->fail_on_regression) {
        log_message("--fail-on %s: only \"regression\" is known", value);
    }
    return command->fail_on_regression;
}

static bool set_files(struct command *command, int num, char **names)
{
    if (num != 2) {
        log_message("two result files are needed, OLD and NEW (--help)");
        return false;
    }
    command->old_path = names[0];
    command->new_path = names[1];
    return true;
}

enum parsed { PARSED_OK, PARSED_HELP, PARSED_BAD };

static enum parsed parse_options(struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"format", required_argument, NULL, 'f'},
                                          {"expiring", required_argument, NULL, 'e'},
                                          {"fail-on", required_argument, NULL, 'r'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;
    bool ok = true;
    optind = 0; /* a fresh start: other commands may have used getopt */
    while (ok && (option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        switch (option) {
        case 'f':
            ok = set_format(command, optarg);
            break;
        case 'e':
            ok = set_expiring(command, optarg);
            break;
        case 'r':
            ok = set_fail_on(command, optarg);
            break;
        case 'h':
            return PARSED_HELP;
        default: /* getopt has said what is wrong */
            ok = false;
            break;
        }
    }
    return ok && set_files(command, argc - optind, argv + optind) ? PARSED_OK : PARSED_BAD;
}

/* ---- Lines out ---- */

static bool emit_line(void *user, const struct diff_line *line)
{
    struct command *command = user;
    if (command->as_text) {
        return diff_text_line(&command->text, line);
    }
    json_writer_clear(&command->json);
    diff_json_line(&command->json, line);
    struct text text = json_writer_text(&command->json);
    return text.bytes != NULL && fwrite(text.bytes, 1, text.len, stdout) == text.len &&
           putchar('\n') != EOF;
}

static const struct finding_rule *find_rule(const char *code)
{
    enum finding_code found = policy_find(code);
    return found != FINDING_COUNT ? policy_rule(found) : NULL;
}

/* ---- The work ---- */

static void tell_ending(const char *path, const struct result_file *file)
{
    void_notice(path, result_file_void(file));
    switch (result_file_ending(file)) {
    case RESULT_COMPLETE:
        break;
    case RESULT_INCOMPLETE:
        log_message("%s is of a run that was cut short: domains may be missing", path);
        break;
    case RESULT_CUT:
        log_message("%s ends without a summary: it was cut, domains may be missing", path);
        break;
    }
    if (result_file_num_domains(file) == 0 && result_file_num_endpoints(file) > 0) {
        log_message("%s is of a list of hosts: it has no domains, and there is nothing to compare",
                    path);
    }
}

static void tell_differences(const struct diff_pair *pair)
{
    struct diff_other_option option;
    if (!pair->same_policy) {
        log_message("the runs were graded by different policies: grades may have moved for that");
    }
    for (size_t i = 0; diff_next_other_option(pair, &i, &option);) {
        log_message("the runs asked different questions: --%s was \"%s\" and is \"%s\"",
                    option.name, option.before != NULL ? option.before : "", option.after);
    }
}

static int compare(struct command *command, const struct result_file *before,
                   const struct result_file *after)
{
    char error[ERROR_MAX];
    struct diff_totals totals;
    tell_ending(command->old_path, before);
    tell_ending(command->new_path, after);
    const struct diff_pair pair = diff_pair_of(before, after, &command->options);
    tell_differences(&pair);
    bool ok = diff_run(&pair, emit_line, command, &totals, error, sizeof(error));
    if (!ok || fflush(stdout) != 0) {
        log_message("%s", !ok && error[0] != '\0' ? error : "standard output cannot be written");
        return STATUS_CUT_SHORT;
    }
    return command->fail_on_regression && diff_totals_has_regression(&totals) ? STATUS_REGRESSION
                                                                              : STATUS_OK;
}

static int run(struct command *command)
{
    char error[ERROR_MAX];
    struct result_file *before = result_file_open(command->old_path, true, error, sizeof(error));
    struct result_file *after = NULL;
    if (before != NULL) {
        after = result_file_open(command->new_path, true, error, sizeof(error));
    }
    int status = STATUS_BAD_INPUT;
    if (after == NULL) {
        log_message("%s", error);
    } else {
        status = compare(command, before, after);
    }
    result_file_close(before);
    result_file_close(after);
    json_writer_fini(&command->json);
    return status;
}

int command_diff(int argc, char **argv)
{
    const struct terminal terminal = terminal_of_stdout();
    struct command command = {
        .as_text = isatty(STDOUT_FILENO) == 1,
        .options = {.expiring_days = EXPIRING_DEFAULT,
                    .find_rule = find_rule,
                    .sight = &policy_sight},
        .text = {.stream = stdout, .colour = terminal.colour, .utf8 = terminal.utf8},
    };
    switch (parse_options(&command, argc, argv)) {
    case PARSED_HELP:
        print_help(stdout);
        return STATUS_OK;
    case PARSED_BAD:
        return STATUS_BAD_INPUT;
    case PARSED_OK:
        break;
    }
    return run(&command);
}
