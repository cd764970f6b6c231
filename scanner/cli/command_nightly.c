#include "scanner/cli/command_nightly.h"

#include <string.h>

#include "scanner/base/log.h"
#include "scanner/cli/scan_line.h"
#include "scanner/cli/scan_options.h"
#include "scanner/nightly/nightly.h"

/* The others the night does itself, with what the scan has left. */
static bool is_of_scan(const struct option_rule *rule)
{
    return strcmp(rule->name, "metrics") != 0 && strcmp(rule->name, "history") != 0;
}

/* ---- The command ---- */

static int run_with(const struct config *config, const struct option_origins *origins)
{
    struct scan_line line = {.num = 0};
    int status = 2;
    if (strcmp(config->list, "-") == 0 && config->nights.notify != CONFIG_NOTIFY_ONLY) {
        log_message("a night needs a file with the list: \"list = FILE\" in the configuration, or "
                    "LIST");
    } else if (!scan_line_fill(&line, origins, is_of_scan)) {
        log_message("out of memory");
        status = 3;
    } else {
        status = (int)nightly_run(config, line.options, line.num);
    }
    scan_line_fini(&line);
    return status;
}

static int run(int argc, char **argv)
{
    struct config config;
    struct operands operands;
    struct option_origins origins;
    int status;
    config_init(&config);
    option_origins_init(&origins);
    if (scan_options_parse(&command_nightly, &config, argc, argv, &origins, &operands, &status)) {
        config.list = operands.num > 0 ? operands.names[0] : config.list;
        status = run_with(&config, &origins);
    }
    option_origins_fini(&origins);
    config_fini(&config);
    return status;
}

/* What a night decides itself. */
static const char *const lacks[] = {"output", "format", "bom",      "resume",
                                    "since",  "only",   "progress", NULL};

const struct command command_nightly = {
    .name = "nightly",
    .run = run,
    .summary = "scan every night, compare, tell of what changed",
    .about =
        "Scans the list into a folder of nights and, once all of it is scanned, makes the night "
        "the latest one, compares it with the one before it, adds it to the history, writes "
        "figures for a monitoring "
        "system, removes nights that are too old, and runs a command if something changed. A "
        "night that is cut short changes none of that, and the next one goes on with it.",
    .options = &scan_options,
    .has_nights = true,
    .lacks = lacks,
    .configuration = "/etc/mxgrade/mxgrade.conf",
    .operands = "[LIST]",
    .operand = OPERAND_FILE,
    .max_operands = 1,
    .wants = "one list at a time",
    .notes =
        "Without --config it reads /etc/mxgrade/mxgrade.conf. Without --metrics the figures are "
        "in mxgrade.prom, without --history the history is history.sqlite, both in the folder of "
        "the "
        "nights.\n"
        "\n"
        "Exit status: 0 done, 1 done and --fail-on was crossed, 2 usage or bad input, 3 cut "
        "short, 4 done but the notification failed or the figures could not be written.\n",
};
