#include "output/file/result_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/address.h"
#include "io/base/file_io.h"
#include "io/base/hostname.h"
#include "output/file/result_internal.h"
#include "output/record/record_read.h"

#define SPOOL_BUFFER 65536
#define NO_ENTRY     SIZE_MAX

/* ---- Opening ---- */

static bool tell(char *out_error, size_t error_size, const char *path, const char *what)
{
    snprintf(out_error, error_size, "%s: %s", path, what);
    return false;
}

/* A temporary file without a name, gone when it is closed. */
static FILE *open_spool(void)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder != NULL ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    FILE *spool = fd >= 0 ? fdopen(fd, "w+") : tmpfile();
    if (spool == NULL && fd >= 0) {
        close(fd);
    }
    if (spool != NULL) {
        setvbuf(spool, NULL, _IOFBF, SPOOL_BUFFER);
    }
    return spool;
}

/* Plain lines that can be read at any place are used as they are; of the rest a copy is made. */
static bool choose_lines(struct result_file *file, const struct line_source *source,
                         const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && !line_source_is_compressed(source)) {
        file->fd = open(path, O_RDONLY | O_CLOEXEC);
    } else {
        file->spool = open_spool();
        file->fd = file->spool != NULL ? fileno(file->spool) : -1;
    }
    return file->fd >= 0;
}

static bool read_file(struct result_file *file, const char *path, char *out_error,
                      size_t error_size)
{
    struct line_source *source = line_source_open(path, false);
    if (source == NULL) {
        return tell(out_error, error_size, path, strerror(errno));
    }
    bool ok =
        choose_lines(file, source, path)
            ? result_read(file, source, path, out_error, error_size)
            : tell(out_error, error_size, path, "no temporary file can be made to unpack it into");
    line_source_close(source);
    return ok;
}

/* Opens the file for the same purpose as `like` was opened for. */
static struct result_file *open_like(const struct result_file *like, const char *path,
                                     char *out_error, size_t error_size)
{
    struct result_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        tell(out_error, error_size, path, "out of memory");
        return NULL;
    }
    *file = *like;
    file->fd = -1;
    file->ending = RESULT_CUT;
    file->seed = table_seed_random();
    if (!read_file(file, path, out_error, error_size)) {
        result_file_close(file);
        return NULL;
    }
    return file;
}

struct result_file *result_file_open(const char *path, bool endpoints, char *out_error,
                                     size_t error_size)
{
    const struct result_file like = {.wants_endpoints = endpoints};
    return open_like(&like, path, out_error, error_size);
}

struct result_file *result_file_open_watched(const char *path, result_watch *watch, void *user,
                                             char *out_error, size_t error_size)
{
    const struct result_file like = {.watch = watch, .user = user};
    return open_like(&like, path, out_error, error_size);
}

void result_file_close(struct result_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->spool != NULL) {
        fclose(file->spool);
    } else if (file->fd >= 0) {
        close(file->fd);
    }
    arena_free(&file->memory);
    arena_free(&file->summary_memory);
    run_void_fini(&file->run_void);
    free(file->domains);
    free(file->domains_by_hash);
    free(file->endpoints);
    free(file);
}

/* ---- Looking up ---- */

const struct run_record *result_file_run(const struct result_file *file)
{
    return &file->run;
}

const struct summary_record *result_file_summary(const struct result_file *file)
{
    return &file->summary;
}

enum result_ending result_file_ending(const struct result_file *file)
{
    return file->ending;
}

const struct run_void_record *result_file_void(const struct result_file *file)
{
    return file->run_void.is_void ? &file->run_void.record : NULL;
}

bool result_file_is_void(const struct result_file *file, struct result_place place)
{
    return file->run_void.is_void && place.offset >= file->void_from;
}

bool result_file_revises(const struct result_file *file, const char *address, uint16_t port)
{
    char server[ADDRESS_TEXT_MAX + sizeof("[]:65535")];
    if (address == NULL) {
        return false;
    }
    snprintf(server, sizeof(server), strchr(address, ':') != NULL ? "[%s]:%u" : "%s:%u", address,
             port);
    for (size_t i = 0; i < file->summary.num_revised_servers; i++) {
        const char *revised = file->summary.revised_servers[i];
        if (revised != NULL && strcmp(revised, server) == 0) {
            return true;
        }
    }
    return false;
}

uint64_t result_file_num_endpoints(const struct result_file *file)
{
    return file->num_endpoint_lines;
}

size_t result_file_num_domains(const struct result_file *file)
{
    return file->num_domains;
}

/* The line at a place, malloc'ed; NULL: it cannot be read. */
static char *read_line(const struct result_file *file, struct result_place place)
{
    char *line = malloc(place.len + 1);
    if (line != NULL &&
        file_read_at(file->fd, line, place.len, (off_t)place.offset) != (ssize_t)place.len) {
        free(line);
        return NULL;
    }
    return line;
}

bool result_file_read(const struct result_file *file, struct result_place place,
                      struct arena *arena, struct record *out_record)
{
    char *line = read_line(file, place);
    bool ok = line != NULL && record_read(line, place.len, arena, out_record) == RECORD_READ &&
              (!result_file_is_void(file, place) ||
               run_void_apply(&file->run_void.record, out_record, arena));
    free(line);
    return ok;
}

/* False: it cannot be read, or is not of that kind any more. */
static bool read_record(const struct result_file *file, struct result_place place,
                        enum record_kind kind, struct arena *arena, struct record *out_record)
{
    return result_file_read(file, place, arena, out_record) && out_record->kind == kind;
}

bool result_file_domain(const struct result_file *file, size_t index, struct arena *arena,
                        struct domain_record *out_domain)
{
    struct record record;
    bool ok = read_record(file, file->domains[index].place, RECORD_DOMAIN, arena, &record);
    if (ok) {
        *out_domain = record.domain;
    }
    return ok;
}

bool result_file_domain_is_void(const struct result_file *file, size_t index)
{
    return result_file_is_void(file, file->domains[index].place);
}

/* The first place in domains_by_hash that has the hash, or NO_ENTRY. */
static size_t find_domain(const struct result_file *file, uint64_t hash)
{
    size_t low = 0, high = file->num_domains;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->domains[file->domains_by_hash[middle]].hash < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < file->num_domains && file->domains[file->domains_by_hash[low]].hash == hash;
    return found ? low : NO_ENTRY;
}

bool result_file_find(const struct result_file *file, const struct domain_record *domain,
                      struct arena *arena, struct domain_record *out_domain, size_t *out_index)
{
    uint64_t hash = result_domain_hash(file, domain->domain, domain->input.bytes);
    for (size_t i = find_domain(file, hash); i < file->num_domains; i++) {
        *out_index = file->domains_by_hash[i];
        if (file->domains[*out_index].hash != hash) {
            break;
        }
        if (result_file_domain(file, *out_index, arena, out_domain) &&
            result_same_domain(out_domain, domain)) {
            return true;
        }
    }
    return false;
}

bool result_file_is_first(const struct result_file *file, size_t index,
                          const struct domain_record *domain)
{
    size_t first = find_domain(file, file->domains[index].hash);
    if (file->domains_by_hash[first] == index) {
        return true;
    }
    struct arena arena = {0};
    struct domain_record record;
    bool found = result_file_find(file, domain, &arena, &record, &first);
    arena_free(&arena);
    return !found || first == index;
}

/* The place behind the last entry of that hash, or where it would be. */
static size_t place_behind(const struct result_file *file, uint64_t hash)
{
    size_t low = 0, high = file->num_endpoints;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->endpoints[middle].hash <= hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Of several records the last one: a file that was joined, or taken over from, may have some. */
static const struct endpoint_entry *find_endpoint(const struct result_file *file, const char *host,
                                                  const char *address, uint16_t port)
{
    uint64_t hash = result_endpoint_hash(file, host, address, port);
    size_t behind = place_behind(file, hash);
    bool is_there = behind > 0 && file->endpoints[behind - 1].hash == hash;
    return is_there ? &file->endpoints[behind - 1] : NULL;
}

bool result_file_endpoint(const struct result_file *file, const char *host, const char *address,
                          uint16_t port, struct arena *arena, struct endpoint_record *out_endpoint)
{
    struct record record;
    const struct endpoint_entry *entry = find_endpoint(file, host, address, port);
    bool ok = entry != NULL && read_record(file, entry->place, RECORD_ENDPOINT, arena, &record);
    if (ok) {
        *out_endpoint = record.endpoint;
    }
    return ok;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool says_as(const struct endpoint_record *record, const struct mx_endpoint *seen)
{
    return record->outcome == seen->outcome && record->grade == seen->grade &&
           record->score == seen->score;
}

/* Of the records of one hash, from the last to the first. */
static bool choose_endpoint(const struct result_file *file, uint64_t hash, const char *service,
                            const struct mx_endpoint *seen, struct arena *arena,
                            struct endpoint_record *out_endpoint, size_t *out_index)
{
    bool found = false;
    for (size_t i = place_behind(file, hash); i > 0 && file->endpoints[i - 1].hash == hash; i--) {
        struct record record;
        if (!read_record(file, file->endpoints[i - 1].place, RECORD_ENDPOINT, arena, &record) ||
            !is_same_text(record.endpoint.service, service)) {
            continue;
        }
        bool is_it = says_as(&record.endpoint, seen);
        if (is_it || !found) {
            *out_endpoint = record.endpoint;
            *out_index = i - 1;
            found = true;
        }
        if (is_it) {
            return true;
        }
    }
    return found;
}

bool result_file_find_endpoint(const struct result_file *file, const char *service,
                               struct text host, const struct mx_endpoint *seen,
                               struct arena *arena, struct endpoint_record *out_endpoint,
                               size_t *out_index)
{
    const struct hostname *name = NULL;
    const char *text = host.bytes;
    if (text != NULL && hostname_parse_any(text, host.len, &name) == HOSTNAME_OK) {
        text = hostname_text(name);
    }
    uint64_t hash = result_endpoint_hash(file, text, seen->address, seen->port);
    hostname_release(name);
    return choose_endpoint(file, hash, service, seen, arena, out_endpoint, out_index);
}

bool result_file_leaf(const struct result_file *file, const char *host, const char *address,
                      uint16_t port, struct result_leaf *out_leaf)
{
    const struct endpoint_entry *entry = find_endpoint(file, host, address, port);
    if (entry == NULL || !entry->has_certificate || result_file_is_void(file, entry->place)) {
        return false;
    }
    *out_leaf = (struct result_leaf){entry->fingerprint, entry->has_days_left, entry->days_left};
    return true;
}
