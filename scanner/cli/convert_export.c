#include "scanner/cli/convert_export.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output/export/export_ecs.h"
#include "output/export/export_sarif.h"
#include "output/file/result_lines.h"
#include "output/file/sink.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"
#include "scanner/grading/policy.h"

#define ERROR_MAX   512
#define BACKLOG_MAX (4u << 20) /* bytes on their way to the file before the reader waits */

enum { STATUS_OK = 0, STATUS_BAD_INPUT = 2, STATUS_CUT_SHORT = 3 };

/* One pass over the file. */
struct exporting {
    const char *path;
    enum convert_export what;
    struct sink *sink;
    struct arena run_arena; /* of `run`, which stays while the rest is read */
    struct run_record run;
    bool has_run;
    struct export_ending ending;
    uint64_t num_results, num_domains, num_endpoints, num_unread;
};

/* ---- The policy ---- */

static const struct finding_rule *rule_by_number(size_t number)
{
    return number < FINDING_COUNT ? policy_rule((enum finding_code)number) : NULL;
}

static bool find_rule(const char *code, size_t *out_number)
{
    enum finding_code found = policy_find(code);
    *out_number = found;
    return found != FINDING_COUNT;
}

static const struct export_rules rules = {rule_by_number, find_rule};

/* ---- Records ---- */

/* NULL is a lack of memory, which the sink then reports. */
static void send_part(struct exporting *exporting, char *part, size_t len)
{
    sink_line(exporting->sink, part, len, &(struct tally_item){.kind = TALLY_NOTHING});
    if (sink_backlog(exporting->sink) > BACKLOG_MAX) {
        sink_drain(exporting->sink);
    }
}

static void send_event(struct exporting *exporting, struct json_writer *writer)
{
    size_t len = 0;
    char *line = json_writer_take(writer, &len);
    send_part(exporting, line, len);
    json_writer_fini(writer);
}

static void export_domain(struct exporting *exporting, const struct domain_record *domain)
{
    exporting->num_domains++;
    if (exporting->what == CONVERT_SARIF) {
        size_t len = 0;
        char *part =
            export_sarif_domain(&exporting->run, &rules, domain, &exporting->num_results, &len);
        send_part(exporting, part, len);
    } else {
        struct json_writer writer;
        json_writer_init(&writer);
        export_ecs_domain(&writer, &exporting->run, domain);
        send_event(exporting, &writer);
    }
}

static void export_endpoint(struct exporting *exporting, const struct endpoint_record *endpoint)
{
    exporting->num_endpoints++;
    if (exporting->what == CONVERT_ECS) {
        struct json_writer writer;
        json_writer_init(&writer);
        export_ecs_endpoint(&writer, &exporting->run, endpoint);
        send_event(exporting, &writer);
    }
}

/* The first line has to be that of a run of this schema. */
static bool take_run(struct exporting *exporting, struct result_lines *lines)
{
    struct record record;
    enum record_read_status status = result_lines_record(lines, &exporting->run_arena, &record);
    if (status != RECORD_READ || record.kind != RECORD_RUN) {
        log_message("%s is not a result file", exporting->path);
        return false;
    }
    if (record.run.schema_version != RECORD_SCHEMA_VERSION) {
        log_message("%s is of schema version %u, and this program writes %u", exporting->path,
                    record.run.schema_version, RECORD_SCHEMA_VERSION);
        return false;
    }
    exporting->run = record.run;
    exporting->has_run = true;
    if (exporting->what == CONVERT_SARIF) {
        size_t len = 0;
        char *head = export_sarif_head(&exporting->run, &rules, &len);
        send_part(exporting, head, len);
    }
    return true;
}

static void take_summary(struct exporting *exporting, const struct summary_record *summary)
{
    exporting->ending.is_complete = summary->complete;
    exporting->ending.has_finished = true;
    exporting->ending.finished = summary->finished;
}

static bool take_line(struct exporting *exporting, struct result_lines *lines)
{
    struct arena arena = {0};
    struct record record;
    enum record_read_status status = result_lines_record(lines, &arena, &record);
    if (status == RECORD_READ) {
        exporting->ending.is_complete = false; /* a summary is the last line */
        if (record.kind == RECORD_DOMAIN) {
            export_domain(exporting, &record.domain);
        } else if (record.kind == RECORD_ENDPOINT) {
            export_endpoint(exporting, &record.endpoint);
        } else if (record.kind == RECORD_SUMMARY) {
            take_summary(exporting, &record.summary);
        }
    }
    exporting->num_unread += status == RECORD_READ_BAD;
    arena_free(&arena);
    if (status == RECORD_READ_NO_MEMORY) {
        log_message("out of memory");
    }
    return status != RECORD_READ_NO_MEMORY;
}

/* ---- The pass ---- */

/* The exit status. */
static int export_lines(struct exporting *exporting, struct result_lines *lines)
{
    const char *line;
    size_t len;
    enum line_source_status status = LINE_SOURCE_END;
    while (sink_error(exporting->sink) == NULL &&
           (status = result_lines_next(lines, &line, &len)) == LINE_SOURCE_LINE) {
        if (!exporting->has_run && !take_run(exporting, lines)) {
            return STATUS_BAD_INPUT;
        }
        if (exporting->run_arena.has_failed || !take_line(exporting, lines)) {
            return STATUS_CUT_SHORT;
        }
    }
    if (status == LINE_SOURCE_ERROR) {
        log_message("cannot read %s: %s", exporting->path, strerror(errno));
        return STATUS_BAD_INPUT;
    }
    if (!exporting->has_run) {
        log_message("%s is not a result file", exporting->path);
        return STATUS_BAD_INPUT;
    }
    exporting->ending.is_complete = exporting->ending.is_complete && exporting->num_unread == 0;
    const struct run_void_record *why = result_lines_void(lines);
    exporting->ending.void_detail = why != NULL ? why->detail : NULL;
    if (exporting->what == CONVERT_SARIF) {
        size_t tail_len = 0;
        char *tail = export_sarif_tail(&exporting->run, &exporting->ending, &tail_len);
        send_part(exporting, tail, tail_len);
    }
    return STATUS_OK;
}

static void tell(const struct exporting *exporting, const struct result_lines *lines)
{
    if (exporting->what == CONVERT_SARIF) {
        log_message("%llu results of %llu domains; the endpoints stay in %s",
                    (unsigned long long)exporting->num_results,
                    (unsigned long long)exporting->num_domains, exporting->path);
    } else {
        log_message("%llu domains and %llu endpoints; the run's options and its summary stay in %s",
                    (unsigned long long)exporting->num_domains,
                    (unsigned long long)exporting->num_endpoints, exporting->path);
    }
    void_notice(exporting->path, result_lines_void(lines));
    if (exporting->num_unread > 0) {
        log_message("%llu lines of %s cannot be read, and are missing",
                    (unsigned long long)exporting->num_unread, exporting->path);
    } else if (!exporting->ending.is_complete) {
        log_message("%s is of a run that was cut short: domains may be missing", exporting->path);
    }
}

static int export_to_sink(struct exporting *exporting, struct result_lines *lines)
{
    int status = export_lines(exporting, lines);
    sink_finish(exporting->sink);
    if (status == STATUS_OK && sink_error(exporting->sink) != NULL) {
        log_message("%s", sink_error(exporting->sink));
        status = STATUS_CUT_SHORT;
    }
    if (status == STATUS_OK) {
        tell(exporting, lines);
    }
    return status;
}

static int export_opened(struct exporting *exporting, struct result_lines *lines,
                         const char *output)
{
    char error[ERROR_MAX];
    struct tally *tally = tally_new();
    if (tally == NULL) {
        log_message("out of memory");
        return STATUS_CUT_SHORT;
    }
    const struct sink_options options = {
        .path = output, .tally = tally, .advice = "give another --output"};
    int status = STATUS_CUT_SHORT;
    exporting->sink = sink_new(&options, error, sizeof(error));
    if (exporting->sink != NULL) {
        status = export_to_sink(exporting, lines);
        sink_free(exporting->sink);
    } else {
        log_message("%s", error);
    }
    tally_free(tally);
    return status;
}

int convert_export(const char *results, const char *output, enum convert_export what)
{
    struct exporting exporting = {.path = results, .what = what};
    struct stat info;
    if (stat(results, &info) == 0 && !S_ISREG(info.st_mode)) {
        log_message("%s is no regular file: it is read twice, which a pipe does not allow",
                    results);
        return STATUS_BAD_INPUT;
    }
    struct result_lines *lines = result_lines_open(results);
    if (lines == NULL) {
        log_message("cannot read %s: %s", results, strerror(errno));
        return STATUS_BAD_INPUT;
    }
    int status = export_opened(&exporting, lines, output);
    result_lines_close(lines);
    arena_free(&exporting.run_arena);
    return status;
}
