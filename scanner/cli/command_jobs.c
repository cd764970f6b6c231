#include "scanner/cli/command_jobs.h"

#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/cli/queue_rules.h"
#include "scanner/queue/queue_jobs.h"

struct jobs_settings {
    struct queue_access access;
    const char *pause, *resume, *cancel;
    bool json;
};

static int run(int argc, char **argv)
{
    struct jobs_settings settings = {.json = false};
    struct operands operands;
    int status;
    if (!options_parse(&command_jobs, &settings, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    if ((settings.pause != NULL) + (settings.resume != NULL) + (settings.cancel != NULL) > 1) {
        log_message("one of --pause, --resume and --cancel at a time");
        return 2;
    }
    if (!queue_check_name("--pause", settings.pause) ||
        !queue_check_name("--resume", settings.resume) ||
        !queue_check_name("--cancel", settings.cancel) || !queue_access_read(&settings.access)) {
        return 2;
    }
    const struct queue_jobs_options options = {
        .access = &settings.access,
        .pause = settings.pause,
        .resume = settings.resume,
        .cancel = settings.cancel,
        .json = settings.json,
    };
    return queue_jobs_run(&options);
}

static const struct option_rule rules[] = {
    QUEUE_ACCESS_RULES(struct jobs_settings),
    {"pause", 0, "JOB", OPTION_TEXT, offsetof(struct jobs_settings, pause), NULL,
     "workers claim nothing more of JOB", .otherwise = "none"},
    {"resume", 0, "JOB", OPTION_TEXT, offsetof(struct jobs_settings, resume), NULL, "they do again",
     .otherwise = "none"},
    {"cancel", 0, "JOB", OPTION_TEXT, offsetof(struct jobs_settings, cancel), NULL,
     "JOB ends; what was delivered of it is still collected where a collector is at it",
     .otherwise = "none"},
    {"json", 0, NULL, OPTION_FLAG, offsetof(struct jobs_settings, json), NULL,
     "a JSON object a line, for programs", .otherwise = "no"},
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_jobs = {
    .name = "jobs",
    .run = run,
    .summary = "list, pause, resume or cancel the jobs on a queue",
    .about =
        "Lists the jobs on a queue in Redis, and how far each of them is, or says a word to one.",
    .options = &options,
    .operands = "",
    .max_operands = 0,
    .wants = "a job is named by --pause, --resume or --cancel",
    .notes = "Exit status: 0 done, 2 usage, or there is no such job, 3 Redis cannot be reached.\n",
};
