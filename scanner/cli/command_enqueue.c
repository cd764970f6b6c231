#include "scanner/cli/command_enqueue.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/calendar.h"
#include "io/base/clock.h"
#include "io/base/hex.h"
#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/cli/queue_rules.h"
#include "scanner/cli/scan_line.h"
#include "scanner/cli/scan_options.h"
#include "scanner/queue/queue_chunk.h"
#include "scanner/queue/queue_enqueue.h"
#include "scanner/queue/queue_options.h"

struct enqueue_settings {
    struct config config; /* first */
    struct queue_access access;
    const char *job;
    unsigned chunk, room;
};

static bool is_of_job(const struct option_rule *rule)
{
    return queue_option_is_of_job(rule->name, strlen(rule->name));
}

/* "2026-12-01T03-15-00Z-9f3a": when it was made, and what tells it from others of that second. */
static void make_name(char out_name[QUEUE_NAME_MAX + 1])
{
    uint8_t random[2];
    char *end = out_name + calendar_write(clock_wall(), false, out_name);
    RAND_bytes(random, sizeof(random));
    *end = '\0';
    for (char *c; (c = strchr(out_name, ':')) != NULL;) {
        *c = '-';
    }
    *end++ = '-';
    *hex_write(end, random, sizeof(random), HEX_LOWER) = '\0';
}

/* A line each. All workers judge at one time. NULL: no memory. */
static char *join(const struct scan_line *line, const struct config *config)
{
    char *text = NULL;
    size_t len;
    FILE *stream = open_memstream(&text, &len);
    if (stream == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < line->num; i++) {
        fprintf(stream, "%s\n", line->options[i]);
    }
    if (!config->has_now) {
        fprintf(stream, "--now=@%" PRId64 "\n", config->now);
    }
    return fclose(stream) == 0 ? text : NULL;
}

static int enqueue(const struct enqueue_settings *settings, const char *options)
{
    char name[QUEUE_NAME_MAX + 1];
    struct policy policy = {.accepted = NULL};
    make_name(name);
    if (!queue_read_policy(&settings->config, &policy)) {
        return 2;
    }
    const struct queue_enqueue_options enqueue_options = {
        .access = &settings->access,
        .job = settings->job != NULL ? settings->job : name,
        .list = settings->config.list,
        .options = options,
        .policy = policy.digest,
        .reading = {.column = settings->config.column,
                    .encoding = settings->config.encoding,
                    .sheet = settings->config.sheet},
        .chunk = settings->chunk,
        .room = settings->room,
    };
    int status = queue_enqueue_run(&enqueue_options);
    if (status == 0) {
        printf("%s\n", enqueue_options.job);
    }
    return status;
}

static int run_with(struct enqueue_settings *settings, const struct option_origins *origins)
{
    struct scan_line line = {.num = 0};
    int status = 2;
    if (settings->chunk > QUEUE_CHUNK_LINES_MAX) {
        log_message("--chunk: %d at most", QUEUE_CHUNK_LINES_MAX);
    } else if (strcmp(settings->config.list, "-") == 0 && isatty(STDIN_FILENO)) {
        log_message("no LIST given; name a file, or - for standard input (--help)");
    } else if (queue_check_name("--job", settings->job) && queue_access_read(&settings->access)) {
        char *options =
            scan_line_fill(&line, origins, is_of_job) ? join(&line, &settings->config) : NULL;
        status = 3;
        if (options == NULL) {
            log_message("out of memory");
        } else {
            status = enqueue(settings, options);
        }
        free(options);
    }
    scan_line_fini(&line);
    return status;
}

static int run(int argc, char **argv)
{
    struct enqueue_settings settings = {.chunk = 200, .room = 1000};
    struct operands operands;
    struct option_origins origins;
    int status;
    config_init(&settings.config);
    option_origins_init(&origins);
    if (scan_options_parse(&command_enqueue, &settings.config, argc, argv, &origins, &operands,
                           &status)) {
        settings.config.list = operands.num > 0 ? operands.names[0] : settings.config.list;
        status = run_with(&settings, &origins);
    }
    option_origins_fini(&origins);
    config_fini(&settings.config);
    return status;
}

static const struct option_rule rules[] = {
    QUEUE_ACCESS_RULES(struct enqueue_settings),
    QUEUE_JOB_RULE(struct enqueue_settings, "what the job is called; no other may have the name",
                   "made of the time, and printed"),
    {"chunk", 0, "N", OPTION_COUNT, offsetof(struct enqueue_settings, chunk), NULL,
     "lines in one part of the list", .otherwise = "200"},
    {"room", 0, "N", OPTION_COUNT, offsetof(struct enqueue_settings, room), NULL,
     "parts on the queue at once; it waits for workers where there are more", .otherwise = "1000"},
};

static const struct option_table own = OPTION_TABLE(rules);

/* What is a worker's or a collector's own. */
static const char *const lacks[] = {
    "output",   "history",       "format",          "bom",
    "strict",   "hosts",         "resolver",        "resolver-config",
    "trust-ad", "exclude",       "threads",         "concurrency",
    "rate",     "per-address",   "per-provider",    "provider-rate",
    "canary",   "canary-absent", "allow-net",       "ca-file",
    "extra-ca", "source",        "proxy",           "ehlo",
    "geo",      "resume",        "retry-unknown",   "since",
    "only",     "shard",         "progress",        "metrics",
    "fail-on",  "verbose",       "dns-concurrency", "accept",
    NULL};

const struct command command_enqueue = {
    .name = "enqueue",
    .run = run,
    .summary = "put a list on a queue in Redis, for workers on many machines",
    .about =
        "Puts LIST on a queue in Redis or Valkey, with the options that shape its results, and "
        "prints the name of the job. \"mxgrade worker\" scans parts of it, on as many machines "
        "as there are, and \"mxgrade collect\" writes one result file.",
    .options = &scan_options,
    .own = &own,
    .lacks = lacks,
    .operands = "[LIST|-]",
    .operand = OPERAND_FILE,
    .max_operands = 1,
    .wants = "one list at a time",
    .notes =
        "Exit status: 0 all of the list is on the queue, 2 usage or bad input, 3 Redis cannot be "
        "reached, or the job was cancelled.\n",
};
