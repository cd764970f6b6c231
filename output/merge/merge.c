#include "output/merge/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/hostname.h"
#include "output/file/run_match.h"
#include "output/merge/merge_internal.h"
#include "output/record/record_json.h"

#define BACKLOG_MAX (4u << 20) /* the reader waits while more bytes are not yet written */
#define SMTP        "smtp"

static bool fail(const struct merge *merge, const char *what)
{
    snprintf(merge->error, merge->error_size, "%s", what);
    return false;
}

static bool lack_memory(const struct merge *merge)
{
    return fail(merge, "out of memory");
}

static bool lack_record(const struct merge *merge, uint32_t file)
{
    snprintf(merge->error, merge->error_size,
             "%s: a record cannot be read again: was the file changed meanwhile?",
             merge->files[file].path);
    return false;
}

/* ---- Reading ---- */

struct reading {
    struct merge *merge;
    struct merge_file *file;
};

static bool take_record(void *user, const struct record *record, struct result_place place)
{
    const struct reading *reading = user;
    struct merge_index *index = &reading->merge->index;
    struct merge_file *file = reading->file;
    const struct merge_origin origin = {
        .file = (uint32_t)(file - reading->merge->files),
        .place = place,
        .run_started = file->run_started,
    };
    switch (record->kind) {
    case RECORD_RUN:
        file->run_started = record->run.started;
        break;
    case RECORD_DOMAIN:
        return merge_index_domain(index, &record->domain, &origin);
    case RECORD_ENDPOINT:
        return merge_index_endpoint(index, &record->endpoint, &origin);
    case RECORD_RUN_VOID:
    case RECORD_SUMMARY:
    case RECORD_OTHER:
        break;
    }
    return true;
}

static bool open_file(struct merge *merge, struct merge_file *file)
{
    struct reading reading = {merge, file};
    file->file = result_file_open_watched(file->path, take_record, &reading, merge->error,
                                          merge->error_size);
    if (file->file == NULL) {
        return false;
    }
    const struct run_record *run = result_file_run(file->file);
    file->shard = run_shard(run);
    const char *hosts = run_option_value(run, "hosts");
    if (hosts != NULL && strcmp(hosts, "true") == 0) {
        snprintf(merge->error, merge->error_size,
                 "%s is of a list of hosts: it has no domains to join", file->path);
        return false;
    }
    const struct merge_file *first = &merge->files[0];
    return run_match((struct run_named){result_file_run(first->file), first->path},
                     (struct run_named){run, file->path}, merge->error, merge->error_size);
}

/* Compares each pair of files. It is not enough that each fits the first file: two of them may
 * still be shards that do not fit each other. */
static bool all_match(const struct merge *merge)
{
    for (size_t i = 1; i < merge->num_files; i++) {
        for (size_t k = 1; k < i; k++) {
            const struct merge_file *a = &merge->files[k], *b = &merge->files[i];
            if (!run_match((struct run_named){result_file_run(a->file), a->path},
                           (struct run_named){result_file_run(b->file), b->path}, merge->error,
                           merge->error_size)) {
                return false;
            }
        }
    }
    return true;
}

/* Void records say nothing of the servers, and are left out. */
static void drop_void(struct merge *merge)
{
    struct merge_index *index = &merge->index;
    size_t num = 0;
    for (size_t i = 0; i < index->num_lines; i++) {
        const struct merge_line line = index->lines[i];
        if (!result_file_is_void(merge->files[line.file].file, line.place)) {
            index->lines[num] = line;
            index->lines[num++].list = merge->files[line.file].list;
        }
    }
    index->num_lines = num;
    num = 0;
    for (size_t i = 0; i < index->num_endpoints; i++) {
        const struct merge_endpoint endpoint = index->endpoints[i];
        if (!result_file_is_void(merge->files[endpoint.file].file, endpoint.place)) {
            index->endpoints[num++] = endpoint;
        }
    }
    index->num_endpoints = num;
}

static bool read_files(struct merge *merge)
{
    for (size_t i = 0; i < merge->num_files; i++) {
        merge->files[i].path = merge->request->paths[i];
        if (!open_file(merge, &merge->files[i])) {
            return false;
        }
    }
    if (!all_match(merge)) {
        return false;
    }
    merge_lists_find(merge);
    merge->told = calloc(merge->num_lists + 1, sizeof(*merge->told));
    if (merge->told == NULL) {
        return lack_memory(merge);
    }
    drop_void(merge);
    return true;
}

/* ---- What is needed ---- */

static void need_host(struct merge *merge, const struct mx_record *host, const char *service,
                      uint32_t file)
{
    for (size_t i = 0; i < host->num_endpoints; i++) {
        struct merge_endpoint *found =
            merge_index_find(&merge->index, service, host->host, &host->endpoints[i], file);
        if (found != NULL) {
            found->is_needed = true;
        }
    }
}

static bool read_line(const struct merge *merge, const struct merge_line *line, struct arena *arena,
                      struct domain_record *out_domain)
{
    struct record record;
    if (!result_file_read(merge->files[line->file].file, line->place, arena, &record) ||
        record.kind != RECORD_DOMAIN) {
        return lack_record(merge, line->file);
    }
    *out_domain = record.domain;
    return true;
}

static bool need_endpoints(struct merge *merge)
{
    bool ok = true;
    for (size_t i = 0; i < merge->index.num_lines && ok; i++) {
        const struct merge_line *line = &merge->index.lines[i];
        struct arena arena = {0};
        struct domain_record domain;
        ok = read_line(merge, line, &arena, &domain);
        for (size_t k = 0; ok && k < domain.num_mx; k++) {
            need_host(merge, &domain.mx[k], SMTP, line->file);
        }
        for (size_t k = 0; ok && k < domain.num_services; k++) {
            need_host(merge, &domain.services[k].host, domain.services[k].service, line->file);
        }
        arena_free(&arena);
    }
    return ok;
}

/* ---- Writing ---- */

static void send_line(const struct merge *merge, struct json_writer *writer,
                      const struct tally_item *item)
{
    size_t len;
    char *line = json_writer_take(writer, &len);
    sink_line(merge->sink, line, len, item);
    json_writer_fini(writer);
    if (sink_backlog(merge->sink) > BACKLOG_MAX) {
        sink_drain(merge->sink);
    }
}

static const struct tally_item nothing = {.kind = TALLY_NOTHING};

static bool write_run(const struct merge *merge)
{
    struct arena arena = {0};
    struct json_writer writer;
    struct run_record run = merge_run_record(merge, &arena);
    bool ok = !arena.has_failed;
    if (ok) {
        json_writer_init(&writer);
        record_json_run(&writer, &run);
        send_line(merge, &writer, &nothing);
    }
    arena_free(&arena);
    return ok || lack_memory(merge);
}

static bool write_endpoints(const struct merge *merge)
{
    bool ok = true;
    for (size_t i = 0; i < merge->index.num_endpoints && ok; i++) {
        const struct merge_endpoint *endpoint = &merge->index.endpoints[i];
        struct arena arena = {0};
        struct record record;
        ok = (result_file_read(merge->files[endpoint->file].file, endpoint->place, &arena,
                               &record) &&
              record.kind == RECORD_ENDPOINT) ||
             lack_record(merge, endpoint->file);
        if (ok) {
            const struct tally_item item = tally_item_of_endpoint(&record.endpoint);
            struct json_writer writer;
            json_writer_init(&writer);
            record_json_endpoint(&writer, &record.endpoint);
            send_line(merge, &writer, &item);
        }
        arena_free(&arena);
    }
    return ok;
}

/* The first address of its MX hosts, whose record says where it is. */
static const struct merge_endpoint *
first_endpoint(const struct merge *merge, const struct domain_record *domain, uint32_t file)
{
    for (size_t i = 0; i < domain->num_mx; i++) {
        const struct mx_record *host = &domain->mx[i];
        for (size_t k = 0; k < host->num_endpoints; k++) {
            if (host->endpoints[k].address != NULL) {
                return merge_index_find(&merge->index, SMTP, host->host, &host->endpoints[k], file);
            }
        }
    }
    return NULL;
}

/* Where the domain's mail goes, as the scan counts it. */
static void fill_place(const struct merge *merge, const struct domain_record *domain, uint32_t file,
                       struct arena *arena, struct tally_item *item)
{
    struct tally_place place = {0};
    struct record record;
    const struct hostname *host = NULL;
    const struct merge_endpoint *endpoint = first_endpoint(merge, domain, file);
    if (domain->num_mx > 0 && domain->mx[0].host.bytes != NULL &&
        hostname_parse_any(domain->mx[0].host.bytes, domain->mx[0].host.len, &host) ==
            HOSTNAME_OK) {
        place.provider = hostname_organisation(host);
    }
    item->has_address = endpoint != NULL;
    if (endpoint != NULL &&
        result_file_read(merge->files[endpoint->file].file, endpoint->place, arena, &record) &&
        record.kind == RECORD_ENDPOINT) {
        place.country = record.endpoint.country;
        place.asn = record.endpoint.asn;
        place.as_org = record.endpoint.as_org;
    }
    tally_item_place(item, &place);
    hostname_release(host);
}

static bool write_line(struct merge *merge, size_t index)
{
    const struct merge_line *line = &merge->index.lines[index];
    struct arena arena = {0};
    struct domain_record domain;
    bool ok = read_line(merge, line, &arena, &domain);
    if (ok) {
        struct tally_item item = tally_item_of_domain(&domain);
        struct json_writer writer;
        fill_place(merge, &domain, line->file, &arena, &item);
        domain.started = line->started;
        domain.line = merge->num_lists > 1 ? index + 1 : domain.line;
        merge->has_given_up |= domain.dns_outcome == OUTCOME_INTERRUPTED;
        json_writer_init(&writer);
        record_json_domain(&writer, &domain);
        send_line(merge, &writer, &item);
    }
    arena_free(&arena);
    return ok;
}

static bool write_summary(const struct merge *merge, bool *out_complete)
{
    struct arena arena = {0};
    struct json_writer writer;
    sink_drain(merge->sink); /* the tally is complete once everything is written */
    struct summary_record summary = merge_summary_record(merge, &arena);
    bool ok = !arena.has_failed;
    if (ok) {
        *out_complete = summary.complete;
        json_writer_init(&writer);
        record_json_summary(&writer, &summary);
        send_line(merge, &writer, &nothing);
    }
    arena_free(&arena);
    return ok || lack_memory(merge);
}

static bool write_records(struct merge *merge, bool *out_complete)
{
    bool ok = write_run(merge);
    for (size_t i = 0; i < merge->index.num_lines && ok; i++) {
        ok = write_line(merge, i);
    }
    merge_index_choose_endpoints(&merge->index); /* no domain looks one up any more */
    return ok && write_endpoints(merge) && write_summary(merge, out_complete);
}

static enum merge_status write_file(struct merge *merge)
{
    const struct sink_options options = {
        .path = merge->request->output, .tally = merge->tally, .advice = "give another --output"};
    bool is_complete = false;
    merge->sink = sink_new(&options, merge->error, merge->error_size);
    if (merge->sink == NULL) {
        return MERGE_REFUSED;
    }
    bool ok = write_records(merge, &is_complete);
    sink_finish(merge->sink);
    if (sink_error(merge->sink) != NULL) {
        ok = fail(merge, sink_error(merge->sink));
    }
    sink_free(merge->sink);
    return ok ? (is_complete ? MERGE_COMPLETE : MERGE_INCOMPLETE) : MERGE_FAILED;
}

/* ---- All together ---- */

static enum merge_status run(struct merge *merge)
{
    if (merge->files == NULL || merge->tally == NULL) {
        (void)lack_memory(merge);
        return MERGE_FAILED;
    }
    if (!read_files(merge)) {
        return MERGE_REFUSED;
    }
    merge_index_choose_lines(&merge->index, merge->told);
    merge_index_close(&merge->index);
    if (!need_endpoints(merge)) {
        return MERGE_FAILED;
    }
    merge_lists_count(merge);
    return write_file(merge);
}

enum merge_status merge_files(const struct merge_request *request, char *out_error,
                              size_t error_size)
{
    struct merge merge = {
        .request = request,
        .files = calloc(request->num_paths, sizeof(*merge.files)),
        .num_files = request->num_paths,
        .tally = tally_new(),
        .error = out_error,
        .error_size = error_size,
    };
    merge_index_init(&merge.index);
    enum merge_status status = run(&merge);
    for (size_t i = 0; merge.files != NULL && i < merge.num_files; i++) {
        result_file_close(merge.files[i].file);
    }
    free(merge.files);
    free(merge.told);
    merge_index_fini(&merge.index);
    tally_free(merge.tally);
    return status;
}
