#include "output/file/result_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/record/json_pick.h"
#include "output/record/record.h"

#define FIRST_ENTRIES 1024
#define PICKED_MAX    300 /* a name has 253 characters at most */

static struct place place_of(uint64_t offset, size_t len)
{
    return (struct place){offset & (UINT64_MAX >> 24), len & (LINE_SOURCE_MAX - 1)};
}

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
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

static bool take_domain(struct result_file *file, const json_t *record, struct place place)
{
    struct domain_entry *room =
        make_room(file->domains, file->num_domains, &file->max_domains, sizeof(*room));
    if (room == NULL) {
        return false;
    }
    file->domains = room;
    file->domains[file->num_domains++] = (struct domain_entry){
        .hash = result_domain_hash(file, record),
        .place = place,
        .line = (uint64_t)json_integer_value(json_object_get(record, "line")),
    };
    return true;
}

/* What is kept of an endpoint's line, wherever it comes from. */
struct endpoint_line {
    const char *host, *address; /* NUL-terminated; NULL: none */
    uint16_t port;
    const char *sha256; /* its beginning is enough; NULL: no certificate */
    bool has_days_left;
    int64_t days_left;
};

static bool add_endpoint(struct result_file *file, const struct endpoint_line *line,
                         struct place place)
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
    char beginning[17] = "";
    snprintf(beginning, sizeof(beginning), "%.16s", line->sha256 != NULL ? line->sha256 : "");
    file->endpoints[file->num_endpoints++] = (struct endpoint_entry){
        .hash = result_endpoint_hash(file, line->host, line->address, line->port),
        .place = place,
        .fingerprint = strtoull(beginning, NULL, 16),
        .has_certificate = line->sha256 != NULL,
        .has_days_left = line->has_days_left,
        .days_left = (int32_t)line->days_left,
    };
    return true;
}

static bool take_endpoint(struct result_file *file, const json_t *record, struct place place)
{
    const json_t *certificate = json_object_get(record, "certificate");
    const json_t *days_left = json_object_get(certificate, "days_left");
    const struct endpoint_line line = {
        .host = string_of(record, "host"),
        .address = string_of(record, "address"),
        .port = (uint16_t)json_integer_value(json_object_get(record, "port")),
        .sha256 = string_of(certificate, "sha256"),
        .has_days_left = json_is_integer(days_left),
        .days_left = json_integer_value(days_left),
    };
    return add_endpoint(file, &line, place);
}

/* Text that was picked, NUL-terminated; NULL where it was none. */
static const char *picked_text(const struct json_pick *pick, char out[PICKED_MAX])
{
    if (pick->kind != JSON_PICK_STRING) {
        return NULL;
    }
    snprintf(out, PICKED_MAX, "%.*s", (int)pick->len, pick->text);
    return out;
}

static int64_t picked_integer(const struct json_pick *pick)
{
    char digits[PICKED_MAX];
    snprintf(digits, sizeof(digits), "%.*s", (int)pick->len, pick->text != NULL ? pick->text : "");
    return pick->kind == JSON_PICK_INTEGER ? strtoll(digits, NULL, 10) : 0;
}

/*
 * Most lines are endpoints', long, and needed for five of their values: these are picked out, and
 * only what is unusual is left to the parser. False: to be parsed.
 */
static bool pick_endpoint(struct result_file *file, const char *line, size_t len,
                          struct place place, bool *out_ok)
{
    static const char beginning[] = "{\"type\":\"endpoint\",";
    enum { HOST, ADDRESS, PORT, SHA256, DAYS_LEFT, NUM_PICKS };
    struct json_pick picks[NUM_PICKS] = {
        [HOST] = {.key = "host"},
        [ADDRESS] = {.key = "address"},
        [PORT] = {.key = "port"},
        [SHA256] = {.object = "certificate", .key = "sha256"},
        [DAYS_LEFT] = {.object = "certificate", .key = "days_left"},
    };
    char texts[NUM_PICKS][PICKED_MAX];
    if (file->run == NULL || len < sizeof(beginning) ||
        memcmp(line, beginning, sizeof(beginning) - 1) != 0 ||
        json_pick(line, len, picks, NUM_PICKS) != JSON_PICK_DONE) {
        return false;
    }
    for (size_t i = 0; i < NUM_PICKS; i++) {
        if (picks[i].len >= PICKED_MAX) {
            return false;
        }
    }
    const struct endpoint_line endpoint = {
        .host = picked_text(&picks[HOST], texts[HOST]),
        .address = picked_text(&picks[ADDRESS], texts[ADDRESS]),
        .port = (uint16_t)picked_integer(&picks[PORT]),
        .sha256 = picked_text(&picks[SHA256], texts[SHA256]),
        .has_days_left = picks[DAYS_LEFT].kind == JSON_PICK_INTEGER,
        .days_left = picked_integer(&picks[DAYS_LEFT]),
    };
    *out_ok = add_endpoint(file, &endpoint, place);
    return true;
}

enum taken { TAKEN, TAKEN_NOT_A_RECORD, TAKEN_NOT_OURS, TAKEN_TOO_NEW, TAKEN_NO_MEMORY };

static enum taken take_run(struct result_file *file, json_t *record)
{
    json_int_t version = json_integer_value(json_object_get(record, "schema_version"));
    if (version < 1) {
        return TAKEN_NOT_OURS;
    }
    file->run = json_incref(record);
    return version > RECORD_SCHEMA_VERSION ? TAKEN_TOO_NEW : TAKEN;
}

static enum taken take_record(struct result_file *file, json_t *record, struct place place)
{
    const char *type = string_of(record, "type");
    if (type == NULL) {
        return TAKEN_NOT_A_RECORD;
    }
    if (file->run == NULL) {
        return strcmp(type, "run") == 0 ? take_run(file, record) : TAKEN_NOT_OURS;
    }
    bool ok = true;
    if (strcmp(type, "domain") == 0) {
        ok = take_domain(file, record, place);
    } else if (strcmp(type, "endpoint") == 0) {
        ok = take_endpoint(file, record, place);
    } else if (strcmp(type, "summary") == 0) {
        bool complete = json_is_true(json_object_get(record, "complete"));
        file->ending = complete ? RESULT_COMPLETE : RESULT_INCOMPLETE;
    }
    return ok ? TAKEN : TAKEN_NO_MEMORY;
}

static enum taken take_line(struct result_file *file, const char *line, size_t len)
{
    struct place place = place_of(file->offset, len);
    file->offset += len + 1;
    if (file->spool != NULL &&
        (fwrite(line, 1, len, file->spool) != len || fputc('\n', file->spool) == EOF)) {
        return TAKEN_NO_MEMORY;
    }
    bool ok;
    if (pick_endpoint(file, line, len, place, &ok)) {
        return ok ? TAKEN : TAKEN_NO_MEMORY;
    }
    json_t *record = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
    enum taken taken = take_record(file, record, place);
    json_decref(record);
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
        if (taken == TAKEN_NOT_A_RECORD && file->run == NULL) {
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
    if (file->run == NULL) {
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

int result_compare_endpoints(const void *a, const void *b)
{
    const struct endpoint_entry *left = a, *right = b;
    return left->hash < right->hash ? -1 : left->hash > right->hash;
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
        qsort(file->endpoints, file->num_endpoints, sizeof(*file->endpoints),
              result_compare_endpoints);
    }
    for (size_t i = 0; i < file->num_domains; i++) {
        file->domains_by_hash[i] = (uint32_t)i;
    }
    qsort_r(file->domains_by_hash, file->num_domains, sizeof(uint32_t), by_domain_hash,
            file->domains);
    return true;
}

bool result_read(struct result_file *file, struct line_source *source, const char *path,
                 char *out_error, size_t error_size)
{
    if (!read_lines(file, source, path, out_error, error_size)) {
        return false;
    }
    if ((file->spool != NULL && fflush(file->spool) != 0) || !sort_entries(file)) {
        return tell_taken(out_error, error_size, path, TAKEN_NO_MEMORY);
    }
    return true;
}
