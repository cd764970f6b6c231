#include "scanner/regrade/regrade.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "output/file/result_lines.h"
#include "scanner/base/accept_notice.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"
#include "scanner/dialogue/service.h"
#include "scanner/grading/acceptances.h"
#include "scanner/grading/endpoint_verdict.h"
#include "scanner/grading/target_judge.h"
#include "scanner/regrade/regrade_output.h"
#include "scanner/regrade/restore_domain.h"
#include "scanner/regrade/restore_endpoint.h"

#define ERROR_MAX 512

struct regrade {
    const char *path;
    const struct policy *policy;
    const char *accept_file;
    struct result_lines *lines; /* while the file is read */
    struct endpoint_index index;
    uint64_t line; /* number of the current line, from 1 */
    bool has_run;
    int64_t now;       /* the time that the run judged certificates at */
    bool grades_by_mx; /* the run asked for mail between servers */
    bool writes;       /* false: first reading, which fills the index */
    struct regrade_output output;
};

/* ---- What is wrong: each of these returns false ---- */

static bool refuse(const struct regrade *regrade, const char *what)
{
    log_message("%s: %s", regrade->path, what);
    return false;
}

static bool refuse_line(const struct regrade *regrade, uint64_t line, const char *what)
{
    log_message("%s, line %llu: %s", regrade->path, (unsigned long long)line, what);
    return false;
}

static bool lack_memory(const struct regrade *regrade)
{
    return refuse(regrade, "out of memory");
}

static bool lack_evidence(const struct regrade *regrade)
{
    return refuse_line(regrade, regrade->line,
                       "the record has no evidence to judge it by. The file is older than "
                       "\"mxgrade judge\": only a new scan can grade these servers");
}

static bool lack_endpoint(const struct regrade *regrade, const struct endpoint_key *key)
{
    log_message("%s, line %llu: the file has no record of %s, %s, port %u, by which the domain was "
                "graded",
                regrade->path, (unsigned long long)regrade->line,
                key->host != NULL ? key->host : "no host",
                key->address != NULL ? key->address : "no address", key->port);
    return false;
}

/* ---- Records ---- */

static bool names_mail_between_servers(const char *services)
{
    for (const char *at = services;; at++) {
        size_t len = strcspn(at, ",");
        const struct service *service = service_find(at, len);
        if (service != NULL && service->is_between_servers) {
            return true;
        }
        at += len;
        if (*at == '\0') {
            return false;
        }
    }
}

static bool take_run(struct regrade *regrade, const struct run_record *run)
{
    if (run->schema_version > RECORD_SCHEMA_VERSION) {
        return refuse(regrade, "written by a newer mxgrade, in a schema version not known here");
    }
    regrade->has_run = true;
    regrade->now = run->now;
    acceptances_judge_at(regrade->policy->accepted, run->now);
    regrade->grades_by_mx = false;
    for (size_t i = 0; i < run->num_options; i++) {
        if (strcmp(run->options[i].name, "services") == 0) {
            regrade->grades_by_mx = names_mail_between_servers(run->options[i].value);
        }
    }
    if (regrade->writes) {
        regrade_output_run(&regrade->output, run);
    }
    return true;
}

static bool take_endpoint(struct regrade *regrade, struct endpoint_record *record,
                          struct arena *arena)
{
    const struct endpoint_before before = {record->outcome, record->grade, record->score};
    const struct endpoint_key key = {record->service, record->host, record->address, record->port};
    struct endpoint_summary summary = {0};
    struct judgement judgement;
    if (!record->has_evidence) {
        return lack_evidence(regrade);
    }
    if (!restore_endpoint(record, regrade->now, arena)) {
        return lack_memory(regrade);
    }
    judgement_init(&judgement, regrade->policy, arena);
    endpoint_verdict(&judgement, record, &summary);
    if (regrade->writes) {
        regrade_output_endpoint(&regrade->output, record);
        return true;
    }
    return endpoint_index_add(&regrade->index, &key, regrade->line, &before, &summary) ||
           lack_memory(regrade);
}

static bool take_domain(struct regrade *regrade, const struct domain_record *record,
                        struct arena *arena)
{
    struct restored_domain restored;
    struct judgement judgement;
    if (!record->has_evidence) {
        return lack_evidence(regrade);
    }
    if (!regrade->writes) {
        return true;
    }
    switch (restore_domain(record, regrade->line, regrade->grades_by_mx, &regrade->index, arena,
                           &restored)) {
    case RESTORED_GIVEN_UP:
        regrade_output_domain(&regrade->output, record);
        return true;
    case RESTORED_ENDPOINT_MISSING:
        return lack_endpoint(regrade, &restored.missing);
    case RESTORED_NO_MEMORY:
        return lack_memory(regrade);
    case RESTORED:
        break;
    }
    judgement_init(&judgement, regrade->policy, arena);
    target_judge(&restored.record, &restored.evidence, &judgement);
    bool is_whole = !arena->has_failed;
    if (is_whole) {
        regrade_output_domain(&regrade->output, &restored.record);
    }
    restored_domain_release(&restored);
    return is_whole || lack_memory(regrade);
}

/* A record of a void run is written as void: nothing that is in it may be judged. */
static bool take_void(struct regrade *regrade, const struct record *record)
{
    if (regrade->writes && record->kind == RECORD_ENDPOINT) {
        regrade_output_endpoint(&regrade->output, &record->endpoint);
    } else if (regrade->writes) {
        regrade_output_domain(&regrade->output, &record->domain);
    }
    return true;
}

static bool take_record(struct regrade *regrade, struct record *record, struct arena *arena,
                        const char *line, size_t len)
{
    if (!regrade->has_run && (record->kind != RECORD_RUN || record->run.schema_version < 1)) {
        return refuse(regrade, "not a result file of mxgrade (its first line is no run record)");
    }
    bool is_void = result_lines_is_void(regrade->lines);
    switch (record->kind) {
    case RECORD_RUN:
        return take_run(regrade, &record->run);
    case RECORD_ENDPOINT:
        return is_void ? take_void(regrade, record)
                       : take_endpoint(regrade, &record->endpoint, arena);
    case RECORD_DOMAIN:
        return is_void ? take_void(regrade, record) : take_domain(regrade, &record->domain, arena);
    case RECORD_SUMMARY:
        if (regrade->writes) {
            regrade_output_summary(&regrade->output, &record->summary);
        }
        break;
    case RECORD_RUN_VOID:
    case RECORD_OTHER:
        if (regrade->writes) {
            regrade_output_line(&regrade->output, line, len);
        }
        break;
    }
    return true;
}

/* ---- Lines ---- */

enum taken { TAKEN, TAKEN_NOT_A_RECORD, TAKEN_FAILED };

static enum taken take_line(struct regrade *regrade, const char *line, size_t len)
{
    struct arena arena = {0};
    struct record record;
    enum taken taken = TAKEN_FAILED;
    switch (result_lines_record(regrade->lines, &arena, &record)) {
    case RECORD_READ:
        taken = take_record(regrade, &record, &arena, line, len) ? TAKEN : TAKEN_FAILED;
        break;
    case RECORD_READ_BAD:
        taken = TAKEN_NOT_A_RECORD;
        break;
    case RECORD_READ_NO_MEMORY:
        (void)lack_memory(regrade);
        break;
    }
    arena_free(&arena);
    return taken;
}

/* A line that is no record is tolerated only as the last one, where the file was cut. */
static bool take_lines(struct regrade *regrade)
{
    const char *line;
    size_t len;
    uint64_t bad_line = 0;
    enum line_source_status status;
    regrade->line = 0;
    regrade->has_run = false;
    while ((status = result_lines_next(regrade->lines, &line, &len)) == LINE_SOURCE_LINE) {
        regrade->line++;
        if (bad_line != 0) {
            return refuse_line(regrade, bad_line, "not a record; the file is damaged");
        }
        enum taken taken = take_line(regrade, line, len);
        if (taken == TAKEN_FAILED) {
            return false;
        }
        bad_line = taken == TAKEN_NOT_A_RECORD ? regrade->line : 0;
    }
    if (status == LINE_SOURCE_ERROR) {
        return refuse(regrade, strerror(errno));
    }
    if (!regrade->has_run) {
        return refuse(regrade, "not a result file of mxgrade (its first line is no run record)");
    }
    if (bad_line != 0 || status != LINE_SOURCE_END) {
        log_message("%s ends in the middle of a record, which is left out", regrade->path);
    }
    return true;
}

static bool take_file(struct regrade *regrade)
{
    regrade->lines = result_lines_open(regrade->path);
    if (regrade->lines == NULL) {
        return refuse(regrade, strerror(errno));
    }
    if (!regrade->writes) {
        void_notice(regrade->path, result_lines_void(regrade->lines));
    }
    bool ok = take_lines(regrade);
    result_lines_close(regrade->lines);
    return ok;
}

static enum regraded write_file(struct regrade *regrade, const char *path)
{
    struct regrade_output *output = &regrade->output;
    char error[ERROR_MAX];
    if (!regrade_output_open(output, path, regrade->policy, regrade->accept_file, error,
                             sizeof(error))) {
        log_message("%s", error);
        regrade_output_fini(output);
        return REGRADED_CUT;
    }
    regrade->writes = true;
    bool ok = take_file(regrade);
    const char *failure = regrade_output_finish(output);
    if (failure != NULL) {
        log_message("%s", failure);
    }
    accept_notice(regrade->accept_file, &output->accepted);
    regrade_output_fini(output);
    return ok && failure == NULL ? REGRADED : REGRADED_CUT;
}

enum regraded regrade_file(const char *path, const char *output, const struct policy *policy,
                           const char *accept_file)
{
    struct regrade regrade = {.path = path, .policy = policy, .accept_file = accept_file};
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        (void)refuse(&regrade, "no plain file; it has to be read twice");
        return REGRADED_REFUSED;
    }
    endpoint_index_init(&regrade.index);
    enum regraded regraded = REGRADED_REFUSED;
    if (take_file(&regrade)) {
        endpoint_index_close(&regrade.index);
        regraded = write_file(&regrade, output);
    }
    endpoint_index_fini(&regrade.index);
    return regraded;
}
