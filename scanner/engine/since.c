#include "scanner/engine/since.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "output/file/result_file.h"
#include "output/file/run_match.h"
#include "output/file/sink_file.h"
#include "output/record/record_json.h"
#include "scanner/base/log.h"
#include "scanner/engine/list_reading.h"
#include "scanner/engine/run.h"
#include "scanner/engine/since_choice.h"

#define ENDPOINTS_MAX 512 /* of one domain; one with more is scanned */
#define SMTP          "smtp"
#define ERROR_MAX     1024

struct since {
    struct run *run;
    const struct run_record *mine;
    struct result_file *old;
    struct sink_file out;
    uint8_t *written; /* a bit for each endpoint of the old file that is in the output */
    double now;
    enum grade bar;
    uint64_t num_carried, num_scanned;
    char error[ERROR_MAX];
};

/* What of a domain is taken over. */
struct carried {
    struct domain_record domain;
    struct endpoint_record endpoints[ENDPOINTS_MAX];
    size_t places[ENDPOINTS_MAX]; /* of these in the old file */
    size_t num_endpoints;
};

static bool fail(struct since *since, const char *path, const char *what)
{
    snprintf(since->error, sizeof(since->error), "%.500s: %.400s", path, what);
    return false;
}

/* ---- What the old file says ---- */

/* False: the file lacks a record of one, or there are too many. */
static bool find_endpoints(const struct since *since, const struct mx_record *host,
                           const char *service, struct arena *arena, struct carried *carried)
{
    for (size_t i = 0; i < host->num_endpoints; i++) {
        size_t at = carried->num_endpoints;
        if (at == ENDPOINTS_MAX ||
            !result_file_find_endpoint(since->old, service, host->host, &host->endpoints[i], arena,
                                       &carried->endpoints[at], &carried->places[at])) {
            return false;
        }
        carried->num_endpoints++;
    }
    return true;
}

/* False: the old file does not have all of it, or it says nothing. */
static bool find_domain(const struct since *since, const char *name, struct arena *arena,
                        struct carried *carried)
{
    const struct domain_record key = {.domain = name};
    struct domain_record *domain = &carried->domain;
    size_t index;
    carried->num_endpoints = 0;
    if (!result_file_find(since->old, &key, arena, domain, &index) ||
        result_file_domain_is_void(since->old, index) ||
        domain->dns_outcome == OUTCOME_INTERRUPTED || domain->dns_outcome == OUTCOME_LOCAL_ERROR) {
        return false;
    }
    bool ok = true;
    for (size_t i = 0; i < domain->num_mx && ok; i++) {
        ok = find_endpoints(since, &domain->mx[i], SMTP, arena, carried);
    }
    for (size_t i = 0; i < domain->num_services && ok; i++) {
        ok = find_endpoints(since, &domain->services[i].host, domain->services[i].service, arena,
                            carried);
    }
    if (domain->started <= 0) { /* of an older program */
        domain->started = result_file_run(since->old)->started;
    }
    return ok;
}

/* ---- Lines of the list ---- */

static const char *const of_line[] = {"input", "input_fields"};

#define NUM_OF_LINE (sizeof(of_line) / sizeof(of_line[0]))

/* What the line of the list says is taken from the list, as a scan does. */
static bool take_line(struct domain_record *record, const struct supplier *supplier,
                      const struct list_reading *reading, struct arena *arena)
{
    struct input_field *fields = arena_alloc(arena, (supplier->num_fields + 1) * sizeof(*fields));
    for (size_t i = 0; i < supplier->num_fields && fields != NULL; i++) {
        const struct supplier_field *field = &supplier->fields[i];
        fields[i].name = (struct text){field->name, field->name_len};
        fields[i].value = (struct text){field->value, field->value_len};
    }
    record->input = (struct text){supplier->raw, supplier->raw_len};
    record->form = reading->form;
    record->line = supplier->line;
    record->fields = fields;
    record->num_fields = supplier->num_fields;
    return fields != NULL;
}

static void write_line_fields(struct json_writer *writer, const struct domain_record *record)
{
    json_open_object(writer);
    record_json_members(writer, &record_of_domain, record, of_line, NUM_OF_LINE);
    json_close_object(writer);
}

/* As the records say it: text that is cut or mended on its way into a record is compared as such.
 */
static bool is_same_line(const struct domain_record *before, const struct domain_record *now)
{
    struct json_writer old_line, new_line;
    json_writer_init(&old_line);
    json_writer_init(&new_line);
    write_line_fields(&old_line, before);
    write_line_fields(&new_line, now);
    const struct text old_text = json_writer_text(&old_line),
                      new_text = json_writer_text(&new_line);
    bool is_same = old_text.bytes != NULL && new_text.bytes != NULL &&
                   old_text.len == new_text.len &&
                   memcmp(old_text.bytes, new_text.bytes, old_text.len) == 0;
    json_writer_fini(&old_line);
    json_writer_fini(&new_line);
    return is_same;
}

/* ---- Writing ---- */

static bool put_line(struct since *since, struct json_writer *writer)
{
    size_t len;
    char *line = json_writer_take(writer, &len);
    bool ok = line != NULL ? sink_file_line(&since->out, line, len)
                           : fail(since, since->run->config->output, "out of memory");
    free(line);
    json_writer_fini(writer);
    return ok;
}

static bool put_endpoint(struct since *since, const struct endpoint_record *endpoint, size_t place)
{
    struct endpoint_record record = *endpoint;
    struct json_writer writer;
    uint8_t bit = (uint8_t)(1U << (place % 8));
    if ((since->written[place / 8] & bit) != 0) {
        return true;
    }
    since->written[place / 8] |= bit;
    record.is_carried = true;
    json_writer_init(&writer);
    record_json_endpoint(&writer, &record);
    return put_line(since, &writer);
}

static bool put_carried(struct since *since, struct carried *carried)
{
    struct json_writer writer;
    bool ok = true;
    for (size_t i = 0; i < carried->num_endpoints && ok; i++) {
        ok = put_endpoint(since, &carried->endpoints[i], carried->places[i]);
    }
    carried->domain.is_carried = true;
    json_writer_init(&writer);
    record_json_domain(&writer, &carried->domain);
    since->num_carried++;
    return put_line(since, &writer) && ok;
}

static bool put_run(struct since *since)
{
    struct json_writer writer;
    struct run_record record = *since->mine;
    record.since = result_file_run(since->old)->started;
    json_writer_init(&writer);
    record_json_run(&writer, &record);
    return put_line(since, &writer);
}

/* ---- The list ---- */

static bool take_domain(struct since *since, const struct supplier *supplier,
                        const struct list_reading *reading, struct carried *carried)
{
    struct arena arena = {0};
    bool ok = true;
    bool is_known = find_domain(since, hostname_text(reading->domain), &arena, carried);
    if (is_known) {
        const struct domain_record before = carried->domain;
        ok = take_line(&carried->domain, supplier, reading, &arena) ||
             fail(since, since->run->config->output, "out of memory");
        const struct since_sight sight = {
            .domain = &before,
            .endpoints = carried->endpoints,
            .num_endpoints = carried->num_endpoints,
            .is_same_line = ok && is_same_line(&before, &carried->domain),
        };
        is_known = !since_choice_has_ended(&sight, since->run->config->now) &&
                   !since_choice_wants(&since->run->config->only, &sight, since->bar, since->now);
    }
    since->num_scanned += is_known ? 0 : 1;
    ok = ok && (!is_known || put_carried(since, carried));
    arena_free(&arena);
    return ok;
}

static bool take_supplier(struct since *since, const struct supplier *supplier,
                          struct carried *carried)
{
    struct list_reading reading = list_reading_of(since->run, supplier);
    bool ok = true;
    if (list_reading_is_own(since->run->config, supplier, &reading) && reading.problem == NULL) {
        ok = take_domain(since, supplier, &reading, carried);
    }
    list_reading_release(&reading);
    return ok;
}

/* What is wrong with the list is found, and told, when it is scanned. */
static bool take_list(struct since *since, struct supplier_list *list, struct carried *carried)
{
    struct supplier supplier;
    for (;;) {
        switch (supplier_list_next(list, &supplier)) {
        case SUPPLIER_LIST_ITEM:
            if (!take_supplier(since, &supplier, carried)) {
                return false;
            }
            break;
        case SUPPLIER_LIST_AGAIN:
        case SUPPLIER_LIST_PASSED:
            break;
        case SUPPLIER_LIST_END:
        case SUPPLIER_LIST_UNCLEAR:
        case SUPPLIER_LIST_ENDLESS:
        case SUPPLIER_LIST_ERROR:
            return true;
        }
    }
}

static bool read_list(struct since *since)
{
    const struct config *config = since->run->config;
    const struct supplier_list_options options = {.column = config->column,
                                                  .encoding = config->encoding};
    int fd = open(config->list, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(since, config->list, strerror(errno));
    }
    struct supplier_list *list = supplier_list_new(fd, &options);
    struct carried *carried = malloc(sizeof(*carried));
    bool ok = list != NULL && carried != NULL ? take_list(since, list, carried)
                                              : fail(since, config->list, "out of memory");
    free(carried);
    if (list != NULL) {
        supplier_list_free(list);
    }
    close(fd);
    return ok;
}

/* ---- The file ---- */

static bool write_part(struct since *since, const char *part)
{
    const struct sink_options options = {.path = part, .advice = "remove it"};
    bool ok = sink_file_open(&since->out, &options, since->error, sizeof(since->error)) &&
              put_run(since) && read_list(since);
    if (ok) {
        sink_file_end(&since->out);
    }
    sink_file_close(&since->out);
    const char *error = sink_file_error(&since->out);
    return error == NULL ? ok : fail(since, part, error);
}

/* It takes its name when it is whole. */
static bool write_output(struct since *since)
{
    const char *output = since->run->config->output;
    char part[PATH_MAX + 16];
    size_t len = strlen(output);
    bool is_zstd = len > 4 && strcmp(output + len - 4, ".zst") == 0;
    snprintf(part, sizeof(part), "%.*s.part%s", PATH_MAX, output, is_zstd ? ".zst" : "");
    unlink(part); /* of one that crashed */
    bool ok = write_part(since, part) &&
              (rename(part, output) == 0 || fail(since, output, strerror(errno)));
    if (!ok) {
        unlink(part);
    }
    return ok;
}

static bool has_begun(const char *output)
{
    struct stat info;
    return stat(output, &info) == 0 && (!S_ISREG(info.st_mode) || info.st_size > 0);
}

static enum grade bar_of(const struct config *config)
{
    enum grade bar = GRADE_F;
    if (config->fail_on != NULL) {
        (void)grade_from_name(config->fail_on, &bar);
    }
    return bar;
}

static int prepare(struct since *since)
{
    const struct config *config = since->run->config;
    since->old = result_file_open(config->since, true, since->error, sizeof(since->error));
    if (since->old == NULL ||
        !run_match((struct run_named){result_file_run(since->old), config->since},
                   (struct run_named){since->mine, "this run"}, since->error,
                   sizeof(since->error))) {
        return 2;
    }
    since->written = calloc(result_file_num_endpoints(since->old) / 8 + 1, 1);
    if (since->written == NULL) {
        (void)fail(since, config->since, "out of memory");
        return 3;
    }
    return write_output(since) ? -1 : 3;
}

int since_prepare(struct run *run, const struct run_record *mine)
{
    const struct config *config = run->config;
    struct since since = {.run = run, .mine = mine, .now = clock_wall(), .bar = bar_of(config)};
    if (has_begun(config->output)) {
        if (config->resume) {
            return -1; /* by this run, when it began: there is nothing to take over any more */
        }
        log_message("%s is not empty: go on with it by --resume, or give another --output",
                    config->output);
        return 2;
    }
    int status = prepare(&since);
    if (status >= 0) {
        log_message("%s", since.error);
    } else {
        log_message("%llu records are taken over from %s, and %llu lines are scanned",
                    (unsigned long long)since.num_carried, config->since,
                    (unsigned long long)since.num_scanned);
    }
    result_file_close(since.old);
    free(since.written);
    return status;
}
