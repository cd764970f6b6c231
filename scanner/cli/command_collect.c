#include "scanner/cli/command_collect.h"

#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/cli/queue_rules.h"
#include "scanner/queue/queue_collect.h"

struct collect_settings {
    struct queue_access access;
    const char *job, *output;
    bool resume;
};

static int run(int argc, char **argv)
{
    struct collect_settings settings = {.resume = false};
    struct operands operands;
    int status;
    if (!options_parse(&command_collect, &settings, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    if (settings.resume && settings.output == NULL) {
        log_message("--resume goes on with a file: name it by --output");
        return 2;
    }
    if (!queue_check_name("--job", settings.job) || !queue_access_read(&settings.access)) {
        return 2;
    }
    const struct queue_collect_options options = {
        .access = &settings.access,
        .job = settings.job,
        .path = settings.output,
        .resume = settings.resume,
    };
    return queue_collect_run(&options);
}

static const struct option_rule rules[] = {
    QUEUE_ACCESS_RULES(struct collect_settings),
    QUEUE_JOB_RULE(struct collect_settings, "the job whose results are collected",
                   "the only one there is"),
    {"output", 'o', "FILE", OPTION_FILE, offsetof(struct collect_settings, output), NULL,
     "write to FILE (.zst compresses)", .otherwise = "standard output"},
    {"resume", 0, NULL, OPTION_FLAG, offsetof(struct collect_settings, resume), NULL,
     "go on with FILE, as an earlier collector has left it", .otherwise = "no"},
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_collect = {
    .name = "collect",
    .run = run,
    .summary = "write what workers deliver into one result file",
    .about =
        "Writes the records of a job's workers into one result file, while they are still at it, "
        "each line of the list once, and ends with its summary when the job has ended.",
    .options = &options,
    .operands = "",
    .max_operands = 0,
    .wants = "the results of one job are collected; name it by --job",
    .notes =
        "Exit status: 0 each line of the list has its record, 2 usage, 3 the job was cancelled, or "
        "the collection was cut short (--resume goes on with it).\n",
};
