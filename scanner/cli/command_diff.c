#include "scanner/cli/command_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/diff/diff.h"
#include "output/diff/diff_json.h"
#include "output/diff/diff_text.h"
#include "output/file/run_match.h"
#include "output/history/history_results.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"
#include "scanner/cli/option_values.h"
#include "scanner/cli/options.h"
#include "scanner/cli/sandbox_option.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/policy_sight.h"
#include "scanner/cli/terminal.h"

#define EXPIRING_DEFAULT 21 /* days; time to act twice on a renewal that runs at 30 days left */
#define EXPIRING_MAX     3650
#define ERROR_MAX        512

enum { STATUS_OK, STATUS_REGRESSION, STATUS_BAD_INPUT, STATUS_CUT_SHORT };

struct comparison {
    const char *old_path, *new_path; /* or which runs of the history */
    const char *history;             /* NULL: they are files */
    bool as_text;
    bool fail_on_regression;
    struct diff_options options;
    struct diff_text text;
    struct json_writer json;
    struct sandbox_options sandbox;
};

/* ---- Options ---- */

static const char *read_diff_format(void *settings, const char *value)
{
    struct comparison *comparison = settings;
    comparison->as_text = strcmp(value, "text") == 0;
    return comparison->as_text || strcmp(value, "jsonl") == 0 ? NULL : "not one of jsonl, text";
}

static const char *read_days(const char *value, size_t len, int *out_days)
{
    char number[16];
    unsigned days;
    if (len >= sizeof(number)) {
        return "more days than a certificate lasts";
    }
    snprintf(number, sizeof(number), "%.*s", (int)len, value);
    const char *problem = read_count(number, &days);
    if (problem == NULL && days > EXPIRING_MAX) {
        problem = "more days than a certificate lasts";
    }
    if (problem == NULL) {
        *out_days = (int)days;
    }
    return problem;
}

static const char *read_expiring(void *settings, const char *value)
{
    struct comparison *comparison = settings;
    struct diff_thresholds read = {.num = 0};
    for (const char *at = value;; at++) {
        size_t len = strcspn(at, ",");
        if (read.num == DIFF_THRESHOLDS_MAX) {
            return "too many numbers of days";
        }
        const char *problem = read_days(at, len, &read.days[read.num]);
        if (problem != NULL) {
            return problem;
        }
        if (read.num > 0 && read.days[read.num] >= read.days[read.num - 1]) {
            return "not falling, as 30,14,7,1 is";
        }
        read.num++;
        at += len;
        if (*at == '\0') {
            comparison->options.expiring = read;
            return NULL;
        }
    }
}

static const char *read_diff_fail_on(void *settings, const char *value)
{
    struct comparison *comparison = settings;
    comparison->fail_on_regression = strcmp(value, "regression") == 0;
    return comparison->fail_on_regression ? NULL : "not \"regression\"";
}

/* ---- Lines out ---- */

static bool emit_line(void *user, const struct diff_line *line)
{
    struct comparison *comparison = user;
    if (comparison->as_text) {
        return diff_text_line(&comparison->text, line);
    }
    json_writer_clear(&comparison->json);
    diff_json_line(&comparison->json, line);
    struct text text = json_writer_text(&comparison->json);
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
        if (strcmp(option.name, RUN_OPTION_ACCEPT) == 0) {
            continue; /* another name of the same file says nothing */
        }
        if (strcmp(option.name, RUN_OPTION_ACCEPT_SHA256) == 0) {
            log_message("the runs had different files of acceptances (mxgrade scan --accept)");
            continue;
        }
        log_message("the runs asked different questions: --%s was \"%s\" and is \"%s\"",
                    option.name, option.before != NULL ? option.before : "", option.after);
    }
}

static int compare(struct comparison *comparison, const struct result_file *before,
                   const struct result_file *after)
{
    char error[ERROR_MAX];
    struct diff_totals totals;
    tell_ending(comparison->old_path, before);
    tell_ending(comparison->new_path, after);
    const struct diff_pair pair = diff_pair_of(before, after, &comparison->options);
    tell_differences(&pair);
    bool ok = diff_run(&pair, emit_line, comparison, &totals, error, sizeof(error));
    if (!ok || fflush(stdout) != 0) {
        log_message("%s", !ok && error[0] != '\0' ? error : "standard output cannot be written");
        return STATUS_CUT_SHORT;
    }
    return comparison->fail_on_regression && diff_totals_has_regression(&totals) ? STATUS_REGRESSION
                                                                                 : STATUS_OK;
}

static int compare_files(struct comparison *comparison)
{
    char error[ERROR_MAX];
    struct result_file *before = result_file_open(comparison->old_path, true, error, sizeof(error));
    struct result_file *after = NULL;
    if (before != NULL) {
        after = result_file_open(comparison->new_path, true, error, sizeof(error));
    }
    int status = STATUS_BAD_INPUT;
    if (after == NULL) {
        log_message("%s", error);
    } else {
        status = compare(comparison, before, after);
    }
    result_file_close(before);
    result_file_close(after);
    return status;
}

/* ---- Runs of a history ---- */

static struct result_file *open_run(const struct comparison *comparison, struct history *history,
                                    const struct history_runs *runs, const char *name)
{
    char error[ERROR_MAX];
    const struct history_run *run = history_runs_find(runs, name);
    if (run == NULL) {
        log_message("%s has no run \"%s\"; \"mxgrade history --history %s\" lists its runs",
                    comparison->history, name, comparison->history);
        return NULL;
    }
    struct result_file *file = history_results(history, run, error, sizeof(error));
    if (file == NULL) {
        log_message("%s", error);
    }
    return file;
}

static int compare_runs_of(struct comparison *comparison, struct history *history,
                           const struct history_runs *runs)
{
    struct result_file *before = open_run(comparison, history, runs, comparison->old_path);
    struct result_file *after =
        before != NULL ? open_run(comparison, history, runs, comparison->new_path) : NULL;
    int status = after != NULL ? compare(comparison, before, after) : STATUS_BAD_INPUT;
    result_file_close(before);
    result_file_close(after);
    return status;
}

static int compare_runs(struct comparison *comparison)
{
    char error[ERROR_MAX];
    struct history_runs runs;
    int status = STATUS_BAD_INPUT;
    struct history *history = history_open(comparison->history, HISTORY_READ, error, sizeof(error));
    if (history == NULL) {
        log_message("%s", error);
        return STATUS_BAD_INPUT;
    }
    if (history_runs_read(history, &runs)) {
        status = compare_runs_of(comparison, history, &runs);
    } else {
        log_message("%s", history_error(history));
    }
    history_runs_fini(&runs);
    history_close(history);
    return status;
}

static void close_sandbox(const struct comparison *comparison)
{
    struct sandbox sandbox;
    sandbox_begin(&sandbox, &comparison->sandbox);
    if (comparison->history != NULL) {
        sandbox_allow(&sandbox, comparison->history, SANDBOX_WRITE); /* SQLite's files beside it */
    } else {
        sandbox_allow(&sandbox, comparison->old_path, SANDBOX_READ);
        sandbox_allow(&sandbox, comparison->new_path, SANDBOX_READ);
    }
    sandbox_allow_temporary(&sandbox);
    sandbox_enter(&sandbox);
}

static int run(int argc, char **argv)
{
    const struct terminal terminal = terminal_of_stdout();
    struct comparison comparison = {
        .as_text = isatty(STDOUT_FILENO) == 1,
        .options = {.expiring = {.days = {EXPIRING_DEFAULT}, .num = 1},
                    .find_rule = find_rule,
                    .sight = &policy_sight},
        .text = {.stream = stdout, .colour = terminal.colour, .utf8 = terminal.utf8},
    };
    struct operands operands;
    int status;
    if (!options_parse(&command_diff, &comparison, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    comparison.old_path = operands.names[0];
    comparison.new_path = operands.names[1];
    close_sandbox(&comparison);
    status = comparison.history != NULL ? compare_runs(&comparison) : compare_files(&comparison);
    json_writer_fini(&comparison.json);
    return status;
}

static const struct option_rule rules[] = {
    {"history", 0, "FILE", OPTION_FILE, offsetof(struct comparison, history), NULL,
     "OLD and NEW are runs in FILE, a history: their numbers, or the days or times they began",
     .otherwise = "OLD and NEW are result files"},
    {"format", 0, "FORMAT", OPTION_SPECIAL, 0, read_diff_format, "jsonl or text",
     .otherwise = "text on a terminal, else jsonl", .words = "jsonl text"},
    {"expiring", 0, "DAYS", OPTION_SPECIAL, 0, read_expiring,
     "tell of certificates with so many days left or fewer; of several, as in 30,14,7,1, once for "
     "each",
     .otherwise = "21"},
    {"fail-on", 0, "WHAT", OPTION_SPECIAL, 0, read_diff_fail_on,
     "regression: exit with status 1 if a domain is worse than it was", .otherwise = "never",
     .words = "regression"},
    SANDBOX_OPTION_OF_READERS(offsetof(struct comparison, sandbox)),
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_diff = {
    .name = "diff",
    .run = run,
    .summary = "what changed between two result files",
    .about = "What changed for each domain between two result files (.zst too), or between two "
             "runs of a history.",
    .options = &options,
    .operands = "OLD NEW",
    .operand = OPERAND_FILE,
    .min_operands = 2,
    .max_operands = 2,
    .wants = "two result files or runs are needed, OLD and NEW",
    .notes = "What one of the runs could not observe is never worse or better.\n"
             "\n"
             "Exit status: 0 done, 1 a regression with --fail-on, 2 usage or unreadable input, "
             "3 cut short.\n",
};
