#include "scanner/cli/command_convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/base/placed_file.h"
#include "output/csv/csv_domain.h"
#include "output/csv/csv_writer.h"
#include "output/file/result_file.h"
#include "output/file/sink.h"
#include "output/workbook/workbook.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"
#include "scanner/cli/convert_export.h"
#include "scanner/cli/options.h"
#include "scanner/cli/sandbox_option.h"
#include "scanner/grading/policy.h"

#define ERROR_MAX   512
#define BACKLOG_MAX (4u << 20) /* bytes on their way to the file before the reader waits */

static const char give_another[] = "give another --output";

enum { STATUS_OK = 0, STATUS_BAD_INPUT = 2, STATUS_CUT_SHORT = 3 };

enum format { BY_NAME, TO_CSV, TO_XLSX, TO_ECS, TO_SARIF };

struct convert_options {
    const char *results;
    const char *output; /* NULL: standard output */
    bool byte_order_mark;
    char delimiter; /* 0: not said */
    bool for_excel;
    enum format to;
    struct sandbox_options sandbox;
};

/* ---- Rows ---- */

struct conversion {
    const struct convert_options *options;
    const struct result_file *file;
    struct csv_input_columns columns;
};

static bool tell(const char *what)
{
    log_message("%s", what);
    return false;
}

/* The list's columns: a row that is short has only some of them, so all rows are asked. */
static bool find_columns(struct conversion *conversion)
{
    for (size_t i = 0; i < result_file_num_domains(conversion->file); i++) {
        struct arena arena = {0};
        struct domain_record domain;
        bool ok = result_file_domain(conversion->file, i, &arena, &domain) &&
                  csv_input_columns_add(&conversion->columns, &domain);
        arena_free(&arena);
        if (!ok) {
            return tell("no memory for the list's columns, or there are too many of them");
        }
    }
    return true;
}

/* Writes the row of the domain with that index. */
static bool write_row(const struct conversion *conversion, size_t index,
                      const struct row_writer *rows)
{
    struct arena arena = {0};
    struct domain_record domain;
    bool ok = result_file_domain(conversion->file, index, &arena, &domain);
    if (ok) {
        csv_domain_row(rows, &domain, &conversion->columns, policy_worst);
    }
    arena_free(&arena);
    return ok || tell("a record cannot be read again: was the file changed meanwhile?");
}

/* ---- As CSV ---- */

static void send_rows(struct sink *sink, struct csv_writer *writer)
{
    size_t len;
    char *rows = csv_writer_take(writer, &len);
    sink_line(sink, rows, len, &(struct tally_item){.kind = TALLY_NOTHING});
    if (sink_backlog(sink) > BACKLOG_MAX) {
        sink_drain(sink);
    }
}

static bool write_csv(const struct conversion *conversion, struct sink *sink)
{
    struct csv_writer writer;
    const struct convert_options *options = conversion->options;
    /* Excel splits at semicolons where the comma is the decimal point, and knows UTF-8 by its mark.
     */
    char delimiter = options->for_excel ? ';' : ',';
    csv_writer_init(&writer, options->delimiter != 0 ? options->delimiter : delimiter);
    const struct row_writer rows = csv_writer_rows(&writer);
    if (options->byte_order_mark || options->for_excel) {
        csv_byte_order_mark(&writer);
    }
    csv_domain_header(&rows, &conversion->columns);
    send_rows(sink, &writer);
    size_t num = result_file_num_domains(conversion->file);
    for (size_t i = 0; i < num && sink_error(sink) == NULL; i++) {
        if (!write_row(conversion, i, &rows)) {
            return false;
        }
        send_rows(sink, &writer);
    }
    return true;
}

static bool make_csv(const struct conversion *conversion, struct tally *tally)
{
    char error[ERROR_MAX];
    const struct sink_options options = {
        .path = conversion->options->output,
        .tally = tally,
        .advice = give_another,
    };
    struct sink *sink = sink_new(&options, error, sizeof(error));
    if (sink == NULL) {
        return tell(error);
    }
    bool ok = write_csv(conversion, sink);
    sink_finish(sink);
    if (ok && sink_error(sink) != NULL) {
        ok = tell(sink_error(sink));
    }
    sink_free(sink);
    return ok;
}

/* ---- As a workbook ---- */

static bool is_workbook(const char *path)
{
    static const char ending[] = ".xlsx";
    size_t len = path != NULL ? strlen(path) : 0;
    return len >= strlen(ending) && strcmp(path + len - strlen(ending), ending) == 0;
}

/* The same as of CSV: nothing that is there is overwritten. A part of a zip archive is completed
 * where it begins, so that a pipe does not do. */
static bool has_place(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return true;
    }
    if (!S_ISREG(info.st_mode)) {
        log_message("%s is no regular file, which a workbook takes", path);
        return false;
    }
    if (info.st_size > 0) {
        log_message("%s exists and is not empty: %s", path, give_another);
        return false;
    }
    return true;
}

static bool write_workbook(const struct conversion *conversion, FILE *stream)
{
    struct workbook *workbook = workbook_new(stream, "domains");
    if (workbook == NULL) {
        return tell("out of memory");
    }
    const struct row_writer rows = workbook_rows(workbook);
    size_t num = result_file_num_domains(conversion->file);
    bool ok = true;
    csv_domain_header(&rows, &conversion->columns);
    for (size_t i = 0; ok && i < num && !ferror(stream); i++) {
        ok = write_row(conversion, i, &rows);
    }
    if (ok && !workbook_end(workbook)) {
        log_message("cannot write %s: %s", conversion->options->output,
                    errno != 0 ? strerror(errno) : "no memory, or it grew too large");
        ok = false;
    }
    workbook_free(workbook);
    return ok;
}

static bool make_workbook(const struct conversion *conversion)
{
    const char *path = conversion->options->output;
    struct placed_file file;
    if (result_file_num_domains(conversion->file) >= WORKBOOK_ROWS_MAX) {
        return tell("a sheet has 1,048,576 rows: these are too many domains for a workbook, and "
                    "CSV has no such bound");
    }
    if (!has_place(path)) {
        return false;
    }
    if (!placed_file_open(&file, path)) {
        log_message("cannot write %s: %s", path, strerror(errno));
        return false;
    }
    bool ok = write_workbook(conversion, file.stream);
    bool is_there = placed_file_close(&file, ok);
    if (ok && !is_there) {
        log_message("cannot write %s: %s", path, strerror(errno));
    }
    return ok && is_there;
}

/* ---- Either ---- */

static void tell_left_out(const struct conversion *conversion)
{
    log_message("%zu domains; the run's options, its endpoints and its summary stay in %s",
                result_file_num_domains(conversion->file), conversion->options->results);
    void_notice(conversion->options->results, result_file_void(conversion->file));
    if (result_file_ending(conversion->file) != RESULT_COMPLETE) {
        log_message("%s is of a run that was cut short: domains may be missing",
                    conversion->options->results);
    }
}

static bool convert(struct conversion *conversion, struct tally *tally)
{
    if (!find_columns(conversion)) {
        return false;
    }
    const struct convert_options *options = conversion->options;
    bool as_workbook =
        options->to == TO_XLSX || (options->to == BY_NAME && is_workbook(options->output));
    return as_workbook ? make_workbook(conversion) : make_csv(conversion, tally);
}

static int run(int argc, char **argv)
{
    struct convert_options options = {0};
    struct operands operands;
    struct sandbox sandbox;
    char error[ERROR_MAX];
    int parsed;
    if (!options_parse(&command_convert, &options, argc, argv, NULL, &operands, &parsed)) {
        return parsed;
    }
    options.results = operands.names[0];
    if (options.to == TO_XLSX && options.output == NULL) {
        log_message("a workbook takes a file: give --output FILE.xlsx");
        return STATUS_BAD_INPUT;
    }
    sandbox_begin(&sandbox, &options.sandbox);
    sandbox_allow(&sandbox, options.results, SANDBOX_READ);
    sandbox_allow(&sandbox, options.output, SANDBOX_WRITE);
    sandbox_allow_temporary(&sandbox);
    sandbox_enter(&sandbox);
    if (options.to == TO_ECS || options.to == TO_SARIF) {
        return convert_export(options.results, options.output,
                              options.to == TO_ECS ? CONVERT_ECS : CONVERT_SARIF);
    }
    struct result_file *file = result_file_open(options.results, false, error, sizeof(error));
    if (file == NULL) {
        log_message("%s", error);
        return STATUS_BAD_INPUT;
    }
    struct conversion conversion = {.options = &options, .file = file};
    csv_input_columns_init(&conversion.columns);
    struct tally *tally = tally_new();
    int status = STATUS_CUT_SHORT;
    if (tally == NULL) {
        log_message("out of memory");
    } else if (convert(&conversion, tally)) {
        tell_left_out(&conversion);
        status = STATUS_OK;
    }
    tally_free(tally);
    csv_input_columns_fini(&conversion.columns);
    result_file_close(file);
    return status;
}

static const char *read_delimiter(void *settings, const char *value)
{
    static const struct {
        const char *word;
        char delimiter;
    } words[] = {{"comma", ','}, {",", ','}, {"semicolon", ';'}, {";", ';'}, {"tab", '\t'}};
    struct convert_options *options = settings;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(value, words[i].word) == 0) {
            options->delimiter = words[i].delimiter;
            return NULL;
        }
    }
    return "not one of comma, semicolon, tab";
}

static const char *read_format(void *settings, const char *value)
{
    static const struct {
        const char *word;
        enum format format;
    } words[] = {{"csv", TO_CSV}, {"xlsx", TO_XLSX}, {"ecs", TO_ECS}, {"sarif", TO_SARIF}};
    struct convert_options *options = settings;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(value, words[i].word) == 0) {
            options->to = words[i].format;
            return NULL;
        }
    }
    return "not one of csv, xlsx, ecs, sarif";
}

#define AT(field) offsetof(struct convert_options, field)

static const struct option_rule rules[] = {
    {"output", 'o', "FILE", OPTION_FILE, AT(output), NULL,
     "write to FILE, which must not hold anything yet; .xlsx makes a workbook, .zst compresses",
     .otherwise = "standard output"},
    {"to", 0, "FORMAT", OPTION_SPECIAL, 0, read_format,
     "csv and xlsx: the domains as a table; ecs: domains and endpoints as events of the Elastic "
     "Common Schema, a JSON object a line; sarif: the findings of domains as one SARIF 2.1.0 log",
     .otherwise = "xlsx where FILE ends in .xlsx, and csv", .words = "csv xlsx ecs sarif"},
    {"bom", 0, NULL, OPTION_FLAG, AT(byte_order_mark), NULL,
     "begin with a byte order mark, for spreadsheets that want one", .standard = "no"},
    {"delimiter", 0, "WHAT", OPTION_SPECIAL, 0, read_delimiter, "between cells of CSV",
     .otherwise = "comma", .words = "comma semicolon tab"},
    {"excel", 0, NULL, OPTION_FLAG, AT(for_excel), NULL,
     "CSV that Excel opens by a double click where it splits at semicolons: --bom, and semicolons "
     "unless --delimiter says otherwise",
     .standard = "no"},
    SANDBOX_OPTION_OF_READERS(AT(sandbox)),
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_convert = {
    .name = "convert",
    .run = run,
    .summary = "a result file as CSV, a workbook (.xlsx), ECS or SARIF",
    .about = "The domains of a result file (.zst too) as CSV, in the order of the list; where the "
             "name of the output ends in .xlsx, as a workbook with the same columns. With --to ecs "
             "or --to sarif, what a SIEM or a viewer of findings reads (docs/pipelines.md). Says "
             "so where the run was cut short.",
    .options = &options,
    .operands = "RESULTS",
    .operand = OPERAND_FILE,
    .min_operands = 1,
    .max_operands = 1,
    .wants = "one result file is needed",
    .notes = "Exit status: 0 done, 2 usage or bad input, 3 the table could not be written.\n",
};
