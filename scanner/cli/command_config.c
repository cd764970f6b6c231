#include "scanner/cli/command_config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "scanner/base/log.h"
#include "scanner/cli/config_file.h"
#include "scanner/cli/scan_options.h"

#define LINE_SIZE     8192
#define ORIGIN_COLUMN 40

static void print_line(const char *name, const char *value, const char *origin)
{
    char line[LINE_SIZE];
    int len = snprintf(line, sizeof(line), "%s = %s", name, value);
    int padding = len < ORIGIN_COLUMN ? ORIGIN_COLUMN - len : 1;
    printf("%s%*s # %s\n", line, padding, "", origin);
}

/* A value that a line of a file cannot hold is shown as a comment, with what breaks the line. */
static bool fits_in_line(const char *value)
{
    return strlen(value) < CONFIG_FILE_LINE_MAX / 2 && strpbrk(value, "\r\n") == NULL &&
           value[0] != '#' && strstr(value, " #") == NULL && strstr(value, "\t#") == NULL;
}

static void print_given(const struct option_given *given, const char *name, const char *value)
{
    char origin[LINE_SIZE];
    if (given->place.file != NULL) {
        snprintf(origin, sizeof(origin), "%s, line %u", given->place.file, given->place.line);
    } else {
        snprintf(origin, sizeof(origin), "command line");
    }
    if (fits_in_line(value)) {
        print_line(name, value, origin);
    } else {
        printf("# %s: %s; no line of a file can hold its value\n", name, origin);
    }
}

/* A repeatable option holds all values of the last source that has any. */
static void print_values(const struct option_given *given)
{
    for (const struct option_given *at = given; at != NULL; at = STAILQ_NEXT(at, next)) {
        if (at->rule == given->rule && at->place.source == given->place.source) {
            print_given(at, at->rule->name, at->value);
        }
    }
}

static void print_option(const struct option_origins *origins, const struct option_rule *rule)
{
    char name[64];
    bool is_no;
    const struct option_given *given = option_origins_find(origins, rule, &is_no);
    if (given != NULL && option_is_repeatable(rule)) {
        print_values(given);
    } else if (given != NULL) {
        const char *flag = is_no ? "no" : "yes";
        print_given(given, rule->name, rule->argument != NULL ? given->value : flag);
    } else if (rule->standard != NULL) {
        print_line(rule->name, rule->standard, "default");
    } else {
        snprintf(name, sizeof(name), "#%s", rule->name);
        char origin[LINE_SIZE];
        snprintf(origin, sizeof(origin), "default: %s", rule->otherwise);
        print_line(name, "", origin);
    }
}

static int run(int argc, char **argv)
{
    struct config config;
    struct operands operands;
    struct option_origins origins;
    int status;
    config_init(&config);
    option_origins_init(&origins);
    if (scan_options_parse(&command_config, &config, argc, argv, &origins, &operands, &status)) {
        const struct option_place line = {.source = UINT32_MAX};
        const struct option_rule *list = option_find(&scan_options, "list");
        if (operands.num > 0 && !option_origins_add(&origins, list, operands.names[0], &line)) {
            log_message("out of memory");
            status = 3;
        } else {
            status = 0;
        }
    }
    for (size_t i = 0; i < scan_options.num_rules && status == 0; i++) {
        if (scan_options.rules[i].kind != OPTION_CONFIGURATION) {
            print_option(&origins, &scan_options.rules[i]);
        }
    }
    option_origins_fini(&origins);
    config_fini(&config);
    return status;
}

const struct command command_config = {
    .name = "config",
    .run = run,
    .summary = "the options that hold, and where each comes from",
    .about = "Prints the options that \"mxgrade scan\" or \"mxgrade nightly --config FILE\" would "
             "have with the same arguments: what "
             "holds in the end, and whether it is the default, from a line of a file or from the "
             "command line. The output is a configuration file itself. Nothing is scanned.",
    .options = &scan_options,
    .has_nights = true,
    .operands = "[LIST|-]",
    .operand = OPERAND_FILE,
    .max_operands = 1,
    .wants = "one list at a time",
    .notes = "Exit status: 0 done, 2 an option or a line of a file is wrong.\n",
};
