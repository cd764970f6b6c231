#include "scanner/cli/command_scan.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scanner/base/log.h"
#include "scanner/cli/history_update.h"
#include "scanner/cli/scan_options.h"
#include "scanner/doctor/doctor.h"
#include "scanner/engine/run.h"

/* A run is added to a history by its result file, which has to be one. */
static bool writes_a_file(const struct config *config)
{
    struct stat status;
    return config->output != NULL && strcmp(config->output, "-") != 0 &&
           (stat(config->output, &status) != 0 || S_ISREG(status.st_mode));
}

/* What cannot be done of what was asked, or NULL. */
static const char *problem_of(const struct config *config)
{
    bool is_csv = strcmp(config->format, "csv") == 0;
    if (is_csv && config->resume) {
        return "--format csv goes without --resume; scan to JSON lines and turn these into CSV "
               "with \"mxgrade convert\"";
    }
    if (is_csv && config->hosts) {
        return "--format csv goes without --hosts, where there are no domains; scan to JSON lines";
    }
    if (config->history != NULL && (is_csv || config->hosts || !writes_a_file(config))) {
        return "--history takes a scan of domains with --output FILE in JSON lines, from which "
               "the run is added";
    }
    if (config->only_text != NULL && config->since == NULL) {
        return "--only needs --since OLD: it is about the results of an earlier run";
    }
    if (config->since != NULL && (is_csv || config->hosts || !writes_a_file(config))) {
        return "--since takes a scan of domains with --output FILE in JSON lines, which is begun "
               "with what is taken over";
    }
    if (config->since != NULL && strcmp(config->list, "-") == 0) {
        return "--since needs a file with the list, which is read twice; name it as LIST";
    }
    return NULL;
}

#define STATUS_CROSSED 1 /* the run is complete all the same */
#define STATUS_CUT     3

/* The history is looked at first, so that a long run does not end without one. */
static int scan_and_remember(struct config *config)
{
    if (config->history == NULL) {
        return run_scan(config);
    }
    /* With --user a file that is not there yet has to be made by that user. */
    bool is_to_be_made = config->user != NULL && access(config->history, F_OK) != 0;
    if (!is_to_be_made && !history_update_is_possible(config->history)) {
        return 2;
    }
    int status = run_scan(config);
    if ((status == 0 || status == STATUS_CROSSED) &&
        history_update(config->history, config->output) != 0) {
        log_message("%s is complete and stays; add it later: mxgrade history --add %s --history %s",
                    config->output, config->output, config->history);
        return STATUS_CUT;
    }
    return status;
}

static int run(int argc, char **argv)
{
    struct config config;
    struct operands operands;
    int status;
    config_init(&config);
    if (scan_options_parse(&command_scan, &config, argc, argv, NULL, &operands, &status)) {
        config.is_confined = true;
        config.list = operands.num > 0 ? operands.names[0] : config.list;
        const char *problem = problem_of(&config);
        if (operands.num == 0 && strcmp(config.list, "-") == 0 && isatty(STDIN_FILENO)) {
            log_message("no LIST given; name a file, or - for standard input (--help)");
        } else if (problem != NULL) {
            log_message("%s", problem);
        } else {
            doctor_warn(&config);
            status = scan_and_remember(&config);
        }
    }
    config_fini(&config);
    return status;
}

const struct command command_scan = {
    .name = "scan",
    .run = run,
    .summary = "scan the mail servers of a list of domains",
    .about = "Finds the mail servers of each domain of LIST, talks to all of them at once, and "
             "writes what was seen, with grades, as one JSON object a line. LIST has a domain a "
             "line, or is CSV with a column \"domain\"; - is standard input.",
    .options = &scan_options,
    .operands = "[LIST|-]",
    .operand = OPERAND_FILE,
    .max_operands = 1,
    .wants = "one list at a time",
    .notes =
        "SIGINT, SIGTERM or SIGHUP ends the run with the dialogues that are under way, a "
        "second one within a second; --resume goes on with it. SIGUSR1 prints a line of "
        "progress.\n"
        "\n"
        "Exit status: 0 the run completed, 1 it did and --fail-on was crossed, 2 usage or bad "
        "input, 3 it could not run, was cut short, or is complete and could not be added to the "
        "history.\n",
};
