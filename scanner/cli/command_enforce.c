#include "scanner/cli/command_enforce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "output/enforce/enforce_format.h"
#include "output/file/result_file.h"
#include "output/file/sink.h"
#include "output/record/record_enum.h"
#include "scanner/base/log.h"
#include "scanner/base/void_notice.h"
#include "scanner/cli/options.h"
#include "scanner/cli/sandbox_option.h"
#include "scanner/grading/enforce.h"

#define ERROR_MAX   512
#define BACKLOG_MAX (4u << 20) /* bytes on their way to the file before the reader waits */

enum { STATUS_OK = 0, STATUS_BAD_INPUT = 2, STATUS_CUT_SHORT = 3 };

struct enforce_options {
    const char *results;
    const char *output;      /* NULL: standard output */
    const char *sender_name; /* NULL: text or JSON */
    enum enforce_sender sender;
    const struct enforce_format *format; /* NULL: as standard output is */
    enum enforce_level would_fail;       /* NONE: not asked */
    bool is_format_given, is_jsonl;
    struct sandbox_options sandbox;
};

/* ---- Options ---- */

static const struct {
    const char *name;
    enum enforce_sender sender;
    const struct enforce_format *format;
} senders[] = {
    {"postfix", ENFORCE_BY_ANY, &enforce_postfix},
    {"exim", ENFORCE_BY_EXIM, &enforce_exim},
    {"exchange", ENFORCE_BY_EXCHANGE, &enforce_exchange},
    {"google", ENFORCE_BY_GOOGLE, &enforce_google},
};

static const char *read_sender(void *settings, const char *value)
{
    struct enforce_options *options = settings;
    for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
        if (strcmp(senders[i].name, value) == 0) {
            options->sender_name = senders[i].name;
            options->sender = senders[i].sender;
            options->format = senders[i].format;
            return NULL;
        }
    }
    return "not one of postfix, exim, exchange, google";
}

static const char *read_format(void *settings, const char *value)
{
    struct enforce_options *options = settings;
    options->is_format_given = true;
    options->is_jsonl = strcmp(value, "jsonl") == 0;
    return options->is_jsonl || strcmp(value, "text") == 0 ? NULL : "not one of jsonl, text";
}

static const char *read_level(void *settings, const char *value)
{
    struct enforce_options *options = settings;
    unsigned level;
    if (!record_enum_find(&record_enforce_level, value, strlen(value), &level) ||
        level == ENFORCE_NONE) {
        return "not one of encrypt, verify, secure, mta-sts, dane";
    }
    options->would_fail = (enum enforce_level)level;
    return NULL;
}

static bool are_consistent(struct enforce_options *options)
{
    if (options->sender_name != NULL && options->would_fail != ENFORCE_NONE) {
        log_message(
            "--would-fail is a list for you, and --for %s a configuration: give one of them",
            options->sender_name);
        return false;
    }
    if (options->sender_name != NULL && options->is_format_given) {
        log_message("--for %s has a form of its own: leave --format out", options->sender_name);
        return false;
    }
    if (!options->is_format_given) {
        options->is_jsonl = options->output != NULL || isatty(STDOUT_FILENO) != 1;
    }
    if (options->format == NULL) {
        options->format = options->is_jsonl ? &enforce_jsonl : &enforce_text;
    }
    return true;
}

/* ---- A domain ---- */

struct enforcement {
    const struct enforce_options *options;
    const struct result_file *file;
    struct sink *sink;
    struct enforce_out out;
    int64_t now;
    uint64_t counts[ENFORCE_LEVEL_COUNT];
    uint64_t num_domains, num_failing, num_partly, num_unknown, num_no_domains;
};

static const struct endpoint_record *read_endpoint(const struct enforcement *enforcement,
                                                   const struct hostname *host,
                                                   const struct mx_endpoint *endpoint,
                                                   struct arena *arena)
{
    struct endpoint_record *record = arena_alloc(arena, sizeof(*record));
    bool is_there =
        record != NULL && result_file_endpoint(enforcement->file, hostname_text_or_null(host),
                                               endpoint->address, endpoint->port, arena, record);
    return is_there ? record : NULL;
}

static bool read_host(const struct enforcement *enforcement, const struct mx_record *mx,
                      struct arena *arena, struct enforce_host *host)
{
    const char *text = mx->host.bytes != NULL ? mx->host.bytes : "";
    *host = (struct enforce_host){.mx = mx};
    if (hostname_parse_any(text, mx->host.len, &host->name) == HOSTNAME_NO_MEMORY) {
        return false;
    }
    const struct endpoint_record **endpoints =
        arena_alloc(arena, (mx->num_endpoints + 1) * sizeof(*endpoints));
    for (size_t i = 0; endpoints != NULL && i < mx->num_endpoints; i++) {
        endpoints[i] = read_endpoint(enforcement, host->name, &mx->endpoints[i], arena);
    }
    host->endpoints = endpoints;
    return endpoints != NULL;
}

static void count(struct enforcement *enforcement, const struct enforce_record *record)
{
    enforcement->num_domains++;
    enforcement->counts[record->level]++;
}

static void put_would_fail(struct enforcement *enforcement, const struct enforce_record *record)
{
    struct would_fail_record failing = {
        .domain = record->domain,
        .input = record->input,
        .line = record->line,
        .fields = record->fields,
        .num_fields = record->num_fields,
    };
    if (!enforce_would_fail(record, enforcement->options->would_fail, &failing.answer)) {
        return;
    }
    enforcement->num_partly += failing.answer.others_deliver;
    enforcement->num_failing += failing.answer.delivers == TRI_NO && !failing.answer.others_deliver;
    enforcement->num_unknown += failing.answer.delivers == TRI_UNKNOWN;
    if (enforcement->options->is_jsonl) {
        would_fail_jsonl(&enforcement->out, &failing);
    } else {
        would_fail_text(&enforcement->out, &failing);
    }
}

static bool decide(struct enforcement *enforcement, const struct hostname *name,
                   const struct domain_record *record, struct enforce_host *hosts,
                   struct arena *arena)
{
    const struct enforce_input input = {
        .domain = name,
        .record = record,
        .hosts = hosts,
        .scanned = result_file_run(enforcement->file)->started,
        .now = enforcement->now,
    };
    struct enforce_record decided;
    for (size_t i = 0; i < record->num_mx; i++) {
        if (!read_host(enforcement, &record->mx[i], arena, &hosts[i])) {
            return false;
        }
    }
    if (!enforce_decide(&input, enforcement->options->sender, arena, &decided)) {
        return false;
    }
    count(enforcement, &decided);
    if (enforcement->options->would_fail != ENFORCE_NONE) {
        put_would_fail(enforcement, &decided);
    } else {
        enforcement->options->format->entry(&enforcement->out, &decided);
    }
    return true;
}

static bool take_name(struct enforcement *enforcement, const struct domain_record *record,
                      const struct hostname *name, struct arena *arena)
{
    struct enforce_host *hosts = arena_alloc(arena, (record->num_mx + 1) * sizeof(*hosts));
    bool ok = hosts != NULL && decide(enforcement, name, record, hosts, arena);
    for (size_t i = 0; hosts != NULL && i < record->num_mx; i++) {
        hostname_release(hosts[i].name);
    }
    return ok;
}

/* A line of the list that comes twice has one entry. What is no domain has none. */
static bool take_domain(struct enforcement *enforcement, size_t index, struct arena *arena)
{
    const struct hostname *name = NULL;
    struct domain_record record;
    if (!result_file_domain(enforcement->file, index, arena, &record)) {
        return false;
    }
    if (!result_file_is_first(enforcement->file, index, &record)) {
        return true;
    }
    const char *text = record.domain != NULL ? record.domain : "";
    switch (hostname_parse(text, strlen(text), &name)) {
    case HOSTNAME_OK:
        break;
    case HOSTNAME_NO_MEMORY:
        return false;
    default:
        enforcement->num_no_domains++;
        return true;
    }
    bool ok = take_name(enforcement, &record, name, arena);
    hostname_release(name);
    return ok;
}

/* ---- All domains ---- */

static bool tell(const char *what)
{
    log_message("%s", what);
    return false;
}

/* Opens the stream that the next piece is written to. */
static bool open_piece(struct enforcement *enforcement, char **text, size_t *len)
{
    *text = NULL;
    enforcement->out.stream = open_memstream(text, len);
    return enforcement->out.stream != NULL || tell("out of memory");
}

static bool send_piece(struct enforcement *enforcement, char **text, const size_t *len)
{
    bool ok = ferror(enforcement->out.stream) == 0;
    ok =
        fclose(enforcement->out.stream) == 0 && ok && *text != NULL && !enforcement->out.has_failed;
    if (!ok || *len == 0) {
        free(*text);
        return ok || tell("out of memory");
    }
    sink_line(enforcement->sink, *text, *len, &(struct tally_item){.kind = TALLY_NOTHING});
    if (sink_backlog(enforcement->sink) > BACKLOG_MAX) {
        sink_drain(enforcement->sink);
    }
    return true;
}

static bool write_domain(struct enforcement *enforcement, size_t index)
{
    struct arena arena = {0};
    char *text;
    size_t len = 0;
    if (!open_piece(enforcement, &text, &len)) {
        return false;
    }
    bool is_taken = take_domain(enforcement, index, &arena);
    arena_free(&arena);
    bool is_sent = send_piece(enforcement, &text, &len);
    return (is_taken || tell("a record cannot be read again: was the file changed meanwhile, or is "
                             "there no memory?")) &&
           is_sent;
}

static bool write_end_piece(struct enforcement *enforcement, bool is_begin)
{
    const struct enforce_format *format = enforcement->options->format;
    const struct enforce_head head = {
        .scanned = result_file_run(enforcement->file)->started,
        .is_cut = result_file_ending(enforcement->file) != RESULT_COMPLETE,
    };
    char *text;
    size_t len = 0;
    if (!open_piece(enforcement, &text, &len)) {
        return false;
    }
    if (is_begin) {
        format->begin(&enforcement->out, &head);
    } else {
        format->end(&enforcement->out);
    }
    return send_piece(enforcement, &text, &len);
}

static bool write_all(struct enforcement *enforcement)
{
    bool is_list = enforcement->options->would_fail != ENFORCE_NONE;
    size_t num = result_file_num_domains(enforcement->file);
    bool ok = is_list || write_end_piece(enforcement, true);
    for (size_t i = 0; i < num && ok && sink_error(enforcement->sink) == NULL; i++) {
        ok = write_domain(enforcement, i);
    }
    return ok && (is_list || write_end_piece(enforcement, false));
}

static bool enforce(struct enforcement *enforcement, struct tally *tally)
{
    char error[ERROR_MAX];
    const struct sink_options options = {
        .path = enforcement->options->output,
        .tally = tally,
        .advice = "give another --output",
    };
    enforcement->sink = sink_new(&options, error, sizeof(error));
    if (enforcement->sink == NULL) {
        return tell(error);
    }
    bool ok = write_all(enforcement);
    sink_finish(enforcement->sink);
    if (ok && sink_error(enforcement->sink) != NULL) {
        ok = tell(sink_error(enforcement->sink));
    }
    sink_free(enforcement->sink);
    return ok;
}

/* ---- What there is to say ---- */

static void tell_counts(const struct enforcement *enforcement)
{
    char text[256] = "";
    size_t len = 0;
    for (unsigned level = ENFORCE_LEVEL_COUNT; level-- > 0;) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%llu %s", len > 0 ? ", " : "",
                                (unsigned long long)enforcement->counts[level],
                                enforce_level_name((enum enforce_level)level));
    }
    log_message("%llu domains: %s", (unsigned long long)enforcement->num_domains, text);
}

static void tell_failing(const struct enforcement *enforcement)
{
    log_message(
        "at \"%s\" %llu of %llu domains would fail, %llu more at some of their hosts, and "
        "of %llu it is not known",
        enforce_level_name(enforcement->options->would_fail),
        (unsigned long long)enforcement->num_failing, (unsigned long long)enforcement->num_domains,
        (unsigned long long)enforcement->num_partly, (unsigned long long)enforcement->num_unknown);
}

static void tell_all(const struct enforcement *enforcement)
{
    const char *results = enforcement->options->results;
    if (enforcement->options->would_fail != ENFORCE_NONE) {
        tell_failing(enforcement);
    } else {
        tell_counts(enforcement);
    }
    if (enforcement->num_no_domains > 0) {
        log_message("%llu records name no domain and are left out",
                    (unsigned long long)enforcement->num_no_domains);
    }
    void_notice(results, result_file_void(enforcement->file));
    if (result_file_ending(enforcement->file) != RESULT_COMPLETE) {
        log_message("%s is of a run that was cut short: domains may be missing", results);
    }
    if (result_file_num_domains(enforcement->file) == 0 &&
        result_file_num_endpoints(enforcement->file) > 0) {
        log_message("%s is of a list of hosts: it has no domains to send mail to", results);
    }
}

static int run(int argc, char **argv)
{
    struct enforce_options options = {.would_fail = ENFORCE_NONE};
    struct operands operands;
    struct sandbox sandbox;
    char error[ERROR_MAX];
    int parsed;
    if (!options_parse(&command_enforce, &options, argc, argv, NULL, &operands, &parsed)) {
        return parsed;
    }
    if (!are_consistent(&options)) {
        return STATUS_BAD_INPUT;
    }
    options.results = operands.names[0];
    sandbox_begin(&sandbox, &options.sandbox);
    sandbox_allow(&sandbox, options.results, SANDBOX_READ);
    sandbox_allow(&sandbox, options.output, SANDBOX_WRITE);
    sandbox_allow_temporary(&sandbox);
    sandbox_enter(&sandbox);
    struct result_file *file = result_file_open(options.results, true, error, sizeof(error));
    if (file == NULL) {
        log_message("%s", error);
        return STATUS_BAD_INPUT;
    }
    struct enforcement enforcement = {
        .options = &options, .file = file, .now = (int64_t)clock_wall()};
    struct tally *tally = tally_new();
    int status = STATUS_CUT_SHORT;
    if (tally == NULL) {
        log_message("out of memory");
    } else if (enforce(&enforcement, tally)) {
        tell_all(&enforcement);
        status = STATUS_OK;
    }
    tally_free(tally);
    enforce_out_fini(&enforcement.out);
    result_file_close(file);
    return status;
}

static const struct option_rule rules[] = {
    {"for", 0, "SENDER", OPTION_SPECIAL, 0, read_sender,
     "write configuration for postfix, exim, exchange or google", .otherwise = "for a reader",
     .words = "postfix exim exchange google"},
    {"would-fail", 0, "LEVEL", OPTION_SPECIAL, 0, read_level,
     "list the domains to which mail would fail if LEVEL were demanded, each with the reason",
     .otherwise = "list every domain with its level",
     .words = "encrypt verify secure mta-sts dane"},
    {"format", 0, "FORMAT", OPTION_SPECIAL, 0, read_format, "jsonl or text",
     .otherwise = "text on a terminal, else jsonl", .words = "jsonl text"},
    {"output", 'o', "FILE", OPTION_FILE, offsetof(struct enforce_options, output), NULL,
     "write to FILE (.zst compresses), which must not hold anything yet",
     .otherwise = "standard output"},
    SANDBOX_OPTION_OF_READERS(offsetof(struct enforce_options, sandbox)),
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_enforce = {
    .name = "enforce",
    .run = run,
    .summary = "who can be held to TLS, as configuration of a sender",
    .about = "Says of each domain of a result file (.zst too) the strongest level of TLS that a "
             "sender can demand today and still deliver to every MX (none, encrypt, verify, "
             "secure, mta-sts, dane), and why not more. With --for it is the configuration of a "
             "sender; those of exchange and google are checked for their form only.",
    .options = &options,
    .operands = "RESULTS",
    .operand = OPERAND_FILE,
    .min_operands = 1,
    .max_operands = 1,
    .wants = "one result file is needed",
    .notes =
        "A level rests on what the scan has seen. Make the configuration anew after each scan.\n"
        "\n"
        "Exit status: 0 done, 2 usage or bad input, 3 it could not be written whole.\n",
};
