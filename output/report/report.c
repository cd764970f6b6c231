#include "output/report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/file/result_lines.h"
#include "output/record/record_read.h"
#include "output/report/report_facts.h"
#include "output/report/report_fields.h"
#include "output/report/report_island.h"
#include "output/report/report_list.h"
#include "output/report/report_page.h"
#include "output/report/report_since.h"
#include "output/report/report_trend.h"

#define COPY_SIZE 65536

struct report {
    FILE *page;
    FILE *evidence; /* a temporary file: it goes behind what is read at once */
    struct report_packer *packer;
    const struct report_words *words;
    const struct report_extras *extras;
    struct report_rows rows;
    struct report_common common; /* of the evidence */
    struct report_list endpoints, domains;
    struct json_writer value; /* one at a time */
    struct arena run_memory, summary_memory;
    struct run_record run;
    struct summary_record summary;
    bool has_run, has_summary;
    bool has_importance; /* a domain has the column */
    bool is_void;        /* the file says so of the run */
    size_t num_records, num_unreadable;
    bool damaged; /* the file ends inside a line or inside its compression */
    bool failed;  /* out of memory */
    bool cannot_compare;
};

/* ---- Records ---- */

/* The writer for the next value. */
static struct json_writer *fresh(struct report *report)
{
    json_writer_clear(&report->value);
    return &report->value;
}

static void take_endpoint(struct report *report, const struct endpoint_record *endpoint)
{
    if (report_rows_number_endpoint(&report->rows, endpoint)) {
        report_fields_pick(endpoint, REPORT_OF_ENDPOINT, &report->common, fresh(report));
        report->failed |=
            !report_list_add(&report->endpoints, &report->rows, endpoint, &report->value);
    }
}

static bool has_field(const struct domain_record *domain, const char *name)
{
    for (size_t i = 0; name != NULL && i < domain->num_fields; i++) {
        const struct text title = domain->fields[i].name;
        if (title.len == strlen(name) && memcmp(title.bytes, name, title.len) == 0) {
            return true;
        }
    }
    return false;
}

/* [the domain's fields, [[an MX host's fields, its addresses], ...]]; hosts' names are in the row.
 */
static void take_domain(struct report *report, const struct domain_record *domain)
{
    struct json_writer *evidence = fresh(report);
    json_open_array(evidence);
    report_fields_pick(domain, REPORT_OF_DOMAIN, &report->common, evidence);
    json_open_array(evidence);
    for (size_t i = 0; i < domain->num_mx; i++) {
        json_open_array(evidence);
        report_fields_pick(&domain->mx[i], REPORT_OF_MX, &report->common, evidence);
        report_rows_addresses(&report->rows, &domain->mx[i], evidence);
        json_close_array(evidence);
    }
    json_close_array(evidence);
    json_close_array(evidence);
    report->failed |= !report_list_add(&report->domains, &report->rows, domain, evidence);
    report->has_importance =
        report->has_importance || has_field(domain, report->extras->importance);
}

/* The first one counts. Takes over what is in the arena. */
static void take_run(struct report *report, const struct run_record *run, struct arena *arena)
{
    if (!report->has_run) {
        report->has_run = true;
        report->run = *run;
        report->run_memory = *arena;
        *arena = (struct arena){0};
    }
}

/* The last one counts: a file that was resumed may have an earlier one. Takes over likewise. */
static void take_summary(struct report *report, const struct summary_record *summary,
                         struct arena *arena)
{
    report->has_summary = true;
    report->summary = *summary;
    arena_free(&report->summary_memory);
    report->summary_memory = *arena;
    *arena = (struct arena){0};
}

/* ---- Passes over the file ---- */

/* Domains name endpoints by number, wherever in the file those are: so endpoints come first. */
enum pass { PASS_OF_ENDPOINTS, PASS_OF_DOMAINS };

/* A line of the other pass, without reading it: every line of ours begins with its type. */
static bool is_of_other_pass(const char *line, size_t len, enum pass pass)
{
    const char *start =
        pass == PASS_OF_ENDPOINTS ? "{\"type\":\"domain\"" : "{\"type\":\"endpoint\"";
    return len >= strlen(start) && memcmp(line, start, strlen(start)) == 0;
}

static void take_record(struct report *report, const struct record *record, struct arena *arena,
                        enum pass pass)
{
    bool is_taken = (record->kind == RECORD_DOMAIN) == (pass == PASS_OF_DOMAINS) &&
                    record->kind != RECORD_OTHER;
    if (!is_taken) {
        return;
    }
    report->num_records++;
    switch (record->kind) {
    case RECORD_ENDPOINT:
        take_endpoint(report, &record->endpoint);
        break;
    case RECORD_DOMAIN:
        take_domain(report, &record->domain);
        break;
    case RECORD_RUN:
        take_run(report, &record->run, arena);
        break;
    case RECORD_SUMMARY:
        take_summary(report, &record->summary, arena);
        break;
    case RECORD_RUN_VOID:
    case RECORD_OTHER:
        break;
    }
}

static void take_line(struct report *report, struct result_lines *lines, enum pass pass)
{
    struct arena arena = {0};
    struct record record;
    switch (result_lines_record(lines, &arena, &record)) {
    case RECORD_READ:
        take_record(report, &record, &arena, pass);
        break;
    case RECORD_READ_BAD:
        report->num_unreadable += pass == PASS_OF_ENDPOINTS;
        break;
    case RECORD_READ_NO_MEMORY:
        report->failed = true;
        break;
    }
    arena_free(&arena);
}

static enum report_status read_pass(struct report *report, struct result_lines *lines,
                                    enum pass pass)
{
    const char *line;
    size_t len;
    enum line_source_status status;
    while ((status = result_lines_next(lines, &line, &len)) == LINE_SOURCE_LINE &&
           !report->failed && !ferror(report->evidence)) {
        if (!is_of_other_pass(line, len, pass)) {
            take_line(report, lines, pass);
        }
    }
    report->damaged |= status == LINE_SOURCE_PARTIAL || status == LINE_SOURCE_DAMAGED;
    return status == LINE_SOURCE_ERROR ? REPORT_CANNOT_READ : REPORT_OK;
}

static bool has_failed(const struct report *report)
{
    return report->failed || report->common.values.failed || !report_rows_ok(&report->rows);
}

static enum report_status check(const struct report *report)
{
    if (report->num_records == 0) {
        return REPORT_NOT_RESULTS;
    }
    if (report->run.schema_version > RECORD_SCHEMA_VERSION) {
        return REPORT_NEWER_SCHEMA;
    }
    bool lacks_column = report->extras->importance != NULL && !report->has_importance;
    return lacks_column ? REPORT_NO_COLUMN : REPORT_OK;
}

static enum report_status read_passes(struct report *report, const char *path)
{
    struct result_lines *lines = result_lines_open(path);
    if (lines == NULL) {
        return REPORT_CANNOT_READ;
    }
    enum report_status status = read_pass(report, lines, PASS_OF_ENDPOINTS);
    report->failed |= !report_list_end(&report->endpoints);
    if (status == REPORT_OK && !result_lines_again(lines, path)) {
        status = REPORT_CANNOT_READ;
    }
    if (status == REPORT_OK) {
        status = read_pass(report, lines, PASS_OF_DOMAINS);
        report->failed |= !report_list_end(&report->domains);
    }
    int error = errno;
    report->is_void = result_lines_void(lines) != NULL;
    result_lines_close(lines);
    errno = error;
    return status;
}

static enum report_status read_all(struct report *report, const char *path)
{
    enum report_status status = read_passes(report, path);
    if (ferror(report->evidence)) {
        return REPORT_CANNOT_WRITE;
    }
    if (status != REPORT_OK) {
        return status;
    }
    return has_failed(report) ? REPORT_OUT_OF_MEMORY : check(report);
}

/* ---- The page ---- */

/* The value that was written last. */
static void put_value(struct report *report, FILE *data, const char *name)
{
    fprintf(data, "\"%s\":", name);
    report->failed |= !report_island_put_value(data, &report->value);
    fputc(',', data);
}

static void put_facts(struct report *report, FILE *data)
{
    report_facts_run(fresh(report), report->has_run ? &report->run : NULL);
    put_value(report, data, "run");
    report_facts_summary(fresh(report), report->has_summary ? &report->summary : NULL);
    put_value(report, data, "summary");
    json_bool(fresh(report), report->is_void);
    put_value(report, data, "void");
    json_bool(fresh(report), report->damaged);
    put_value(report, data, "damaged");
    json_uint(fresh(report), report->num_unreadable);
    put_value(report, data, "unreadable");
    json_uint(fresh(report), REPORT_BLOCK_RECORDS);
    put_value(report, data, "block");
    report_facts_outcomes(fresh(report));
    put_value(report, data, "outcomes");
    report_facts_grades(fresh(report));
    put_value(report, data, "grades");
    report_facts_questions(fresh(report));
    put_value(report, data, "questions");
    report_facts_findings(fresh(report), &report->rows, report->words);
    put_value(report, data, "findings");
    report_facts_fields(fresh(report));
    put_value(report, data, "fields");
    report_trend(fresh(report), report->extras->history);
    put_value(report, data, "trend");
    json_put_string(fresh(report), report->extras->importance);
    put_value(report, data, "importance");
    report->cannot_compare = !report_since(fresh(report), report->extras->since);
    if (!report->cannot_compare) {
        put_value(report, data, "since");
    }
}

static void put_data(struct report *report, FILE *data)
{
    fputc('{', data);
    put_facts(report, data);
    fputs("\"values\":", data);
    report->failed |= !report_values_write(&report->rows.values, data);
    fputs(",\"names\":", data);
    report->failed |= !report_values_write(&report->rows.names, data);
    fputs(",\"endpoints\":", data);
    report->failed |= !report_list_write(&report->endpoints, data);
    fputs(",\"domains\":", data);
    report->failed |= !report_list_write(&report->domains, data);
    fputc('}', data);
}

/* What common values there are is known when all records have been read. */
static void put_common(struct report *report, FILE *data)
{
    report->failed |= !report_values_write(&report->common.values, data);
}

/* Writes an element with what `put` writes. */
static void write_island(struct report *report, const char *name,
                         void (*put)(struct report *report, FILE *data))
{
    char *text = NULL;
    size_t len = 0;
    FILE *data = open_memstream(&text, &len);
    if (data == NULL) {
        report->failed = true;
        return;
    }
    put(report, data);
    bool ok = ferror(data) == 0;
    ok = fclose(data) == 0 && ok;
    report->failed |= !ok;
    if (!report->failed &&
        !report_island_write(report->packer, report->page, name, 0, (struct text){text, len})) {
        report->failed = ferror(report->page) == 0;
    }
    free(text);
}

static bool copy_evidence(const struct report *report)
{
    char buffer[COPY_SIZE];
    size_t len;
    rewind(report->evidence);
    while ((len = fread(buffer, 1, sizeof(buffer), report->evidence)) > 0) {
        fwrite(buffer, 1, len, report->page);
    }
    return !ferror(report->evidence);
}

/*
 * The script stands before the evidence: a browser shows the page while it still reads the greater
 * part of it.
 */
static enum report_status write_page(struct report *report)
{
    report_page_open(report->page);
    write_island(report, "data", put_data);
    report_page_script(report->page);
    write_island(report, "common", put_common);
    bool copied = copy_evidence(report);
    report_page_close(report->page);
    if (report->cannot_compare) {
        return REPORT_CANNOT_COMPARE;
    }
    if (!copied || fflush(report->page) != 0 || ferror(report->page)) {
        return REPORT_CANNOT_WRITE;
    }
    return report->failed ? REPORT_OUT_OF_MEMORY : REPORT_OK;
}

/* ---- All together ---- */

static bool init(struct report *report)
{
    report_rows_init(&report->rows);
    report_common_init(&report->common);
    json_writer_init(&report->value);
    report->packer = report_packer_new();
    bool ok = report_list_init(&report->endpoints, REPORT_ROWS_OF_ENDPOINTS, report->packer,
                               report->evidence);
    ok = report_list_init(&report->domains, REPORT_ROWS_OF_DOMAINS, report->packer,
                          report->evidence) &&
         ok;
    return report->packer != NULL && ok;
}

static void fini(struct report *report)
{
    fclose(report->evidence);
    report_list_fini(&report->endpoints);
    report_list_fini(&report->domains);
    report_rows_fini(&report->rows);
    report_packer_free(report->packer);
    report_common_fini(&report->common);
    json_writer_fini(&report->value);
    arena_free(&report->run_memory);
    arena_free(&report->summary_memory);
}

enum report_status report_write(const char *path, const struct report_words *words,
                                const struct report_extras *extras, FILE *page, bool *out_is_cut)
{
    struct report report = {.page = page, .evidence = tmpfile(), .words = words, .extras = extras};
    *out_is_cut = false;
    if (report.evidence == NULL) {
        return REPORT_CANNOT_WRITE;
    }
    enum report_status status = init(&report) ? read_all(&report, path) : REPORT_OUT_OF_MEMORY;
    if (status == REPORT_OK) {
        status = write_page(&report);
    }
    *out_is_cut = report.damaged || !report.has_summary || !report.summary.complete;
    int error = errno;
    fini(&report);
    errno = error;
    return status;
}
