#include "scanner/cli/command_nightly.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/log.h"
#include "scanner/cli/command_scan.h"
#include "scanner/cli/scan_options.h"
#include "scanner/nightly/nightly.h"

/* ---- The options of the scan ---- */

struct scan_line {
    char **options; /* each, and all, owned */
    size_t num, capacity;
};

static bool add_option(struct scan_line *line, const struct option_given *given, bool is_no)
{
    const char *flag = is_no ? "no" : given->value != NULL ? given->value : "yes";
    const char *value = given->rule->argument != NULL ? given->value : flag;
    if (line->num == line->capacity) {
        size_t capacity = 2 * line->capacity + 16;
        char **options = realloc(line->options, capacity * sizeof(*options));
        if (options == NULL) {
            return false;
        }
        line->options = options;
        line->capacity = capacity;
    }
    if (asprintf(&line->options[line->num], "--%s=%s", given->rule->name, value) < 0) {
        return false;
    }
    line->num++;
    return true;
}

/* The night does that itself, with what the scan has left. */
static bool is_of_whole_night(const struct option_rule *rule)
{
    return strcmp(rule->name, "metrics") == 0 || strcmp(rule->name, "history") == 0;
}

/* What was given and holds in the end, as one command line. False: no memory. */
static bool fill_line(struct scan_line *line, const struct option_origins *origins)
{
    bool ok = true;
    for (size_t i = 0; ok && i < scan_options.num_rules; i++) {
        const struct option_rule *rule = &scan_options.rules[i];
        bool is_no;
        const struct option_given *given = option_origins_find(origins, rule, &is_no);
        if (given == NULL || rule->is_of_files || is_of_whole_night(rule) ||
            !command_has(&command_scan, rule)) {
            continue;
        }
        if (!option_is_repeatable(rule)) {
            /* A flag that ended where its contrary was set is "no" by itself. */
            ok = (is_no && given->rule != rule) || add_option(line, given, is_no);
            continue;
        }
        for (const struct option_given *at = given; ok && at != NULL; at = STAILQ_NEXT(at, next)) {
            if (at->rule == rule && at->place.source == given->place.source) {
                ok = add_option(line, at, false);
            }
        }
    }
    return ok;
}

static void free_line(struct scan_line *line)
{
    for (size_t i = 0; i < line->num; i++) {
        free(line->options[i]);
    }
    free(line->options);
}

/* ---- The command ---- */

static int run_with(const struct config *config, const struct option_origins *origins)
{
    struct scan_line line = {.num = 0};
    int status = 2;
    if (strcmp(config->list, "-") == 0 && config->nights.notify != CONFIG_NOTIFY_ONLY) {
        log_message("a night needs a file with the list: \"list = FILE\" in the configuration, or "
                    "LIST");
    } else if (!fill_line(&line, origins)) {
        log_message("out of memory");
        status = 3;
    } else {
        status = (int)nightly_run(config, line.options, line.num);
    }
    free_line(&line);
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
