#include "output/report/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "output/file/line_source.h"
#include "output/record/outcome.h"
#include "output/report/report_fields.h"
#include "output/report/report_island.h"
#include "output/report/report_page.h"
#include "output/report/report_rows.h"

/* Records in a block of evidence: opening a domain reads a block of each kind, a few 100 KB. */
#define BLOCK_RECORDS 256
#define COPY_SIZE     65536

/*
 * What is read at once, gathered while the evidence goes to the page: an array for each column, as
 * browsers read long flat arrays several times faster than many short ones.
 */
struct list {
    struct column {
        FILE *stream;
        char *text;
        size_t len;
    } columns[REPORT_COLUMNS_MAX];
    size_t count;
};

struct report {
    FILE *page;
    FILE *evidence; /* a temporary file: it goes behind what is read at once */
    const struct report_words *words;
    struct report_rows rows;
    struct report_values common; /* of the evidence */
    struct list endpoints, domains;
    json_t *run, *summary;
    size_t num_records, num_unreadable;
    bool damaged; /* the file ends inside a line or inside its compression */
    bool failed;  /* out of memory */
};

/* ---- Lists ---- */

static bool list_init(struct list *list)
{
    *list = (struct list){.count = 0};
    bool ok = true;
    for (size_t i = 0; i < REPORT_COLUMNS_MAX; i++) {
        struct column *column = &list->columns[i];
        column->stream = open_memstream(&column->text, &column->len);
        ok = ok && column->stream != NULL;
    }
    return ok;
}

static void list_fini(struct list *list)
{
    for (size_t i = 0; i < REPORT_COLUMNS_MAX; i++) {
        if (list->columns[i].stream != NULL) {
            fclose(list->columns[i].stream);
        }
        free(list->columns[i].text);
    }
}

static bool list_add(struct list *list, const json_t *row)
{
    size_t i;
    json_t *value;
    json_array_foreach(row, i, value)
    {
        FILE *stream = list->columns[i].stream;
        if ((list->count > 0 && fputc(',', stream) == EOF) || !report_island_dump(stream, value)) {
            return false;
        }
    }
    list->count++;
    return true;
}

/* {"name": [...], "grade": [...], ...} */
static bool list_write(struct list *list, enum report_rows_of which, FILE *page)
{
    const char *name;
    for (size_t i = 0; (name = report_rows_column(which, i)) != NULL; i++) {
        struct column *column = &list->columns[i];
        if (fflush(column->stream) != 0 || ferror(column->stream)) {
            return false;
        }
        fprintf(page, "%c\"%s\":[", i == 0 ? '{' : ',', name);
        fwrite(column->text, 1, column->len, page);
        fputc(']', page);
    }
    fputc('}', page);
    return true;
}

/* Adds a record: what is known at once to the list, the evidence to its block. Takes both. */
static void add_record(struct report *report, struct list *list, const char *block, json_t *row,
                       json_t *evidence)
{
    if (row == NULL || evidence == NULL) {
        report->failed = true;
    } else {
        size_t inside = list->count % BLOCK_RECORDS;
        if (inside == 0) {
            report_island_open(report->evidence, block, list->count / BLOCK_RECORDS);
        }
        fputc(inside == 0 ? '[' : ',', report->evidence);
        report->failed |= !list_add(list, row) || !report_island_dump(report->evidence, evidence);
        if (inside == BLOCK_RECORDS - 1) {
            fputc(']', report->evidence);
            report_island_close(report->evidence);
        }
    }
    json_decref(row);
    json_decref(evidence);
}

static void end_block(struct report *report, const struct list *list)
{
    if (list->count % BLOCK_RECORDS != 0) {
        fputc(']', report->evidence);
        report_island_close(report->evidence);
    }
}

/* ---- Records ---- */

static void take_endpoint(struct report *report, json_t *record)
{
    if (report_rows_number_endpoint(&report->rows, record)) {
        add_record(report, &report->endpoints, "endpoints",
                   report_rows_endpoint(&report->rows, record),
                   report_fields_pick(record, REPORT_OF_ENDPOINT, &report->common));
    }
}

/* [the domain's fields, [[an MX host's fields, its addresses], ...]]; hosts' names are in the row.
 */
static json_t *domain_evidence(struct report *report, json_t *record)
{
    json_t *hosts = json_array();
    size_t i;
    json_t *mx;
    json_array_foreach(json_object_get(record, "mx"), i, mx)
    {
        json_t *host = json_pack("[oo]", report_fields_pick(mx, REPORT_OF_MX, &report->common),
                                 report_rows_addresses(&report->rows, mx));
        report->failed |= json_array_append_new(hosts, host) != 0;
    }
    return json_pack("[oo]", report_fields_pick(record, REPORT_OF_DOMAIN, &report->common), hosts);
}

static void take_domain(struct report *report, json_t *record)
{
    add_record(report, &report->domains, "domains", report_rows_domain(&report->rows, record),
               domain_evidence(report, record));
}

static void take_run(struct report *report, json_t *record)
{
    if (report->run == NULL) {
        report->run = json_incref(record);
    }
}

/* The last one counts: a file that was resumed may have an earlier one. */
static void take_summary(struct report *report, json_t *record)
{
    json_decref(report->summary);
    report->summary = json_incref(record);
}

/* ---- Passes over the file ---- */

struct taker {
    const char *type;
    void (*take)(struct report *report, json_t *record);
};

/* Domains name endpoints by number, wherever in the file those are: so endpoints come first. */
static const struct taker first_pass[] = {
    {"endpoint", take_endpoint}, {"run", take_run}, {"summary", take_summary}};
static const struct taker second_pass[] = {{"domain", take_domain}};

/* A line of the other pass, without parsing it: every line of ours begins with its type. */
static bool is_of_other_pass(const char *line, size_t len, bool is_first)
{
    const char *start = is_first ? "{\"type\":\"domain\"" : "{\"type\":\"endpoint\"";
    return len >= strlen(start) && memcmp(line, start, strlen(start)) == 0;
}

static void take_line(struct report *report, const char *line, size_t len, bool is_first)
{
    const struct taker *takers = is_first ? first_pass : second_pass;
    size_t num = is_first ? sizeof(first_pass) / sizeof(first_pass[0])
                          : sizeof(second_pass) / sizeof(second_pass[0]);
    json_t *record = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
    const char *type = json_string_value(json_object_get(record, "type"));
    for (size_t i = 0; type != NULL && i < num; i++) {
        if (strcmp(type, takers[i].type) == 0) {
            takers[i].take(report, record);
            report->num_records++;
        }
    }
    report->num_unreadable += is_first && type == NULL;
    json_decref(record);
}

static enum report_status read_pass(struct report *report, const char *path, bool is_first)
{
    const char *line;
    size_t len;
    struct line_source *source = line_source_open(path, false);
    if (source == NULL) {
        return REPORT_CANNOT_READ;
    }
    enum line_source_status status;
    while ((status = line_source_next(source, &line, &len)) == LINE_SOURCE_LINE &&
           !report->failed && !ferror(report->evidence)) {
        if (!is_of_other_pass(line, len, is_first)) {
            take_line(report, line, len, is_first);
        }
    }
    int error = errno;
    line_source_close(source);
    errno = error;
    report->damaged |= status == LINE_SOURCE_PARTIAL || status == LINE_SOURCE_DAMAGED;
    return status == LINE_SOURCE_ERROR ? REPORT_CANNOT_READ : REPORT_OK;
}

/* ---- What stands once ---- */

/* Takes `value`. */
static void put(struct report *report, json_t *object, const char *name, json_t *value)
{
    report->failed |= json_object_set_new(object, name, value) != 0;
}

/* Those fields of an object that the page shows: a path of the scanner's machine is not its matter.
 */
static json_t *chosen(struct report *report, const json_t *object, const char *const *names,
                      size_t num)
{
    json_t *copy = json_object();
    for (size_t i = 0; i < num; i++) {
        json_t *value = json_object_get(object, names[i]);
        if (value != NULL) {
            put(report, copy, names[i], json_incref(value));
        }
    }
    return copy;
}

static json_t *run_facts(struct report *report)
{
    static const char *const names[] = {"version", "policy", "policy_digest", "started", "now"};
    static const char *const options[] = {"depth", "services", "hosts", "shard"};
    json_t *facts = chosen(report, report->run, names, sizeof(names) / sizeof(names[0]));
    const char *list = json_string_value(json_object_get(report->run, "list"));
    if (list != NULL) {
        const char *slash = strrchr(list, '/');
        put(report, facts, "list", json_string(slash != NULL ? slash + 1 : list));
    }
    put(report, facts, "options",
        chosen(report, json_object_get(report->run, "options"), options,
               sizeof(options) / sizeof(options[0])));
    return facts;
}

static json_t *summary_facts(struct report *report)
{
    static const char *const names[] = {"complete", "interrupted", "port_blocked", "dns_failed",
                                        "finished", "lines",       "connections",  "seconds"};
    return report->summary == NULL
               ? json_null()
               : chosen(report, report->summary, names, sizeof(names) / sizeof(names[0]));
}

static json_t *outcome_words(struct report *report)
{
    json_t *words = json_object();
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        put(report, words, outcome_name((enum outcome)i),
            json_string(outcome_text((enum outcome)i)));
    }
    return words;
}

static json_t *grade_words(struct report *report)
{
    json_t *words = json_object();
    for (unsigned i = 0; i < GRADE_COUNT; i++) {
        put(report, words, grade_name((enum grade)i), json_string(grade_meaning((enum grade)i)));
    }
    return words;
}

/* The findings that occur: the severity as recorded, the words by the policy's table. */
static json_t *finding_words(struct report *report)
{
    json_t *words = json_object();
    const char *code;
    json_t *severity;
    json_object_foreach(report->rows.codes, code, severity)
    {
        const struct finding_rule *rule = report->words->rule_of(code);
        json_t *entry = rule == NULL ? json_pack("{sO}", "severity", severity)
                                     : json_pack("{sO ss ss ss ss}", "severity", severity, "title",
                                                 rule->title, "why", rule->why, "remedy",
                                                 rule->remedy, "source", rule->source);
        put(report, words, code, entry);
    }
    return words;
}

static json_t *evidence_fields(void)
{
    return json_pack("{so so so so}", "endpoint", report_fields_names(REPORT_OF_ENDPOINT),
                     "certificate", report_fields_names(REPORT_OF_CERTIFICATE), "domain",
                     report_fields_names(REPORT_OF_DOMAIN), "mx",
                     report_fields_names(REPORT_OF_MX));
}

static void write_field(struct report *report, const char *name, json_t *value)
{
    fprintf(report->page, "\"%s\":", name);
    report->failed |= value == NULL || !report_island_dump(report->page, value);
    fputc(',', report->page);
    json_decref(value);
}

static void write_data(struct report *report)
{
    report_island_open(report->page, "data", 0);
    fputc('{', report->page);
    write_field(report, "run", run_facts(report));
    write_field(report, "summary", summary_facts(report));
    write_field(report, "damaged", json_boolean(report->damaged));
    write_field(report, "unreadable", json_integer((json_int_t)report->num_unreadable));
    write_field(report, "block", json_integer(BLOCK_RECORDS));
    write_field(report, "outcomes", outcome_words(report));
    write_field(report, "grades", grade_words(report));
    write_field(report, "findings", finding_words(report));
    write_field(report, "fields", evidence_fields());
    fputs("\"values\":", report->page);
    report->failed |= !report_values_write(&report->rows.values, report->page);
    fputs(",\"names\":", report->page);
    report->failed |= !report_values_write(&report->rows.names, report->page);
    fputs(",\"endpoints\":", report->page);
    report->failed |= !list_write(&report->endpoints, REPORT_ROWS_OF_ENDPOINTS, report->page);
    fputs(",\"domains\":", report->page);
    report->failed |= !list_write(&report->domains, REPORT_ROWS_OF_DOMAINS, report->page);
    fputc('}', report->page);
    report_island_close(report->page);
}

/* ---- All together ---- */

static enum report_status check(const struct report *report)
{
    const json_t *version = json_object_get(report->run, "schema_version");
    if (report->num_records == 0) {
        return REPORT_NOT_RESULTS;
    }
    return json_integer_value(version) > RECORD_SCHEMA_VERSION ? REPORT_NEWER_SCHEMA : REPORT_OK;
}

static enum report_status read_all(struct report *report, const char *path)
{
    enum report_status status = read_pass(report, path, true);
    end_block(report, &report->endpoints);
    if (status == REPORT_OK) {
        status = read_pass(report, path, false);
        end_block(report, &report->domains);
    }
    if (ferror(report->evidence)) {
        return REPORT_CANNOT_WRITE;
    }
    if (status != REPORT_OK) {
        return status;
    }
    return report->failed ? REPORT_OUT_OF_MEMORY : check(report);
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
    write_data(report);
    report_page_script(report->page);
    report_island_open(report->page, "common", 0);
    report->failed |= !report_values_write(&report->common, report->page);
    report_island_close(report->page);
    bool copied = copy_evidence(report);
    report_page_close(report->page);
    if (!copied || fflush(report->page) != 0 || ferror(report->page)) {
        return REPORT_CANNOT_WRITE;
    }
    return report->failed ? REPORT_OUT_OF_MEMORY : REPORT_OK;
}

enum report_status report_write(const char *path, const struct report_words *words, FILE *page)
{
    struct report report = {.page = page, .evidence = tmpfile(), .words = words};
    if (report.evidence == NULL) {
        return REPORT_CANNOT_WRITE;
    }
    report_values_init(&report.common);
    bool ok = report_rows_init(&report.rows) && !report.common.failed;
    ok = list_init(&report.endpoints) && ok;
    ok = list_init(&report.domains) && ok;
    enum report_status status = ok ? read_all(&report, path) : REPORT_OUT_OF_MEMORY;
    if (status == REPORT_OK) {
        status = write_page(&report);
    }
    int error = errno;
    fclose(report.evidence);
    list_fini(&report.endpoints);
    list_fini(&report.domains);
    report_rows_fini(&report.rows);
    report_values_fini(&report.common);
    json_decref(report.run);
    json_decref(report.summary);
    errno = error;
    return status;
}
