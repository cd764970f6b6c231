#include "output/result_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/line_source.h"
#include "output/record.h"

#define SPOOL_BUFFER  65536
#define FIRST_ENTRIES 1024
#define NO_ENTRY      SIZE_MAX

/* Where a line is. Its length fits, LINE_SOURCE_MAX being 2^24; a file may have a terabyte. */
struct place {
    uint64_t offset : 40;
    uint64_t len : 24;
};

static struct place place_of(uint64_t offset, size_t len)
{
    return (struct place){offset & (UINT64_MAX >> 24), len & (LINE_SOURCE_MAX - 1)};
}

struct domain_entry {
    uint64_t hash;
    struct place place;
    uint64_t line;
};

struct endpoint_entry {
    uint64_t hash;
    struct place place;
    uint64_t fingerprint;
    int32_t days_left;
    bool has_certificate;
    bool has_days_left;
};

struct result_file {
    int fd;      /* plain lines */
    FILE *spool; /* while a copy is being made; owns fd then */
    uint64_t offset;
    json_t *run;
    enum result_ending ending;
    bool wants_endpoints;
    uint64_t num_endpoint_lines;
    struct domain_entry *domains; /* by line */
    size_t num_domains, max_domains;
    uint32_t *domains_by_hash;        /* indexes of `domains`; of one hash by line */
    struct endpoint_entry *endpoints; /* by hash */
    size_t num_endpoints, max_endpoints;
};

/* ---- Keys ---- */

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/*
 * FNV-1a. Who makes names collide gains nothing: a domain's name is compared again on its record,
 * and of endpoints that share a hash only the maker's own would be taken for one another.
 */
static uint64_t hash_add(uint64_t hash, const char *text)
{
    const char *end = text != NULL ? text + strlen(text) + 1 : NULL;
    for (const char *byte = text; byte != end; byte++) {
        hash = (hash ^ (unsigned char)*byte) * UINT64_C(0x100000001b3);
    }
    return hash;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

static uint64_t endpoint_hash(const char *host, const char *address, uint16_t port)
{
    char digits[8];
    snprintf(digits, sizeof(digits), "%u", port);
    uint64_t hash = hash_add(HASH_START, host != NULL ? host : "");
    return hash_add(hash_add(hash, address != NULL ? address : ""), digits);
}

const char *result_file_key(const json_t *domain)
{
    const char *name = string_of(domain, "domain");
    const char *input = string_of(domain, "input");
    return name != NULL ? name : (input != NULL ? input : "");
}

/* A line that is no domain must not be taken for the domain that it may spell. */
static uint64_t domain_hash(const json_t *domain)
{
    const char *kind = string_of(domain, "domain") != NULL ? "domain" : "line";
    return hash_add(hash_add(HASH_START, kind), result_file_key(domain));
}

static bool is_same_domain(const json_t *a, const json_t *b)
{
    return (string_of(a, "domain") == NULL) == (string_of(b, "domain") == NULL) &&
           strcmp(result_file_key(a), result_file_key(b)) == 0;
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
        .hash = domain_hash(record),
        .place = place,
        .line = (uint64_t)json_integer_value(json_object_get(record, "line")),
    };
    return true;
}

static bool take_endpoint(struct result_file *file, const json_t *record, struct place place)
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
    const json_t *certificate = json_object_get(record, "certificate");
    const json_t *days_left = json_object_get(certificate, "days_left");
    const char *sha256 = string_of(certificate, "sha256");
    char beginning[17] = "";
    snprintf(beginning, sizeof(beginning), "%.16s", sha256 != NULL ? sha256 : "");
    file->endpoints[file->num_endpoints++] = (struct endpoint_entry){
        .hash = endpoint_hash(string_of(record, "host"), string_of(record, "address"),
                              (uint16_t)json_integer_value(json_object_get(record, "port"))),
        .place = place,
        .fingerprint = strtoull(beginning, NULL, 16),
        .has_certificate = sha256 != NULL,
        .has_days_left = json_is_integer(days_left),
        .days_left = (int32_t)json_integer_value(days_left),
    };
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

static int by_hash(const void *a, const void *b)
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
        qsort(file->endpoints, file->num_endpoints, sizeof(*file->endpoints), by_hash);
    }
    for (size_t i = 0; i < file->num_domains; i++) {
        file->domains_by_hash[i] = (uint32_t)i;
    }
    qsort_r(file->domains_by_hash, file->num_domains, sizeof(uint32_t), by_domain_hash,
            file->domains);
    return true;
}

/* ---- Opening ---- */

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
    bool ok;
    if (!choose_lines(file, source, path)) {
        ok = tell(out_error, error_size, path, "no temporary file can be made to unpack it into");
    } else {
        ok = read_lines(file, source, path, out_error, error_size);
    }
    line_source_close(source);
    if (ok && ((file->spool != NULL && fflush(file->spool) != 0) || !sort_entries(file))) {
        ok = tell_taken(out_error, error_size, path, TAKEN_NO_MEMORY);
    }
    return ok;
}

struct result_file *result_file_open(const char *path, bool endpoints, char *out_error,
                                     size_t error_size)
{
    struct result_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        tell(out_error, error_size, path, "out of memory");
        return NULL;
    }
    file->fd = -1;
    file->ending = RESULT_CUT;
    file->wants_endpoints = endpoints;
    if (!read_file(file, path, out_error, error_size)) {
        result_file_close(file);
        return NULL;
    }
    return file;
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
    json_decref(file->run);
    free(file->domains);
    free(file->domains_by_hash);
    free(file->endpoints);
    free(file);
}

/* ---- Looking up ---- */

const json_t *result_file_run(const struct result_file *file)
{
    return file->run;
}

enum result_ending result_file_ending(const struct result_file *file)
{
    return file->ending;
}

uint64_t result_file_num_endpoints(const struct result_file *file)
{
    return file->num_endpoint_lines;
}

size_t result_file_num_domains(const struct result_file *file)
{
    return file->num_domains;
}

static json_t *read_record(const struct result_file *file, struct place place)
{
    char *line = malloc(place.len + 1);
    if (line == NULL) {
        return NULL;
    }
    size_t len = 0;
    while (len < place.len) {
        ssize_t got = pread(file->fd, line + len, place.len - len, (off_t)(place.offset + len));
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    json_t *record = len == place.len ? json_loadb(line, len, JSON_ALLOW_NUL, NULL) : NULL;
    free(line);
    return record;
}

json_t *result_file_domain(const struct result_file *file, size_t index)
{
    return read_record(file, file->domains[index].place);
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

/* The first record of the same domain; its index and a new reference, or NULL. */
static json_t *find_first(const struct result_file *file, const json_t *domain, size_t *out_index)
{
    uint64_t hash = domain_hash(domain);
    for (size_t i = find_domain(file, hash); i < file->num_domains; i++) {
        *out_index = file->domains_by_hash[i];
        if (file->domains[*out_index].hash != hash) {
            break;
        }
        json_t *record = result_file_domain(file, *out_index);
        if (record != NULL && is_same_domain(record, domain)) {
            return record;
        }
        json_decref(record);
    }
    return NULL;
}

bool result_file_is_first(const struct result_file *file, size_t index, const json_t *domain)
{
    size_t first = find_domain(file, file->domains[index].hash);
    if (file->domains_by_hash[first] == index) {
        return true;
    }
    json_t *record = find_first(file, domain, &first);
    json_decref(record);
    return record == NULL || first == index;
}

json_t *result_file_find(const struct result_file *file, const json_t *domain)
{
    size_t index;
    return find_first(file, domain, &index);
}

static const struct endpoint_entry *find_endpoint(const struct result_file *file, const char *host,
                                                  const char *address, uint16_t port)
{
    const struct endpoint_entry key = {.hash = endpoint_hash(host, address, port)};
    return file->num_endpoints == 0 ? NULL
                                    : bsearch(&key, file->endpoints, file->num_endpoints,
                                              sizeof(*file->endpoints), by_hash);
}

json_t *result_file_endpoint(const struct result_file *file, const char *host, const char *address,
                             uint16_t port)
{
    const struct endpoint_entry *entry = find_endpoint(file, host, address, port);
    return entry != NULL ? read_record(file, entry->place) : NULL;
}

bool result_file_leaf(const struct result_file *file, const char *host, const char *address,
                      uint16_t port, struct result_leaf *out_leaf)
{
    const struct endpoint_entry *entry = find_endpoint(file, host, address, port);
    if (entry == NULL || !entry->has_certificate) {
        return false;
    }
    *out_leaf = (struct result_leaf){entry->fingerprint, entry->has_days_left, entry->days_left};
    return true;
}
