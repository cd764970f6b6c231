#include "output/file/result_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/file_io.h"
#include "output/record/record_read.h"

#define FIRST_ENTRIES 1024
#define SCAN_BUFFER   16384

static struct result_place place_of(uint64_t offset, size_t len)
{
    return (struct result_place){offset & (UINT64_MAX >> 24), len & (LINE_SOURCE_MAX - 1)};
}

/* ---- Taking records in ---- */

/* Room for one more; NULL on lack of memory. */
static void *make_room(void *entries, size_t num, size_t *max, size_t size)
{
    if (num < *max) {
        return entries;
    }
    size_t larger = *max == 0 ? FIRST_ENTRIES : *max * 2;
    void *moved = num < UINT32_MAX ? reallocarray(entries, larger, size) : NULL;
    if (moved != NULL) {
        *max = larger;
    }
    return moved;
}

static bool take_domain(struct result_file *file, const struct domain_record *record,
                        struct result_place place)
{
    struct domain_entry *room =
        make_room(file->domains, file->num_domains, &file->max_domains, sizeof(*room));
    if (room == NULL) {
        return false;
    }
    file->domains = room;
    file->domains[file->num_domains++] = (struct domain_entry){
        .hash = result_domain_hash(file, record->domain, record->input.bytes),
        .place = place,
        .line = record->line,
    };
    return true;
}

/* The beginning of its SHA-256. */
static uint64_t fingerprint_of(const struct certificate_record *certificate)
{
    uint64_t fingerprint = 0;
    for (size_t i = 0; i < sizeof(fingerprint); i++) {
        fingerprint = fingerprint << 8 | certificate->sha256[i];
    }
    return fingerprint;
}

static bool take_endpoint(struct result_file *file, const struct endpoint_record *record,
                          struct result_place place)
{
    file->num_endpoint_lines++;
    if (!file->wants_endpoints) {
        return true;
    }
    struct endpoint_entry *room =
        make_room(file->endpoints, file->num_endpoints, &file->max_endpoints, sizeof(*room));
    if (room == NULL) {
        return false;
    }
    file->endpoints = room;
    struct endpoint_entry *entry = &file->endpoints[file->num_endpoints++];
    *entry = (struct endpoint_entry){
        .hash = result_endpoint_hash(file, record->host, record->address, record->port),
        .place = place,
    };
    if (record->certificate != NULL) {
        entry->has_certificate = true;
        entry->fingerprint = fingerprint_of(record->certificate);
        entry->has_days_left = record->certificate->has_validity;
        entry->days_left = record->certificate->days_left;
    }
    return true;
}

enum taken { TAKEN, TAKEN_NOT_A_RECORD, TAKEN_NOT_OURS, TAKEN_TOO_NEW, TAKEN_NO_MEMORY };

/* Takes over what is in the arena, as the record points there. */
static enum taken take_run(struct result_file *file, const struct run_record *run,
                           struct arena *arena)
{
    if (run->schema_version < 1) {
        return TAKEN_NOT_OURS;
    }
    file->run = *run;
    file->has_run = true;
    file->memory = *arena;
    *arena = (struct arena){0};
    return run->schema_version > RECORD_SCHEMA_VERSION ? TAKEN_TOO_NEW : TAKEN;
}

/* Takes over what is in the arena, as the list points there. */
static void take_summary(struct result_file *file, const struct summary_record *summary,
                         struct arena *arena)
{
    file->ending = summary->complete ? RESULT_COMPLETE : RESULT_INCOMPLETE;
    arena_free(&file->summary_memory); /* a file that was continued has a summary more */
    file->summary = *summary;
    file->summary_memory = *arena;
    *arena = (struct arena){0};
}

static enum taken take_record(struct result_file *file, const struct record *record,
                              struct result_place place, struct arena *arena)
{
    bool ok = true;
    switch (record->kind) {
    case RECORD_DOMAIN:
        ok = take_domain(file, &record->domain, place);
        break;
    case RECORD_ENDPOINT:
        ok = take_endpoint(file, &record->endpoint, place);
        break;
    case RECORD_RUN_VOID:
        run_void_take(&file->run_void, record, arena);
        break;
    case RECORD_SUMMARY:
        take_summary(file, &record->summary, arena);
        break;
    case RECORD_RUN:
    case RECORD_OTHER:
        break;
    }
    return ok ? TAKEN : TAKEN_NO_MEMORY;
}

static enum taken read_line(struct result_file *file, struct arena *arena, const char *line,
                            size_t len)
{
    struct record record;
    struct result_place place = place_of(file->offset, len);
    file->offset += len + 1;
    enum record_read_status status = file->watch != NULL
                                         ? record_read(line, len, arena, &record)
                                         : record_read_keys(line, len, arena, &record);
    switch (status) {
    case RECORD_READ:
        break;
    case RECORD_READ_BAD:
        return TAKEN_NOT_A_RECORD;
    case RECORD_READ_NO_MEMORY:
        return TAKEN_NO_MEMORY;
    }
    if (file->watch != NULL && !file->watch(file->user, &record, place)) {
        return TAKEN_NO_MEMORY;
    }
    if (!file->has_run) {
        return record.kind == RECORD_RUN ? take_run(file, &record.run, arena) : TAKEN_NOT_OURS;
    }
    return take_record(file, &record, place, arena);
}

static enum taken take_line(struct result_file *file, const char *line, size_t len)
{
    struct arena arena = {0};
    if (file->spool != NULL &&
        (fwrite(line, 1, len, file->spool) != len || fputc('\n', file->spool) == EOF)) {
        return TAKEN_NO_MEMORY;
    }
    enum taken taken = read_line(file, &arena, line, len);
    arena_free(&arena);
    return taken;
}

/* ---- Reading it all ---- */

static bool tell(char *out_error, size_t error_size, const char *path, const char *what)
{
    snprintf(out_error, error_size, "%s: %s", path, what);
    return false;
}

static bool tell_line(char *out_error, size_t error_size, const char *path, uint64_t number)
{
    snprintf(out_error, error_size, "%s, line %llu: not a record; the file is damaged", path,
             (unsigned long long)number);
    return false;
}

static bool tell_taken(char *out_error, size_t error_size, const char *path, enum taken taken)
{
    static const char *const texts[] = {
        [TAKEN_NOT_OURS] = "not a result file of mxgrade (its first line is no run record)",
        [TAKEN_TOO_NEW] = "written by a newer mxgrade, in a schema version not known here",
        [TAKEN_NO_MEMORY] = "no memory, or no room for a temporary copy",
    };
    return tell(out_error, error_size, path, texts[taken]);
}

/* What is no record may only be the tail of the file, where it was cut. */
static bool read_lines(struct result_file *file, struct line_source *source, const char *path,
                       char *out_error, size_t error_size)
{
    const char *line;
    size_t len;
    uint64_t number = 0, bad_line = 0;
    enum line_source_status status;
    while ((status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE) {
        number++;
        if (bad_line != 0) {
            return tell_line(out_error, error_size, path, bad_line);
        }
        enum taken taken = take_line(file, line, len);
        if (taken == TAKEN_NOT_A_RECORD && !file->has_run) {
            taken = TAKEN_NOT_OURS;
        }
        if (taken == TAKEN_NOT_A_RECORD) {
            bad_line = number;
        } else if (taken != TAKEN) {
            return tell_taken(out_error, error_size, path, taken);
        }
    }
    if (status == LINE_SOURCE_ERROR) {
        return tell(out_error, error_size, path, strerror(errno));
    }
    if (!file->has_run) {
        return tell_taken(out_error, error_size, path, TAKEN_NOT_OURS);
    }
    return true;
}

static int by_line(const void *a, const void *b)
{
    const struct domain_entry *left = a, *right = b;
    if (left->line != right->line) {
        return left->line < right->line ? -1 : 1;
    }
    return left->place.offset < right->place.offset ? -1 : left->place.offset > right->place.offset;
}

/* Of one hash, in the order of the file. */
static int by_endpoint_hash(const void *a, const void *b)
{
    const struct endpoint_entry *left = a, *right = b;
    if (left->hash != right->hash) {
        return left->hash < right->hash ? -1 : 1;
    }
    return left->place.offset < right->place.offset ? -1 : left->place.offset > right->place.offset;
}

static int by_domain_hash(const void *a, const void *b, void *user)
{
    const struct domain_entry *domains = user;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    if (domains[left].hash != domains[right].hash) {
        return domains[left].hash < domains[right].hash ? -1 : 1;
    }
    return left < right ? -1 : left > right;
}

static bool sort_entries(struct result_file *file)
{
    file->domains_by_hash = reallocarray(NULL, file->num_domains + 1, sizeof(uint32_t));
    if (file->domains_by_hash == NULL) {
        return false;
    }
    if (file->num_domains > 0) {
        qsort(file->domains, file->num_domains, sizeof(*file->domains), by_line);
    }
    if (file->num_endpoints > 0) {
        qsort(file->endpoints, file->num_endpoints, sizeof(*file->endpoints), by_endpoint_hash);
    }
    for (size_t i = 0; i < file->num_domains; i++) {
        file->domains_by_hash[i] = (uint32_t)i;
    }
    qsort_r(file->domains_by_hash, file->num_domains, sizeof(uint32_t), by_domain_hash,
            file->domains);
    return true;
}

/* The place behind the records that are not void: they are few, or the file is of a run that was
 * continued. */
static bool find_void(struct result_file *file)
{
    char buffer[SCAN_BUFFER];
    uint64_t left = file->run_void.record.records_kept;
    ssize_t len = 1;
    file->void_from = 0;
    while (file->run_void.is_void && left > 0 && len > 0) {
        len = file_read_at(file->fd, buffer, sizeof(buffer), (off_t)file->void_from);
        ssize_t at = 0;
        while (left > 0 && at < len) {
            left -= buffer[at++] == '\n' ? 1 : 0;
        }
        file->void_from += (uint64_t)at;
    }
    return len >= 0;
}

bool result_read(struct result_file *file, struct line_source *source, const char *path,
                 char *out_error, size_t error_size)
{
    if (!read_lines(file, source, path, out_error, error_size)) {
        return false;
    }
    if ((file->spool != NULL && fflush(file->spool) != 0) || !find_void(file) ||
        !sort_entries(file)) {
        return tell_taken(out_error, error_size, path, TAKEN_NO_MEMORY);
    }
    return true;
}
