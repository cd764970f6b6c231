#include "scanner/doctor/doctor.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/record_json.h"
#include "output/record/text_safe.h"
#include "scanner/base/log.h"
#include "scanner/doctor/checks.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/own_resolver.h"
#include "scanner/engine/proxy_check.h"
#include "scanner/engine/resolver.h"
#include "scanner/engine/route.h"

#define SECONDS_MAX 15.0
#define ERROR_SIZE  512

/* In the order in which they are made: the first ones find out what others rest on. */
static const struct row {
    enum doctor_subject subject;
    doctor_check *check;
    bool asks_nobody; /* and takes no time: a scan begins with it */
} rows[] = {
    {DOCTOR_RESOLVER, check_resolver, false},
    {DOCTOR_NXDOMAIN, check_nxdomain, false},
    {DOCTOR_DNSSEC, check_dnssec, false},
    {DOCTOR_IPV6, check_ipv6, false},
    {DOCTOR_NAME, check_name, false},
    {DOCTOR_PORT_25, check_port_25, false},
    {DOCTOR_DESCRIPTORS, check_descriptors, true},
    {DOCTOR_LOCAL_PORTS, check_local_ports, true},
    {DOCTOR_DISK, check_disk, true},
    {DOCTOR_CLOCK, check_clock, true},
    {DOCTOR_LIBRARIES, check_libraries, true},
    {DOCTOR_SANDBOX, check_sandbox, true},
};

#define NUM_ROWS (sizeof(rows) / sizeof(rows[0]))

_Static_assert(NUM_ROWS == DOCTOR_SUBJECT_COUNT, "every subject has its check");

/* ---- Saying it ---- */

static const char *separator_of(const struct doctor_finding *finding)
{
    return finding->remedy[0] != '\0' ? "; " : "";
}

static void print_words(enum doctor_subject subject, const struct doctor_finding *finding)
{
    printf("%-9s %-12s ", doctor_status_name(finding->status), doctor_subject_name(subject));
    /* A server's greeting may stand in it. */
    text_safe_write(stdout, finding->found, strlen(finding->found), SIZE_MAX, true);
    printf("%s%s\n", separator_of(finding), finding->remedy);
}

static bool print_record(enum doctor_subject subject, const struct doctor_finding *finding)
{
    const struct doctor_record record = {
        .subject = subject,
        .status = finding->status,
        .found = finding->found,
        .remedy = finding->remedy[0] != '\0' ? finding->remedy : NULL,
    };
    struct json_writer writer;
    size_t len;
    json_writer_init(&writer);
    record_json_doctor(&writer, &record);
    char *line = json_writer_take(&writer, &len);
    json_writer_fini(&writer);
    if (line != NULL) {
        fwrite(line, 1, len, stdout);
    }
    free(line);
    return line != NULL;
}

/* ---- All checks ---- */

static int status_of(const bool has[DOCTOR_STATUS_COUNT])
{
    return has[DOCTOR_FAILED]    ? DOCTOR_EXIT_NOT_FIT
           : has[DOCTOR_UNKNOWN] ? DOCTOR_EXIT_NOT_KNOWN
                                 : DOCTOR_EXIT_FIT;
}

static int make_checks(struct examination *examination, bool as_json)
{
    bool has[DOCTOR_STATUS_COUNT] = {false};
    for (size_t i = 0; i < NUM_ROWS; i++) {
        struct doctor_finding finding = {.status = DOCTOR_UNKNOWN};
        rows[i].check(examination, &finding);
        has[finding.status] = true;
        if (!as_json) {
            print_words(rows[i].subject, &finding);
        } else if (!print_record(rows[i].subject, &finding)) {
            log_message("out of memory");
            return DOCTOR_EXIT_NOT_KNOWN;
        }
        fflush(stdout); /* whoever waits wants to see how far it is */
    }
    return status_of(has);
}

static bool is_own_resolver(const struct config *config)
{
    return config->resolver != NULL && strcmp(config->resolver, OWN_RESOLVER) == 0;
}

/* Where it is wanted it is examined in place of the system's. */
static bool start_own_resolver(struct own_resolver *own, struct config *config)
{
    if (!is_own_resolver(config)) {
        return true;
    }
    if (!own_resolver_start(own, config, 0)) {
        return false;
    }
    config->has_own_resolver = true;
    config->resolver = own->address;
    return true;
}

/* As at the start of a run. */
static bool prepare(struct examination *examination, struct config *config, char *out_error,
                    size_t error_size)
{
    if (!is_own_resolver(config) && !resolver_is_valid(config->resolver)) {
        snprintf(out_error, error_size,
                 "--resolver %s: not ADDRESS or ADDRESS:PORT, several with commas, and not \"own\"",
                 config->resolver);
        return false;
    }
    if (!canaries_read(&examination->canaries, config, out_error, error_size)) {
        return false;
    }
    if (config->exclude_file != NULL) {
        config->exclude = exclude_new(config->exclude_file, out_error, error_size);
    }
    config->unrouted = config->ipv4 && config->ipv6 ? route_missing() : 0;
    return config->exclude_file == NULL || config->exclude != NULL;
}

int doctor_examine(const struct doctor_options *options)
{
    char error[ERROR_SIZE];
    struct examination examination = {
        .config = options->config,
        .hosts = options->hosts,
        .list = options->list,
        .ehlo = options->config->ehlo,
    };
    struct own_resolver own = {.config = NULL};
    int status = DOCTOR_EXIT_BAD;
    if (!prepare(&examination, options->config, error, sizeof(error))) {
        log_message("%s", error);
    } else if (!proxy_check(options->config) || !start_own_resolver(&own, options->config)) {
        status = DOCTOR_EXIT_NOT_FIT;
    } else {
        examination.deadline = moment_after(clock_now(), SECONDS_MAX);
        status = make_checks(&examination, options->as_json);
    }
    own_resolver_stop(&own);
    canaries_fini(&examination.canaries);
    exclude_free(options->config->exclude);
    options->config->exclude = NULL;
    return status;
}

void doctor_warn(const struct config *config)
{
    static const struct config_texts no_hosts;
    struct examination examination = {
        .config = config, .hosts = &no_hosts, .list = config->list, .deadline = clock_now()};
    for (size_t i = 0; i < NUM_ROWS; i++) {
        struct doctor_finding finding = {.status = DOCTOR_UNKNOWN};
        if (!rows[i].asks_nobody) {
            continue;
        }
        rows[i].check(&examination, &finding);
        if (finding.status == DOCTOR_FAILED) {
            log_message("%s%s%s", finding.found, separator_of(&finding), finding.remedy);
        }
    }
}
