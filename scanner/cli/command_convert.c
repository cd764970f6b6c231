#include "scanner/cli/command_convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/csv/csv_domain.h"
#include "output/file/result_file.h"
#include "output/file/sink.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"
#include "scanner/cli/options.h"

#define ERROR_MAX   512
#define BACKLOG_MAX (4u << 20) /* bytes on their way to the file before the reader waits */

enum { STATUS_OK = 0, STATUS_BAD_INPUT = 2, STATUS_CUT_SHORT = 3 };

struct convert_options {
    const char *results;
    const char *output; /* NULL: standard output */
    bool byte_order_mark;
};

/* ---- Rows ---- */

struct conversion {
    const struct convert_options *options;
    const struct result_file *file;
    struct sink *sink;
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

static void send_rows(struct conversion *conversion, struct csv_writer *writer)
{
    size_t len;
    char *rows = csv_writer_take(writer, &len);
    sink_line(conversion->sink, rows, len, &(struct tally_item){.kind = TALLY_NOTHING});
    if (sink_backlog(conversion->sink) > BACKLOG_MAX) {
        sink_drain(conversion->sink);
    }
}

static bool write_rows(struct conversion *conversion)
{
    struct csv_writer writer;
    csv_writer_init(&writer);
    if (conversion->options->byte_order_mark) {
        csv_byte_order_mark(&writer);
    }
    csv_domain_header(&writer, &conversion->columns);
    send_rows(conversion, &writer);
    size_t num = result_file_num_domains(conversion->file);
    for (size_t i = 0; i < num && sink_error(conversion->sink) == NULL; i++) {
        struct arena arena = {0};
        struct domain_record domain;
        bool ok = result_file_domain(conversion->file, i, &arena, &domain);
        if (ok) {
            csv_domain_row(&writer, &domain, &conversion->columns);
            send_rows(conversion, &writer);
        }
        arena_free(&arena);
        if (!ok) {
            return tell("a record cannot be read again: was the file changed meanwhile?");
        }
    }
    return true;
}

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
    char error[ERROR_MAX];
    const struct sink_options options = {
        .path = conversion->options->output,
        .tally = tally,
        .advice = "give another --output",
    };
    if (!find_columns(conversion)) {
        return false;
    }
    conversion->sink = sink_new(&options, error, sizeof(error));
    if (conversion->sink == NULL) {
        return tell(error);
    }
    bool ok = write_rows(conversion);
    sink_finish(conversion->sink);
    if (ok && sink_error(conversion->sink) != NULL) {
        ok = tell(sink_error(conversion->sink));
    }
    sink_free(conversion->sink);
    return ok;
}

static int run(int argc, char **argv)
{
    struct convert_options options = {0};
    struct operands operands;
    char error[ERROR_MAX];
    int parsed;
    if (!options_parse(&command_convert, &options, argc, argv, NULL, &operands, &parsed)) {
        return parsed;
    }
    options.results = operands.names[0];
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

#define AT(field) offsetof(struct convert_options, field)

static const struct option_rule rules[] = {
    {"output", 'o', "FILE", OPTION_FILE, AT(output), NULL,
     "write to FILE (.zst compresses), which must not hold anything yet",
     .otherwise = "standard output"},
    {"bom", 0, NULL, OPTION_FLAG, AT(byte_order_mark), NULL,
     "begin with a byte order mark, for spreadsheets that want one", .standard = "no"},
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_convert = {
    .name = "convert",
    .run = run,
    .summary = "a result file as CSV",
    .about = "The domains of a result file (.zst too) as CSV, in the order of the list.",
    .options = &options,
    .operands = "RESULTS",
    .operand = OPERAND_FILE,
    .min_operands = 1,
    .max_operands = 1,
    .wants = "one result file is needed",
    .notes = "Exit status: 0 done, 2 usage or bad input, 3 the table could not be written.\n",
};
