#include "scanner/cli/command_verify.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/base/clock.h"
#include "io/base/hostname.h"
#include "output/record/record_json.h"
#include "scanner/x509/certificate_staple.h"
#include "scanner/base/log.h"
#include "scanner/x509/ocsp_response.h"
#include "scanner/cli/option_values.h"
#include "scanner/x509/pem_file.h"

#define STATUS_VALID     0
#define STATUS_NOT_VALID 1
#define STATUS_BAD_INPUT 2

#define INTERMEDIATES_MAX 64 /* files */
#define ERROR_MAX         512
#define LABEL_MAX         63 /* RFC 1035 section 2.3.4 */

struct verify_options {
    const char *host;            /* NULL: no name is checked */
    const struct hostname *name; /* a reference; NULL: the host is an address, or odd */
    const char *ca_file;
    const char *intermediates[INTERMEDIATES_MAX];
    size_t num_intermediates;
    int64_t now;
    const char *staple_file; /* NULL: no staple */
    const char *chain_file;
};

static void print_help(FILE *stream)
{
    (void)fputs(
        "usage: mxgrade verify [options] CHAIN.pem|-\n"
        "\n"
        "Judges a certificate chain, leaf first, and prints one JSON line.\n"
        "\n"
        "  --name HOST           the host the certificate should name: a domain name or an\n"
        "                        address; without it the name is not checked\n"
        "  --ca-file FILE        trusted roots (PEM) in place of the system's\n"
        "  --intermediates FILE  more certificates to build a path with; may be repeated\n"
        "  --staple FILE         an OCSP response (DER), as a server would staple it\n"
        "  --now TIME            judge at this time: RFC 3339, or @ and seconds since 1970\n"
        "  --help                this text\n"
        "\n"
        "Exit status: 0 valid, 1 not valid, 2 usage or unreadable input.\n",
        stream);
}

/* ---- Options ---- */

/*
 * What is in the DNS need not be what a registrar allows: an A-label of an emoji, two underscores.
 * RFC 9525 section 6.3 compares A-labels as ASCII, whatever they stand for.
 */
static bool is_plain_name(const char *value)
{
    size_t label_len = 0;
    const char *c = value;
    for (; *c != '\0'; c++) {
        bool is_dot = *c == '.';
        bool is_known = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= '0' && *c <= '9') || *c == '-' || *c == '_';
        label_len = is_dot ? 0 : label_len + 1;
        if ((!is_dot && !is_known) || (is_dot && (c == value || c[-1] == '.')) ||
            label_len > LABEL_MAX) {
            return false;
        }
    }
    return c != value && c[-1] != '.' && (size_t)(c - value) < HOSTNAME_SIZE;
}

static bool set_host(struct verify_options *options, const char *value)
{
    hostname_release(options->name);
    enum hostname_status status = hostname_parse(value, strlen(value), &options->name);
    switch (status) {
    case HOSTNAME_OK:
        options->host = hostname_text(options->name);
        return true;
    case HOSTNAME_IS_ADDRESS:
    case HOSTNAME_NOT_QUALIFIED: /* a host in a private network may be called "mail" */
        options->host = value;
        return true;
    default:
        if (is_plain_name(value)) {
            options->host = value;
            return true;
        }
        log_message("--name %s: %s", value, hostname_status_text(status));
        return false;
    }
}

static bool set_now(struct verify_options *options, const char *value)
{
    struct config config = {.now = 0};
    const char *trouble = read_now(&config, value);
    if (trouble != NULL) {
        log_message("--now %s %s", value, trouble);
        return false;
    }
    options->now = config.now;
    return true;
}

static bool add_intermediates(struct verify_options *options, const char *value)
{
    if (options->num_intermediates == INTERMEDIATES_MAX) {
        log_message("--intermediates may be given %d times at most", INTERMEDIATES_MAX);
        return false;
    }
    options->intermediates[options->num_intermediates++] = value;
    return true;
}

enum parsed { PARSED_OK, PARSED_HELP, PARSED_BAD };

static enum parsed parse_options(struct verify_options *options, int argc, char **argv)
{
    static const struct option names[] = {{"name", required_argument, NULL, 'n'},
                                          {"ca-file", required_argument, NULL, 'c'},
                                          {"intermediates", required_argument, NULL, 'i'},
                                          {"staple", required_argument, NULL, 's'},
                                          {"now", required_argument, NULL, 't'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;
    bool ok = true;
    optind = 0; /* a fresh start: other commands may have used getopt */
    while (ok && (option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        switch (option) {
        case 'n':
            ok = set_host(options, optarg);
            break;
        case 'c':
            options->ca_file = optarg;
            break;
        case 'i':
            ok = add_intermediates(options, optarg);
            break;
        case 's':
            options->staple_file = optarg;
            break;
        case 't':
            ok = set_now(options, optarg);
            break;
        case 'h':
            return PARSED_HELP;
        default: /* getopt has said what is wrong */
            ok = false;
            break;
        }
    }
    if (ok && argc - optind != 1) {
        log_message("one CHAIN.pem is needed, or - for standard input (--help)");
        ok = false;
    }
    options->chain_file = ok ? argv[optind] : NULL;
    return ok ? PARSED_OK : PARSED_BAD;
}

/* ---- The work ---- */

static struct trust_store *load_store(const struct verify_options *options)
{
    char error[ERROR_MAX];
    struct trust_store *store = trust_store_new(options->ca_file, error, sizeof(error));
    if (store == NULL) {
        log_message("%s", error);
        return NULL;
    }
    for (size_t i = 0; i < options->num_intermediates; i++) {
        if (!trust_store_add_intermediates(store, options->intermediates[i], error,
                                           sizeof(error))) {
            log_message("%s", error);
            trust_store_free(store);
            return NULL;
        }
    }
    return store;
}

static int print_record(const struct certificate_record *record)
{
    struct json_writer writer;
    size_t len;
    json_writer_init(&writer);
    record_json_certificate(&writer, record);
    char *line = json_writer_take(&writer, &len);
    json_writer_fini(&writer);
    if (line == NULL) {
        log_message("out of memory");
        return STATUS_BAD_INPUT;
    }
    bool is_written = fwrite(line, 1, len, stdout) == len && fflush(stdout) == 0;
    free(line);
    if (!is_written) {
        log_message("the verdict could not be written to standard output");
        return STATUS_BAD_INPUT;
    }
    bool is_valid = record->trusted.value == TRI_YES && record->problems == 0;
    return is_valid ? STATUS_VALID : STATUS_NOT_VALID;
}

/* A longer one is cut, which makes it unreadable, as that of a server. */
static bool read_staple(struct arena *arena, const char *path, struct text *out_response)
{
    char *bytes = arena_alloc(arena, OCSP_RESPONSE_MAX);
    FILE *file = bytes != NULL ? fopen(path, "rbe") : NULL;
    if (file == NULL) {
        log_message("%s: %s", path, strerror(errno));
        return false;
    }
    *out_response = (struct text){bytes, fread(bytes, 1, OCSP_RESPONSE_MAX, file)};
    bool is_read = ferror(file) == 0;
    (void)fclose(file);
    if (!is_read) {
        log_message("%s: cannot be read", path);
    }
    return is_read;
}

static int judge(struct chain_cache *cache, const struct pem_list *pem, const char *host,
                 const struct certificate_extras *extras)
{
    const struct chain *chain = chain_cache_get(cache, pem->certificates, pem->num_certificates);
    if (chain == NULL) {
        log_message("out of memory");
        return STATUS_BAD_INPUT;
    }
    struct certificate_record record = {0};
    certificate_judge(chain, host, &record);
    certificate_staple_judge(chain, extras, &record);
    certificate_staple_unseen(&record);
    int status = print_record(&record);
    chain_release(cache, chain);
    return status;
}

static int verify_with(const struct trust_store *store, const struct verify_options *options)
{
    char error[ERROR_MAX];
    struct arena arena = {0};
    struct pem_list pem;
    struct certificate_extras extras = {.ocsp_response = {NULL, 0}};
    int status = STATUS_BAD_INPUT;
    struct chain_cache *cache = chain_cache_new(store, options->now, 1);
    if (cache == NULL) {
        log_message("out of memory");
    } else if (!pem_file_read(&arena, options->chain_file, &pem, error, sizeof(error))) {
        log_message("%s", error);
    } else if (options->staple_file == NULL ||
               read_staple(&arena, options->staple_file, &extras.ocsp_response)) {
        status = judge(cache, &pem, options->host, &extras);
    }
    chain_cache_free(cache);
    arena_free(&arena);
    return status;
}

static int verify(const struct verify_options *options)
{
    struct trust_store *store = load_store(options);
    if (store == NULL) {
        return STATUS_BAD_INPUT;
    }
    int status = verify_with(store, options);
    trust_store_free(store);
    return status;
}

int command_verify(int argc, char **argv)
{
    struct verify_options options = {.now = (int64_t)clock_wall()};
    int status = STATUS_BAD_INPUT;
    switch (parse_options(&options, argc, argv)) {
    case PARSED_HELP:
        print_help(stdout);
        status = STATUS_VALID;
        break;
    case PARSED_BAD:
        break;
    case PARSED_OK:
        status = verify(&options);
        break;
    }
    hostname_release(options.name);
    return status;
}
