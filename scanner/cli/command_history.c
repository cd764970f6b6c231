#include "scanner/cli/command_history.h"

#include <stdio.h>
#include <string.h>

#include "io/base/hostname.h"
#include "output/history/history_lines.h"
#include "output/history/history_text.h"
#include "output/record/record_json.h"
#include "scanner/base/config.h"
#include "scanner/base/log.h"
#include "scanner/cli/history_update.h"
#include "scanner/cli/options.h"
#include "scanner/cli/sandbox_option.h"
#include "scanner/cli/terminal.h"

#define ERROR_MAX 1024

enum { STATUS_OK, STATUS_NONE, STATUS_BAD_INPUT, STATUS_FAILED };

struct history_options {
    const char *history;
    struct config_texts add;
    bool as_json;
    struct sandbox_options sandbox;
};

/* A history that is told. */
struct telling {
    const struct history_options *options;
    struct history *history;
    struct history_runs runs;
    struct history_text text;
    struct json_writer json;
};

/* ---- Adding ---- */

/* In the order in which they are given; the first that cannot be added ends it. */
static int add_results(const struct history_options *options)
{
    int status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < options->add.num_items; i++) {
        status = history_update(options->history, options->add.items[i]);
    }
    return status;
}

/* ---- Lines out ---- */

/* What standard output does not take, main() notices. */
static void put_json(struct telling *telling, const struct record_object *object,
                     const void *record)
{
    json_writer_clear(&telling->json);
    record_json_object(&telling->json, object, record);
    struct text line = json_writer_text(&telling->json);
    if (line.bytes != NULL) {
        fwrite(line.bytes, 1, line.len, stdout);
        putchar('\n');
    }
}

static void put_past_json(struct telling *telling, const struct history_past *past)
{
    put_json(telling, &history_line_of_past, past);
    for (const struct history_change *item = STAILQ_FIRST(&past->changes); item != NULL;
         item = STAILQ_NEXT(item, next)) {
        put_json(telling, &history_line_of_change, item);
    }
    for (const struct history_finding *item = STAILQ_FIRST(&past->findings); item != NULL;
         item = STAILQ_NEXT(item, next)) {
        put_json(telling, &history_line_of_finding, item);
    }
    for (const struct history_certificate *item = STAILQ_FIRST(&past->certificates); item != NULL;
         item = STAILQ_NEXT(item, next)) {
        put_json(telling, &history_line_of_certificate, item);
    }
}

/* ---- What is told ---- */

static int tell_runs(struct telling *telling)
{
    if (!telling->options->as_json) {
        history_text_runs(&telling->text, &telling->runs);
        return STATUS_OK;
    }
    for (size_t i = 0; i < telling->runs.num_items; i++) {
        put_json(telling, &history_line_of_run, &telling->runs.items[i]);
    }
    return STATUS_OK;
}

static int tell_past(struct telling *telling, const char *domain)
{
    struct history_past past;
    int status = STATUS_OK;
    if (!history_past_read(telling->history, &telling->runs, domain, &past)) {
        log_message("%s", history_error(telling->history));
        status = STATUS_FAILED;
    } else if (past.span.num_runs == 0) {
        log_message("%s has no run with %s", telling->options->history, domain);
        status = STATUS_NONE;
    } else if (telling->options->as_json) {
        put_past_json(telling, &past);
    } else {
        history_text_past(&telling->text, &past);
    }
    history_past_fini(&past);
    return status;
}

static int tell_domain(struct telling *telling, const char *text)
{
    const struct hostname *name;
    enum hostname_status parsed = hostname_parse(text, strlen(text), &name);
    if (parsed != HOSTNAME_OK) {
        log_message("%s: not a domain name: %s", text, hostname_status_text(parsed));
        return STATUS_BAD_INPUT;
    }
    int status = tell_past(telling, hostname_text(name));
    hostname_release(name);
    return status;
}

/* Of several statuses the gravest. */
static int tell_all(struct telling *telling, const struct operands *operands)
{
    int status = operands->num == 0 ? tell_runs(telling) : STATUS_OK;
    for (int i = 0; i < operands->num; i++) {
        if (i > 0 && !telling->options->as_json) {
            putchar('\n');
        }
        int one = tell_domain(telling, operands->names[i]);
        status = one > status ? one : status;
    }
    return status;
}

static int tell(const struct history_options *options, const struct operands *operands,
                struct terminal terminal)
{
    char error[ERROR_MAX];
    struct telling telling = {
        .options = options,
        .text = {.stream = stdout, .utf8 = terminal.utf8},
    };
    telling.history = history_open(options->history, HISTORY_READ, error, sizeof(error));
    if (telling.history == NULL) {
        log_message("%s", error);
        return STATUS_BAD_INPUT;
    }
    json_writer_init(&telling.json);
    int status = STATUS_FAILED;
    if (history_runs_read(telling.history, &telling.runs)) {
        status = tell_all(&telling, operands);
    } else {
        log_message("%s", history_error(telling.history));
    }
    json_writer_fini(&telling.json);
    history_runs_fini(&telling.runs);
    history_close(telling.history);
    return status;
}

/* ---- The command ---- */

static int run(int argc, char **argv)
{
    struct history_options options = {0};
    struct operands operands;
    struct sandbox sandbox;
    int status;
    if (!options_parse(&command_history, &options, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    if (options.history == NULL) {
        log_message("history takes --history FILE, which has the runs");
        return STATUS_BAD_INPUT;
    }
    const struct terminal terminal = terminal_of_stdout(); /* its locale is a file */
    sandbox_begin(&sandbox, &options.sandbox);
    sandbox_allow(&sandbox, options.history, SANDBOX_WRITE); /* SQLite's files beside it */
    for (size_t i = 0; i < options.add.num_items; i++) {
        sandbox_allow(&sandbox, options.add.items[i], SANDBOX_READ);
    }
    sandbox_allow_temporary(&sandbox);
    sandbox_enter(&sandbox);
    status = add_results(&options);
    if (status == STATUS_OK && (options.add.num_items == 0 || operands.num > 0)) {
        status = tell(&options, &operands, terminal);
    }
    return status;
}

#define AT(field) offsetof(struct history_options, field)

static const struct option_rule rules[] = {
    {"history", 0, "FILE", OPTION_FILE, AT(history), NULL,
     "the SQLite database that the runs are in; --add makes it if there is none",
     .otherwise = "none"},
    {"add", 0, "RESULTS", OPTION_FILES, AT(add), NULL,
     "add a complete result file (.zst too; repeatable)", .otherwise = "none"},
    {"json", 0, NULL, OPTION_FLAG, AT(as_json), NULL,
     "JSON lines (\"mxgrade schema --history\" describes them) in place of text", .standard = "no"},
    SANDBOX_OPTION_OF_READERS(AT(sandbox)),
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_history = {
    .name = "history",
    .run = run,
    .summary = "what earlier runs said of a domain",
    .about = "Keeps what changed from run to run in one file, and tells the past of each DOMAIN: "
             "its grades and answers, its findings and its certificates with the runs that saw "
             "them first and last. Without a DOMAIN it lists the runs.\n"
             "\n"
             "--add takes a result file of a run that is complete; \"mxgrade scan --history FILE\" "
             "does so at its end. A run that is added twice is in the history once.",
    .options = &options,
    .operands = "[DOMAIN...]",
    .operand = OPERAND_DOMAIN,
    .max_operands = COMMAND_OPERANDS_ANY,
    .notes = "Exit status: 0 done, 1 no run had the domain, 2 usage or unreadable input, 3 a run "
             "that was cut short or is void, or the history could not be written or read.\n",
};
