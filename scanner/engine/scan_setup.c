#include "scanner/engine/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/kept.h"
#include "scanner/base/log.h"
#include "scanner/base/version.h"
#include "scanner/enforcement/dane_memory.h"
#include "scanner/engine/confine.h"
#include "scanner/engine/descriptors.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/proxy_check.h"
#include "scanner/engine/resolver.h"
#include "scanner/engine/vantage.h"
#include "scanner/grading/acceptances.h"
#include "scanner/grading/policy_file.h"
#include "scanner/engine/run_options.h"
#include "scanner/engine/since.h"

#define CHAINS_KEPT_MAX        (4000 / KEPT_ONE_IN)
#define DANE_VERDICTS_KEPT_MAX (20000 / KEPT_ONE_IN)
/*
 * Targets under way: so many more than connections, because on a usual list most of them come to
 * wait for one or two providers, and must not keep the others out. One that waits takes some 12
 * KiB.
 */
#define TARGETS_PER_CONNECTION 4

static bool choose_format(struct scan *scan, char *error, size_t error_size)
{
    struct run *run = &scan->run;
    bool is_csv = strcmp(scan->config->format, "csv") == 0;
    if (is_csv) {
        run->csv = emit_csv_new(scan->config->byte_order_mark);
        run->emitter.csv = run->csv;
        snprintf(error, error_size, "out of memory");
    }
    return !is_csv || run->csv != NULL;
}

static bool has_service(const struct run *run, const struct service *service)
{
    for (size_t i = 0; i < run->num_services; i++) {
        if (run->services[i] == service) {
            return true;
        }
    }
    return false;
}

static bool read_services(struct run *run, char *error, size_t error_size)
{
    const char *at = run->config->services;
    for (;;) {
        size_t len = strcspn(at, ",");
        const struct service *service = service_find(at, len);
        if (service == NULL) {
            snprintf(error, error_size, "--services: there is no service \"%.*s\"", (int)len, at);
            return false;
        }
        if (!has_service(run, service)) { /* so there are never more than there is room for */
            run->services[run->num_services++] = service;
            run->wants_mail |= service->is_between_servers;
        }
        if (at[len] == '\0') {
            break;
        }
        at += len + 1;
    }
    run->wants_mx = run->wants_mail || run->config->submission_on_mx;
    if (run->config->port != 0 && run->num_services > 1) {
        snprintf(error, error_size, "--port is for one service, and --services names more");
        return false;
    }
    return true;
}

static bool load_roots(struct run *run, char *error, size_t error_size)
{
    const struct config_texts *extra = &run->config->extra_ca;
    run->trust_store = trust_store_new(run->config->ca_file, error, error_size);
    bool ok = run->trust_store != NULL;
    for (size_t i = 0; ok && i < extra->num_items; i++) {
        ok = trust_store_add_roots(run->trust_store, extra->items[i], error, error_size);
    }
    return ok;
}

static bool is_own_resolver(const struct config *config)
{
    return config->resolver != NULL && strcmp(config->resolver, OWN_RESOLVER) == 0;
}

static bool load_parts(struct scan *scan, char *error, size_t error_size)
{
    struct run *run = &scan->run;
    struct config *config = scan->config;
    if (!read_services(run, error, error_size)) {
        return false;
    }
    if (!choose_format(scan, error, error_size)) {
        return false;
    }
    if (!is_own_resolver(config) && !resolver_is_valid(config->resolver)) {
        snprintf(error, error_size,
                 "--resolver %s: not ADDRESS or ADDRESS:PORT, several with commas, and not \"own\"",
                 config->resolver);
        return false;
    }
    if (!is_own_resolver(config) && config->resolver_config != NULL) {
        snprintf(error, error_size, "--resolver-config goes with --resolver own only");
        return false;
    }
    if (!canaries_read(&scan->canaries, config, error, error_size)) {
        return false;
    }
    if (config->exclude_file != NULL) {
        config->exclude = exclude_new(config->exclude_file, error, error_size);
        if (config->exclude == NULL) {
            return false;
        }
    }
    if (config->geo.num_items > 0) {
        run->geo = geo_new(config->geo.items, config->geo.num_items, error, error_size);
        if (run->geo == NULL) {
            return false;
        }
    }
    if (!load_roots(run, error, error_size)) {
        return false;
    }
    run->chain_cache = chain_cache_new(run->trust_store, config->now, CHAINS_KEPT_MAX);
    run->dane_memory = dane_memory_new(DANE_VERDICTS_KEPT_MAX);
    revised_init(&run->revised);
    network_watch_init(&run->watch, &config->seed, run->geo);
    name_watch_init(&run->names, &config->seed);
    run->tally = tally_new();
    run->blame = run->emitter.blame = blame_new();
    run->interception = run->emitter.interception = interception_new(&run->watch);
    if (run->chain_cache == NULL || run->dane_memory == NULL || run->tally == NULL ||
        run->blame == NULL || run->interception == NULL) {
        snprintf(error, error_size, "out of memory");
        return false;
    }
    return true;
}

/* Where it is wanted, it is asked in place of the system's from now on. */
static bool start_own_resolver(struct scan *scan)
{
    struct config *config = scan->config;
    if (!is_own_resolver(config)) {
        return true;
    }
    if (!own_resolver_start(&scan->own_resolver, config, scan->digest.num_lines)) {
        return false;
    }
    config->has_own_resolver = true;
    config->resolver = scan->own_resolver.address;
    return true;
}

static bool make_workers(struct scan *scan, char *error, size_t error_size)
{
    struct run *run = &scan->run;
    run->workers = calloc(scan->config->num_threads, sizeof(*run->workers));
    if (run->workers == NULL) {
        snprintf(error, error_size, "out of memory");
        return false;
    }
    run->pool = pool_new(scan->config->num_threads);
    if (run->pool == NULL) {
        snprintf(error, error_size, "cannot start a thread: %s", strerror(errno));
        return false;
    }
    run->num_workers = scan->config->num_threads;
    for (unsigned i = 0; i < run->num_workers; i++) {
        if (!worker_init(&run->workers[i], run, i, error, error_size)) {
            return false;
        }
    }
    return true;
}

/* On the writer's thread. */
static void on_write_error(void *user)
{
    struct scan *scan = user;
    ev_async_send(scan->run.loop, &scan->run.done_wake);
}

static bool open_output(struct scan *scan, char *error, size_t error_size)
{
    struct sink_options options = {
        .path = scan->config->output,
        .append = scan->continuation.is_active,
        .tally = scan->run.tally,
        .advice = scan->run.csv != NULL ? "give another --output"
                                        : "go on with it by --resume, or give another --output",
        .on_error = on_write_error,
        .user = scan,
    };
    scan->run.sink = sink_new(&options, error, error_size);
    scan->run.emitter.sink = scan->run.sink;
    scan->run.emitter.run_id = scan->run_id[0] != '\0' ? scan->run_id : NULL;
    return scan->run.sink != NULL;
}

static bool read_acceptances(struct scan *scan, char *error, size_t error_size)
{
    if (scan->config->accept_file == NULL) {
        return true;
    }
    scan->run.policy.accepted = acceptances_read(scan->config->accept_file, error, error_size);
    if (scan->run.policy.accepted == NULL) {
        return false;
    }
    scan->config->accept_sha256 = acceptances_sha256(scan->run.policy.accepted);
    acceptances_judge_at(scan->run.policy.accepted, scan->config->now);
    return true;
}

static bool read_files(struct scan *scan, char *error, size_t error_size)
{
    struct config *config = scan->config;
    scan->list_fd = feeder_open(config->list, &scan->digest, error, error_size);
    return scan->list_fd >= 0 && file_digest_options(config, error, error_size) &&
           load_parts(scan, error, error_size) &&
           (config->policy_file == NULL ||
            policy_file_read(&scan->run.policy, config->policy_file, error, error_size)) &&
           read_acceptances(scan, error, error_size);
}

static bool check_resume(const struct config *config, char *error, size_t error_size)
{
    if (config->retry_unknown && !config->resume) {
        snprintf(error, error_size,
                 "--retry-unknown needs --resume: it is about the results of an earlier run");
        return false;
    }
    if (config->resume && (config->output == NULL || strcmp(config->output, "-") == 0)) {
        snprintf(error, error_size, "--resume needs --output FILE, the file to continue");
        return false;
    }
    return true;
}

/* Where the run calls from, and whom it asks. Says what is wrong; the exit status, or -1 to go on.
 */
static int find_vantage(struct scan *scan)
{
    struct config *config = scan->config;
    if (!vantage_has_sources(config)) {
        return 2;
    }
    descriptors_fit(config);
    if (!start_own_resolver(scan)) {
        return 3;
    }
    vantage_decide_trust(config);
    config->unrouted = vantage_unrouted(config);
    if (!vantage_choose_ehlo(config)) {
        log_message("out of memory");
        return 3;
    }
    return -1;
}

static uint64_t max_targets_of(const struct config *config)
{
    uint64_t max = TARGETS_PER_CONNECTION * (uint64_t)config->concurrency;
    return max < SCAN_TARGETS_MIN ? SCAN_TARGETS_MIN : max;
}

struct run_record scan_run_record(const struct scan *scan, struct run_options *options)
{
    run_options_of(scan->config, options);
    return (struct run_record){
        .schema_version = RECORD_SCHEMA_VERSION,
        .id = scan->run_id,
        .version = MXGRADE_VERSION,
        .policy = scan->run.policy.name,
        .policy_digest = scan->run.policy.digest,
        .list = scan->config->list,
        .list_sha256 = scan->digest.sha256[0] != '\0' ? scan->digest.sha256 : NULL,
        .options = options->items,
        .num_options = options->num_items,
        .started = scan->started,
        .now = scan->config->now,
    };
}

/* Records of an earlier file are taken over. Says what is wrong; the exit status, or -1. */
static int take_over(struct scan *scan)
{
    struct run_options options;
    const struct run_record record = scan_run_record(scan, &options);
    return since_prepare(&scan->run, &record);
}

/* The file that is continued. Says what is wrong; the exit status, or -1 to go on. */
static int load_continuation(struct scan *scan)
{
    int status = continuation_load(&scan->continuation, &scan->run, &scan->digest);
    if (status < 0 && scan->continuation.is_active) {
        scan->config->now = scan->continuation.now;
        snprintf(scan->run_id, sizeof(scan->run_id), "%s", scan->continuation.run_id);
        chain_cache_judge_at(scan->run.chain_cache, scan->config->now);
        acceptances_judge_at(scan->run.policy.accepted, scan->config->now);
    }
    return status;
}

int scan_prepare(struct scan *scan)
{
    char error[512];
    struct config *config = scan->config;
    if (!read_files(scan, error, sizeof(error)) || !check_resume(config, error, sizeof(error))) {
        log_message("%s", error);
        return 2;
    }
    int status = find_vantage(scan);
    if (status >= 0) {
        return status;
    }
    scan->run.max_targets = max_targets_of(config);
    struct privileges privileges = {0};
    if (!confine_find_user(config, &privileges)) {
        return 2;
    }
    confine_files(config);
    if (!signals_restart(&scan->signals)) {
        log_message("cannot start a thread: %s", strerror(errno));
        return 3;
    }
    if (!make_workers(scan, error, sizeof(error))) {
        log_message("%s", error);
        return 3;
    }
    scan->feeder = feeder_new(&scan->run, scan->list_fd, &scan->digest);
    if (scan->feeder == NULL) {
        log_message("out of memory");
        return 3;
    }
    if (!feeder_find_first(scan->feeder, error, sizeof(error))) {
        log_message("%s", error);
        return 2;
    }
    status = config->since != NULL ? take_over(scan) : -1;
    if (status < 0 && (config->resume || config->since != NULL)) {
        status = load_continuation(scan);
    }
    if (status >= 0) {
        return status;
    }
    if (!proxy_check(config)) {
        return 3;
    }
    if (!open_output(scan, error, sizeof(error))) {
        log_message("%s", error);
        return 3;
    }
    if (!confine_user(config, &privileges)) {
        return 3;
    }
    if (confine_is_wanted(config) && config->encoding == NULL) {
        list_converters_hold(&scan->converters);
    }
    confine_calls(config);
    return -1;
}
