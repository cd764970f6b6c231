#include "scanner/cli/command_convert.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/csv/csv_domain.h"
#include "output/file/result_file.h"
#include "output/file/sink.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"

#define ERROR_MAX   512
#define BACKLOG_MAX (4u << 20) /* bytes on their way to the file before the reader waits */

enum { STATUS_OK = 0, STATUS_BAD_INPUT = 2, STATUS_CUT_SHORT = 3 };

struct command {
    const char *results;
    const char *output; /* NULL: standard output */
    bool byte_order_mark;
};

static void print_help(FILE *stream)
{
    fputs("usage: mxgrade convert [options] RESULTS\n"
          "\n"
          "The domains of a result file (.zst too) as CSV, in the order of the list.\n"
          "\n"
          "  -o, --output FILE  write to FILE (.zst compresses), which must not hold anything yet\n"
          "      --bom          begin with a byte order mark, for spreadsheets that want one\n"
          "      --help         this text\n",
          stream);
}

/* ---- Options ---- */

enum parsed { PARSED_OK, PARSED_HELP, PARSED_BAD };

static enum parsed parse_options(struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"output", required_argument, NULL, 'o'},
                                          {"bom", no_argument, NULL, 'b'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;
    optind = 0; /* a fresh start: other commands may have used getopt */
    while ((option = getopt_long(argc, argv, "o:h", names, NULL)) != -1) {
        switch (option) {
        case 'o':
            command->output = optarg;
            break;
        case 'b':
            command->byte_order_mark = true;
            break;
        case 'h':
            return PARSED_HELP;
        default: /* getopt has said what is wrong */
            return PARSED_BAD;
        }
    }
    if (argc - optind != 1) {
        log_message("one result file is needed (--help)");
        return PARSED_BAD;
    }
    command->results = argv[optind];
    return PARSED_OK;
}

/* ---- Rows ---- */

struct conversion {
    const struct command *command;
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
    if (conversion->command->byte_order_mark) {
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
                result_file_num_domains(conversion->file), conversion->command->results);
    void_notice(conversion->command->results, result_file_void(conversion->file));
    if (result_file_ending(conversion->file) != RESULT_COMPLETE) {
        log_message("%s is of a run that was cut short: domains may be missing",
                    conversion->command->results);
    }
}

static bool convert(struct conversion *conversion, struct tally *tally)
{
    char error[ERROR_MAX];
    const struct sink_options options = {
        .path = conversion->command->output,
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

int command_convert(int argc, char **argv)
{
    struct command command = {0};
    char error[ERROR_MAX];
    switch (parse_options(&command, argc, argv)) {
    case PARSED_HELP:
        print_help(stdout);
        return STATUS_OK;
    case PARSED_BAD:
        return STATUS_BAD_INPUT;
    case PARSED_OK:
        break;
    }
    struct result_file *file = result_file_open(command.results, false, error, sizeof(error));
    if (file == NULL) {
        log_message("%s", error);
        return STATUS_BAD_INPUT;
    }
    struct conversion conversion = {.command = &command, .file = file};
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
