#include "scanner/queue/queue_records.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/base/hostname.h"
#include "output/file/resume.h"
#include "output/file/run_match.h"
#include "output/record/record_json.h"
#include "scanner/base/log.h"
#include "scanner/x509/certificate.h"

#define STATUS_REFUSED 2
#define STATUS_FAILED  3
#define BACKLOG_MAX    (16u << 20)

/* ---- Endpoints ---- */

/* What a domain's record repeats of an endpoint's, and where the endpoint is. */
struct seen {
    struct table_node node; /* first */
    uint64_t key;
    struct tally_place place;
};

static uint64_t hash_text(const struct queue_records *records, const char *text, size_t len)
{
    return text != NULL ? table_hash(&records->seed, text, len) : 0;
}

static uint64_t key_of(const struct queue_records *records, const char *service, struct text host,
                       const char *address, uint16_t port)
{
    const uint64_t parts[] = {
        hash_text(records, service, service != NULL ? strlen(service) : 0),
        hash_text(records, host.bytes, host.len),
        hash_text(records, address, address != NULL ? strlen(address) : 0),
        port,
    };
    return table_hash(&records->seed, parts, sizeof(parts));
}

static bool is_seen(const struct table_node *node, const void *key)
{
    return ((const struct seen *)node)->key == *(const uint64_t *)key;
}

/* Where the address is, as a domain is counted there. Texts are kept for good: there are few. */
static void keep_place(struct queue_records *records, struct seen *seen,
                       const struct endpoint_record *record)
{
    struct arena *memory = &records->memory;
    seen->place.asn = record->asn;
    if (record->country != NULL) {
        seen->place.country = arena_copy(memory, record->country, strlen(record->country));
    }
    if (record->as_org.bytes != NULL) {
        seen->place.as_org = (struct text){
            arena_copy(memory, record->as_org.bytes, record->as_org.len), record->as_org.len};
    }
}

/* True if it is new: its key, with all that a domain's record repeats of it. */
static bool add_seen(struct queue_records *records, uint64_t key,
                     const struct endpoint_record *record, bool *out_lacks_memory)
{
    if (table_find(&records->endpoints, key, is_seen, &key) != NULL) {
        return false;
    }
    struct seen *seen = calloc(1, sizeof(*seen));
    if (seen == NULL) {
        *out_lacks_memory = true;
        return false;
    }
    seen->key = key;
    if (record != NULL) {
        keep_place(records, seen, record);
    }
    if (!table_insert(&records->endpoints, &seen->node, key)) {
        free(seen);
        *out_lacks_memory = true;
        return false;
    }
    return true;
}

/* Workers that share no memory each ask a provider's servers. What they say alike stands once. */
static bool is_new_endpoint(struct queue_records *records, const struct endpoint_record *record,
                            bool *out_lacks_memory)
{
    const struct text host = {record->host, record->host != NULL ? strlen(record->host) : 0};
    uint64_t place = key_of(records, record->service, host, record->address, record->port);
    const uint64_t parts[] = {place, (uint64_t)record->outcome, (uint64_t)record->grade,
                              (uint64_t)record->score};
    uint64_t whole = table_hash(&records->seed, parts, sizeof(parts));
    (void)add_seen(records, place, record, out_lacks_memory);
    return add_seen(records, whole, NULL, out_lacks_memory);
}

/* ---- Records ---- */

static const struct tally_item nothing = {.kind = TALLY_NOTHING};

static void send_text(struct queue_records *records, const char *text, size_t len,
                      const struct tally_item *item, bool *out_lacks_memory)
{
    char *line = malloc(len + 1);
    if (line == NULL) {
        *out_lacks_memory = true;
        return;
    }
    memcpy(line, text, len);
    line[len] = '\n';
    sink_line(records->sink, line, len + 1, item);
    if (sink_backlog(records->sink) > BACKLOG_MAX) {
        sink_drain(records->sink);
    }
}

/* Where the domain's mail goes, as a scan counts it: the first address of its MX hosts. */
static void fill_place(const struct queue_records *records, const struct domain_record *domain,
                       struct tally_item *item)
{
    const struct hostname *host = NULL;
    const struct seen *seen = NULL;
    struct tally_place place = {0};
    for (size_t i = 0; i < domain->num_mx && seen == NULL; i++) {
        const struct mx_record *mx = &domain->mx[i];
        for (size_t k = 0; k < mx->num_endpoints && seen == NULL; k++) {
            const struct mx_endpoint *endpoint = &mx->endpoints[k];
            item->has_address = item->has_address || endpoint->address != NULL;
            uint64_t key = key_of(records, "smtp", mx->host, endpoint->address, endpoint->port);
            if (endpoint->address != NULL) {
                seen = (const struct seen *)table_find(&records->endpoints, key, is_seen, &key);
            }
        }
    }
    place = seen != NULL ? seen->place : place;
    if (domain->num_mx > 0 && domain->mx[0].host.bytes != NULL &&
        hostname_parse_any(domain->mx[0].host.bytes, domain->mx[0].host.len, &host) ==
            HOSTNAME_OK) {
        place.provider = hostname_organisation(host);
    }
    tally_item_place(item, &place);
    hostname_release(host);
}

static void note_run(struct queue_records *records, const char *run)
{
    uint64_t hash = hash_text(records, run, run != NULL ? strlen(run) : 0);
    for (size_t i = 0; i < records->num_runs; i++) {
        if (records->runs[i] == hash) {
            return;
        }
    }
    if (records->num_runs < QUEUE_RUNS_MAX) {
        records->runs[records->num_runs++] = hash;
    }
}

static struct tally_item item_of_domain(const struct queue_records *records,
                                        const struct domain_record *domain)
{
    struct tally_item item = tally_item_of_domain(domain);
    fill_place(records, domain, &item);
    return item;
}

static void note_shortage(struct queue_records *records, enum outcome outcome)
{
    records->has_shortage |= outcome == OUTCOME_LOCAL_ERROR;
}

/* A line whose record was delivered twice, as its worker was taken for dead, stands once. */
static void take_domain(struct queue_records *records, const struct domain_record *domain,
                        const char *text, size_t len, bool *out_lacks_memory)
{
    if (domain->line == 0 || domain->line > QUEUE_LINES_MAX ||
        line_set_has(&records->lines, domain->line)) {
        return;
    }
    if (!line_set_add(&records->lines, domain->line)) {
        *out_lacks_memory = true;
        return;
    }
    records->num_lines++;
    note_run(records, domain->run);
    note_shortage(records, domain->dns_outcome);
    const struct tally_item item = item_of_domain(records, domain);
    send_text(records, text, len, &item, out_lacks_memory);
}

static void take_record(struct queue_records *records, const char *text, size_t len,
                        bool *out_lacks_memory)
{
    struct arena arena = {0};
    struct record record;
    enum record_read_status status = record_read(text, len, &arena, &record);
    *out_lacks_memory |= status == RECORD_READ_NO_MEMORY;
    if (status == RECORD_READ && record.kind == RECORD_DOMAIN) {
        take_domain(records, &record.domain, text, len, out_lacks_memory);
    } else if (status == RECORD_READ && record.kind == RECORD_ENDPOINT) {
        if (is_new_endpoint(records, &record.endpoint, out_lacks_memory)) {
            const struct tally_item item = tally_item_of_endpoint(&record.endpoint);
            note_shortage(records, record.endpoint.outcome);
            send_text(records, text, len, &item, out_lacks_memory);
        }
    } else if (status == RECORD_READ && record.kind == RECORD_SUMMARY) {
        records->connections += record.summary.connections;
        records->connections_saved += record.summary.connections_saved;
        records->dns_questions += record.summary.dns_questions;
    }
    arena_free(&arena);
}

bool queue_records_take(struct queue_records *records, const char *text, size_t len)
{
    bool lacks_memory = false;
    for (size_t at = 0; at < len && !lacks_memory;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end != NULL ? (size_t)(end - text) - at : len - at;
        take_record(records, text + at, line_len, &lacks_memory);
        at += line_len + 1;
    }
    return !lacks_memory;
}

/* ---- The run ---- */

/* A worker's list is UTF-8, whatever that of the job was: what it was is not known here. */
static void adapt_options(struct arena *memory, struct run_record *run)
{
    struct run_option *options = arena_alloc(memory, (run->num_options + 1) * sizeof(*options));
    for (size_t i = 0; options != NULL && i < run->num_options; i++) {
        options[i] = run->options[i];
        if (strcmp(options[i].name, "encoding") == 0) {
            options[i].value = "";
        }
    }
    run->options = options;
}

bool queue_records_begin(struct queue_records *records, const char *run, size_t len,
                         const struct queue_job *job)
{
    struct record record;
    struct json_writer writer;
    if (record_read(run, len, &records->memory, &record) != RECORD_READ ||
        record.kind != RECORD_RUN) {
        return false;
    }
    records->run = record.run;
    adapt_options(&records->memory, &records->run);
    records->run.id = NULL; /* its records have those of the workers' runs */
    records->run.list = arena_copy(&records->memory, job->list, strlen(job->list));
    records->run.list_sha256 = job->sha256[0] != '\0'
                                   ? arena_copy(&records->memory, job->sha256, strlen(job->sha256))
                                   : NULL;
    if (records->memory.has_failed) {
        return false;
    }
    records->has_run = true;
    json_writer_init(&writer);
    record_json_run(&writer, &records->run);
    size_t line_len;
    char *line = json_writer_take(&writer, &line_len);
    json_writer_fini(&writer);
    sink_line(records->sink, line, line_len, &nothing);
    return line != NULL;
}

static bool is_same_text(const char *a, const char *b)
{
    return (a == NULL && b == NULL) || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The same list is scanned again and again with the same options. The time at which certificates
 * are judged tells two such jobs apart: it is that at which the job was made, for all of its
 * workers. */
bool queue_records_match(struct queue_records *records, const char *run,
                         const struct queue_job *job)
{
    char error[1024] = "it is of another job";
    const char *sha256 = job->sha256[0] != '\0' ? job->sha256 : NULL;
    struct arena arena = {0};
    struct record record;
    bool ok = run != NULL && record_read(run, strlen(run), &arena, &record) == RECORD_READ &&
              record.kind == RECORD_RUN && is_same_text(records->run.list, job->list) &&
              is_same_text(records->run.list_sha256, sha256) && records->run.now == record.run.now;
    if (ok) {
        struct run_record theirs = record.run;
        theirs.list_sha256 = records->run.list_sha256; /* a worker's own list is a part of it */
        adapt_options(&arena, &theirs);
        ok = !arena.has_failed &&
             run_match((struct run_named){&records->run, records->path},
                       (struct run_named){&theirs, "the job"}, error, sizeof(error));
    }
    arena_free(&arena);
    if (!ok) {
        log_message("--resume: %s: %s", records->path, error);
    }
    return ok;
}

/* ---- The file ---- */

static bool on_run(void *user, const struct run_record *run)
{
    struct queue_records *records = user;
    struct json_writer writer;
    struct record record;
    size_t len;
    json_writer_init(&writer);
    record_json_run(&writer, run);
    char *line = json_writer_take(&writer, &len);
    json_writer_fini(&writer);
    records->has_run = line != NULL &&
                       record_read(line, len - 1, &records->memory, &record) == RECORD_READ &&
                       record.kind == RECORD_RUN;
    free(line);
    records->run = records->has_run ? record.run : records->run;
    return records->has_run;
}

static void on_endpoint(void *user, const struct endpoint_record *endpoint)
{
    struct queue_records *records = user;
    bool lacks_memory = false;
    if (is_new_endpoint(records, endpoint, &lacks_memory)) {
        const struct tally_item item = tally_item_of_endpoint(endpoint);
        tally_add(records->tally, &item);
    }
    records->memory.has_failed |= lacks_memory;
}

static void on_domain(void *user, const struct domain_record *domain)
{
    struct queue_records *records = user;
    const struct tally_item item = item_of_domain(records, domain);
    if (!line_set_has(&records->lines, domain->line)) {
        records->num_lines++;
        note_run(records, domain->run);
        records->memory.has_failed |= !line_set_add(&records->lines, domain->line);
    }
    tally_add(records->tally, &item);
}

/* True: there is something to go on with. */
static bool resume(struct queue_records *records, int *out_status, bool *out_ok)
{
    const struct resume_handler handler = {records, on_run, on_endpoint, on_domain};
    char error[512] = "it cannot be gone on with";
    uint64_t num_records;
    *out_ok = false;
    *out_status = STATUS_FAILED;
    switch (resume_open(records->path, &handler, &num_records, error, sizeof(error))) {
    case RESUME_NEW:
        *out_ok = true;
        return false;
    case RESUME_CONTINUE:
        *out_ok = !records->memory.has_failed;
        return true;
    case RESUME_COMPLETE:
        records->is_complete = true;
        *out_ok = !records->memory.has_failed;
        return true;
    case RESUME_REFUSED:
        *out_status = STATUS_REFUSED;
        break;
    case RESUME_ERROR:
        break;
    }
    log_message("--resume: %s: %s", records->path, error);
    return false;
}

static void open_for_sync(struct queue_records *records)
{
    if (sink_is_file(records->sink)) {
        records->sync_fd = open(records->path, O_WRONLY | O_CLOEXEC);
    }
}

bool queue_records_open(struct queue_records *records, const char *path, bool is_resumed,
                        int *out_status)
{
    char error[512];
    *records = (struct queue_records){.path = path,
                                      .sync_fd = -1,
                                      .tally = tally_new(),
                                      .seed = table_seed_random(),
                                      .started = clock_wall()};
    *out_status = STATUS_FAILED;
    if (records->tally == NULL) {
        log_message("out of memory");
        return false;
    }
    bool ok = true;
    bool append = is_resumed && resume(records, out_status, &ok);
    if (!ok) {
        return false;
    }
    if (records->is_complete) {
        return true;
    }
    const struct sink_options options = {
        .path = path,
        .append = append,
        .tally = records->tally,
        .advice = "give another --output, or go on with it by --resume",
    };
    records->sink = sink_new(&options, error, sizeof(error));
    if (records->sink == NULL) {
        log_message("%s", error);
        *out_status = STATUS_REFUSED;
        return false;
    }
    open_for_sync(records);
    return true;
}

bool queue_records_sync(struct queue_records *records)
{
    sink_drain(records->sink);
    const char *error = sink_error(records->sink);
    if (error != NULL) {
        log_message("%s", error);
        return false;
    }
    if (records->sync_fd >= 0 && fdatasync(records->sync_fd) != 0) {
        log_message("%s: %s", records->path, strerror(errno));
        return false;
    }
    return true;
}

bool queue_records_end(struct queue_records *records, uint64_t lines, bool is_complete)
{
    struct json_writer writer;
    size_t len;
    sink_drain(records->sink); /* the tally is complete once everything is written */
    struct summary_record summary = {
        .policy = records->run.policy,
        .policy_digest = records->run.policy_digest,
        .complete = is_complete && !records->has_shortage,
        .merged_files = records->num_runs,
        .not_scanned = lines > records->num_lines ? (int64_t)(lines - records->num_lines) : 0,
        .connections = records->connections,
        .connections_saved = records->connections_saved,
        .dns_questions = records->dns_questions,
        .seconds = clock_wall() - records->started,
        .seconds_to_half = -1,
        .seconds_to_95 = -1,
        .dns_seconds_share = -1,
        .finished = clock_wall(),
    };
    tally_summary(records->tally, &summary);
    summary.lines_written = summary.lines_begun = records->num_lines;
    summary.lines = summary.lines_read = lines > records->num_lines ? lines : records->num_lines;
    json_writer_init(&writer);
    record_json_summary(&writer, &summary);
    char *line = json_writer_take(&writer, &len);
    json_writer_fini(&writer);
    sink_line(records->sink, line, len, &nothing);
    return queue_records_sync(records);
}

void queue_records_close(struct queue_records *records)
{
    struct table_node *node;
    if (records->sink != NULL) {
        sink_finish(records->sink);
        sink_free(records->sink);
    }
    if (records->sync_fd >= 0) {
        close(records->sync_fd);
    }
    tally_free(records->tally);
    line_set_fini(&records->lines);
    while ((node = table_take_any(&records->endpoints)) != NULL) {
        free(node);
    }
    table_fini(&records->endpoints);
    arena_free(&records->memory);
}
