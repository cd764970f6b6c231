#include "scanner/cli/command_report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/placed_file.h"
#include "output/history/history_results.h"
#include "output/report/report.h"
#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/cli/sandbox_option.h"
#include "scanner/grading/policy.h"
#include "scanner/grading/policy_sight.h"

#define STATUS_OK        0
#define STATUS_BAD_INPUT 2
#define STATUS_FAILED    3
#define ERROR_MAX        1024
#define SINCE_LAST       "last" /* run of the history before the one that is reported */

struct report_options {
    const char *results, *output;
    const char *history;    /* NULL: the page draws no trend */
    const char *since;      /* an earlier result file or run of the history, or NULL */
    const char *importance; /* a column of the list, or NULL */
    struct sandbox_options sandbox;
};

/* ---- The page ---- */

static bool is_same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static const struct finding_rule *rule_of(const char *code)
{
    enum finding_code found = policy_find(code);
    return found != FINDING_COUNT ? policy_rule(found) : NULL;
}

/* Says what went wrong; the exit status. */
static int say(enum report_status status, const struct report_options *options)
{
    switch (status) {
    case REPORT_OK:
        return STATUS_OK;
    case REPORT_CANNOT_READ:
        log_message("cannot read %s: %s", options->results, strerror(errno));
        return STATUS_BAD_INPUT;
    case REPORT_NOT_RESULTS:
        log_message("%s has no record in it: is it a result file of mxgrade scan?",
                    options->results);
        return STATUS_BAD_INPUT;
    case REPORT_NEWER_SCHEMA:
        log_message("%s was written by a newer mxgrade; use that one", options->results);
        return STATUS_BAD_INPUT;
    case REPORT_NO_COLUMN:
        log_message("no domain of %s has a column \"%s\"; --importance takes the title of a column "
                    "of the list",
                    options->results, options->importance);
        return STATUS_BAD_INPUT;
    case REPORT_CANNOT_COMPARE:
        log_message("cannot compare %s with %s: a file was changed meanwhile, or memory is out",
                    options->results, options->since);
        return STATUS_FAILED;
    case REPORT_OUT_OF_MEMORY:
        log_message("out of memory while reading %s", options->results);
        return STATUS_FAILED;
    case REPORT_CANNOT_WRITE:
        log_message("cannot write %s: %s",
                    strcmp(options->output, "-") == 0 ? "standard output" : options->output,
                    strerror(errno));
        return STATUS_FAILED;
    }
    return STATUS_FAILED;
}

static int make_page(const struct report_options *options, const struct report_extras *extras)
{
    static const struct report_words words = {.rule_of = rule_of};
    struct placed_file page;
    if (access(options->results, R_OK) != 0) {
        return say(REPORT_CANNOT_READ, options);
    }
    if (is_same_file(options->results, options->output)) {
        log_message("%s is the result file itself; name another file with -o", options->output);
        return STATUS_BAD_INPUT;
    }
    if (!placed_file_open(&page, options->output)) {
        return say(REPORT_CANNOT_WRITE, options);
    }
    bool is_cut;
    enum report_status status =
        report_write(options->results, &words, extras, page.stream, &is_cut);
    int error = errno;
    bool is_there = placed_file_close(&page, status == REPORT_OK);
    if (status == REPORT_OK && !is_there) {
        return say(REPORT_CANNOT_WRITE, options);
    }
    if (status == REPORT_OK && is_cut) {
        log_message("%s is of a run that was cut short: domains may be missing", options->results);
    }
    errno = error;
    return say(status, options);
}

/* ---- What it is compared with ---- */

/* The history of --history while it is open; all NULL: there is none. */
struct past {
    struct history *history;
    const struct history_runs *runs;
};

/* The run of the history that --since names; NULL: it names none of them. */
static const struct history_run *run_since(const struct report_options *options,
                                           const struct past *past, const struct result_file *after)
{
    if (past->runs == NULL) {
        return NULL;
    }
    if (strcmp(options->since, SINCE_LAST) == 0) {
        return history_runs_before(past->runs, (int64_t)(result_file_run(after)->started * 1000));
    }
    return history_runs_find(past->runs, options->since);
}

/* A run of the history, or a file. NULL with a sentence in `error`. */
static struct result_file *open_before(const struct report_options *options,
                                       const struct past *past, const struct result_file *after,
                                       char *error, size_t error_size)
{
    const struct history_run *run = run_since(options, past, after);
    if (run != NULL) {
        return history_results(past->history, run, error, error_size);
    }
    if (strcmp(options->since, SINCE_LAST) == 0) {
        if (past->runs != NULL) {
            snprintf(error, error_size, "%s has no run before that of %s", options->history,
                     options->results);
        } else {
            snprintf(error, error_size, "--since last needs --history FILE, whose run it means");
        }
        return NULL;
    }
    return result_file_open(options->since, true, error, error_size);
}

/* With what changed since the earlier run, if one was named. */
static int make_page_since(const struct report_options *options, const struct past *past,
                           struct report_extras *extras)
{
    char error[ERROR_MAX];
    const struct diff_options comparison = {
        .expiring = {.num = 0}, .find_rule = rule_of, .sight = &policy_sight};
    if (options->since == NULL) {
        return make_page(options, extras);
    }
    struct result_file *after = result_file_open(options->results, true, error, sizeof(error));
    struct result_file *before = NULL;
    if (after != NULL) {
        before = open_before(options, past, after, error, sizeof(error));
    }
    int status = STATUS_BAD_INPUT;
    if (before == NULL) {
        log_message("%s", error);
    } else {
        const struct diff_pair pair = diff_pair_of(before, after, &comparison);
        extras->since = &pair;
        status = make_page(options, extras);
        extras->since = NULL;
    }
    result_file_close(before);
    result_file_close(after);
    return status;
}

static int make_page_with_trend(const struct report_options *options, struct report_extras *extras)
{
    char error[ERROR_MAX];
    struct history_runs runs;
    struct history *history = history_open(options->history, HISTORY_READ, error, sizeof(error));
    if (history == NULL) {
        log_message("%s", error);
        return STATUS_BAD_INPUT;
    }
    int status = STATUS_BAD_INPUT;
    if (history_runs_read(history, &runs)) {
        const struct past past = {history, &runs};
        extras->history = &runs;
        status = make_page_since(options, &past, extras);
        extras->history = NULL;
    } else {
        log_message("%s", history_error(history));
    }
    history_runs_fini(&runs);
    history_close(history);
    return status;
}

static int run(int argc, char **argv)
{
    struct report_options options = {.results = NULL};
    struct operands operands;
    struct sandbox sandbox;
    int status;
    if (!options_parse(&command_report, &options, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    if (options.output == NULL) {
        log_message("report takes one result file, and -o FILE.html for the page");
        return STATUS_BAD_INPUT;
    }
    options.results = operands.names[0];
    sandbox_begin(&sandbox, &options.sandbox);
    sandbox_allow(&sandbox, options.results, SANDBOX_READ);
    sandbox_allow(&sandbox, options.since, SANDBOX_READ);
    sandbox_allow(&sandbox, options.history, SANDBOX_WRITE); /* SQLite's files beside it */
    sandbox_allow(&sandbox, options.output, SANDBOX_WRITE);
    sandbox_allow_temporary(&sandbox);
    sandbox_enter(&sandbox);
    const struct past no_past = {NULL, NULL};
    struct report_extras extras = {.importance = options.importance};
    return options.history != NULL ? make_page_with_trend(&options, &extras)
                                   : make_page_since(&options, &no_past, &extras);
}

static const struct option_rule rules[] = {
    {"history", 0, "FILE", OPTION_FILE, offsetof(struct report_options, history), NULL,
     "draw the trend of the runs in FILE, a history (mxgrade history)", .otherwise = "no trend"},
    {"since", 0, "OLD", OPTION_FILE, offsetof(struct report_options, since), NULL,
     "show what is new, better, worse or gone since OLD, an earlier result file, or with --history "
     "one of its runs, as in mxgrade diff; last: the last one before this",
     .otherwise = "no comparison"},
    {"importance", 0, "COLUMN", OPTION_TEXT, offsetof(struct report_options, importance), NULL,
     "weigh suppliers by this column of the list: numbers, or high, medium, low",
     .otherwise = "a column titled importance, criticality, tier, weight or spend"},
    {"output", 'o', "FILE.html", OPTION_FILE, offsetof(struct report_options, output), NULL,
     "where to write it, which must be said; - is standard output", .otherwise = "none"},
    SANDBOX_OPTION_OF_READERS(offsetof(struct report_options, sandbox)),
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_report = {
    .name = "report",
    .run = run,
    .summary = "one page of a result file, with charts and a table",
    .about = "Makes one page of a result file (.jsonl or .jsonl.zst): charts, a table of all "
             "domains to sort, filter and search, and the evidence behind each grade with what to "
             "do about it. The page is whole in itself: it opens from a disk or an e-mail and "
             "loads nothing. A file that was cut short gives a page that says so.",
    .options = &options,
    .operands = "RESULTS",
    .operand = OPERAND_FILE,
    .min_operands = 1,
    .max_operands = 1,
    .wants = "one result file is needed, and -o FILE.html for the page",
    .notes = "Exit status: 0 written, 2 usage or no result file, 3 the page could not be "
             "written.\n",
};
