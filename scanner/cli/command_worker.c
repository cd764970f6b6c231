#include "scanner/cli/command_worker.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/cli/queue_rules.h"
#include "scanner/cli/scan_line.h"
#include "scanner/cli/scan_options.h"
#include "scanner/queue/queue_job.h"
#include "scanner/queue/queue_worker.h"

struct worker_settings {
    struct config config; /* first */
    struct queue_access access;
    const char *job, *name, *spool, *source_name;
    unsigned hold;
    double takeover;
    bool once;
};

/* "host-4711", of what a name may hold. */
static void make_name(char out_name[QUEUE_NAME_MAX + 1])
{
    char host[QUEUE_NAME_MAX + 1] = "";
    (void)gethostname(host, sizeof(host) - 1);
    for (size_t i = 0; host[i] != '\0'; i++) {
        bool is_fine = (host[i] >= '0' && host[i] <= '9') || (host[i] >= 'a' && host[i] <= 'z') ||
                       (host[i] >= 'A' && host[i] <= 'Z') || host[i] == '-' || host[i] == '.';
        host[i] = is_fine ? host[i] : '-';
    }
    (void)snprintf(out_name, QUEUE_NAME_MAX + 1, "w-%.40s-%ld", host, (long)getpid());
}

static int work(const struct worker_settings *settings, const struct scan_line *line)
{
    char name[QUEUE_NAME_MAX + 1], spool[sizeof("/var/tmp/mxgrade-") + QUEUE_NAME_MAX];
    struct policy policy = {.accepted = NULL};
    make_name(name);
    const char *my_name = settings->name != NULL ? settings->name : name;
    (void)snprintf(spool, sizeof(spool), "/var/tmp/mxgrade-%s", my_name);
    if (!queue_read_policy(&settings->config, &policy)) {
        return 2;
    }
    const struct queue_worker_options options = {
        .access = &settings->access,
        .job = settings->job,
        .name = my_name,
        .spool = settings->spool != NULL ? settings->spool : spool,
        .policy = policy.digest,
        .hold = settings->hold,
        .takeover = settings->takeover,
        .once = settings->once,
        .source = settings->source_name,
        .pace = {.rate = settings->config.rate,
                 .provider_rate = settings->config.provider_rate,
                 .per_address = settings->config.per_address,
                 .per_provider = settings->config.per_provider},
        .arguments = line->options,
        .num_arguments = line->num,
    };
    int status = queue_worker_run(&options);
    if (settings->spool == NULL) {
        (void)rmdir(spool); /* unless there is something in it */
    }
    return status;
}

static bool is_of_scan(const struct option_rule *rule)
{
    return command_has(&command_worker, rule) && rule->kind != OPTION_CONFIGURATION;
}

static int run(int argc, char **argv)
{
    struct worker_settings settings = {.hold = 2000, .takeover = 60};
    struct scan_line line = {.num = 0};
    struct operands operands;
    struct option_origins origins;
    int status;
    config_init(&settings.config);
    option_origins_init(&origins);
    if (scan_options_parse(&command_worker, &settings.config, argc, argv, &origins, &operands,
                           &status)) {
        status = 2;
        if (!scan_line_fill(&line, &origins, is_of_scan)) {
            log_message("out of memory");
        } else if (queue_check_name("--job", settings.job) &&
                   queue_check_name("--name", settings.name) &&
                   queue_check_name("--source-name", settings.source_name) &&
                   queue_access_read(&settings.access)) {
            status = work(&settings, &line);
        }
    }
    scan_line_fini(&line);
    option_origins_fini(&origins);
    config_fini(&settings.config);
    return status;
}

static const struct option_rule rules[] = {
    QUEUE_ACCESS_RULES(struct worker_settings),
    QUEUE_JOB_RULE(struct worker_settings, "work on this job alone", "on all, the oldest first"),
    {"name", 0, "NAME", OPTION_TEXT, offsetof(struct worker_settings, name), NULL,
     "what this worker is called; no other may have the name at the same time",
     .otherwise = "made of the machine's name and the number of the process"},
    {"spool", 0, "FOLDER", OPTION_FILE, offsetof(struct worker_settings, spool), NULL,
     "where results are kept while Redis is gone, and found again by a later worker",
     .otherwise = "/var/tmp/mxgrade- and the name"},
    {"source-name", 0, "NAME", OPTION_TEXT, offsetof(struct worker_settings, source_name), NULL,
     "what the address that it calls from is called: workers of the same NAME share the pace of "
     "one",
     .otherwise = "the address is this worker's alone"},
    {"hold", 0, "N", OPTION_COUNT, offsetof(struct worker_settings, hold), NULL,
     "lines that it claims beyond those it has done; large lists of slow servers want more",
     .otherwise = "2000"},
    {"takeover", 0, "SECONDS", OPTION_SECONDS, offsetof(struct worker_settings, takeover), NULL,
     "take over what another worker has claimed and is silent about for so long",
     .otherwise = "60"},
    {"once", 0, NULL, OPTION_FLAG, offsetof(struct worker_settings, once), NULL,
     "end when the job is done, or where there is none", .otherwise = "no"},
};

static const struct option_table own = OPTION_TABLE(rules);

/* What is a job's, a collector's, or of no use to a worker. */
static const char *const lacks[] = {"output",
                                    "history",
                                    "format",
                                    "bom",
                                    "column",
                                    "sheet",
                                    "encoding",
                                    "strict",
                                    "hosts",
                                    "port",
                                    "https-port",
                                    "services",
                                    "submission-on-mx",
                                    "depth",
                                    "max-addresses",
                                    "now",
                                    "resume",
                                    "retry-unknown",
                                    "since",
                                    "only",
                                    "shard",
                                    "progress",
                                    "metrics",
                                    "fail-on",
                                    "ipv4-only",
                                    "ipv6-only",
                                    "connect-timeout",
                                    "banner-timeout",
                                    "reply-timeout",
                                    "handshake-timeout",
                                    "target-timeout",
                                    "https-timeout",
                                    "dns-timeout",
                                    "retry-wait",
                                    "max-retries",
                                    NULL};

const struct command command_worker = {
    .name = "worker",
    .run = run,
    .summary = "scan parts of the lists on a queue in Redis",
    .about =
        "Claims parts of the lists that \"mxgrade enqueue\" has put on a queue, scans them, and "
        "delivers the records. It takes the options of a scan that are a machine's own: the "
        "resolver, the addresses that it calls from, its pace.",
    .options = &scan_options,
    .own = &own,
    .lacks = lacks,
    .operands = "",
    .max_operands = 0,
    .wants = "a worker takes no operand",
    .notes =
        "SIGTERM or SIGINT ends it with the dialogues that are under way; what it has claimed and "
        "not done goes back to the others. While Redis is gone it goes on with what it has.\n"
        "\n"
        "Exit status: 0 it was stopped, or with --once the job is done; 2 usage; 3 it could not go "
        "on.\n",
};
