#include "scanner/cli/command_verify.h"

#include <errno.h>
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
#include "scanner/cli/options.h"
#include "scanner/x509/pem_file.h"

#define STATUS_VALID     0
#define STATUS_NOT_VALID 1
#define STATUS_BAD_INPUT 2

#define ERROR_MAX 512
#define LABEL_MAX 63 /* RFC 1035 section 2.3.4 */

struct verify_options {
    const char *host;            /* NULL: no name is checked */
    const struct hostname *name; /* a reference; NULL: the host is an address, or odd */
    const char *ca_file;
    struct config_texts extra_ca;      /* files */
    struct config_texts intermediates; /* files */
    int64_t now;
    const char *staple_file; /* NULL: no staple */
    const char *chain_file;
};

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

static const char *read_host(void *settings, const char *value)
{
    struct verify_options *options = settings;
    hostname_release(options->name);
    enum hostname_status status = hostname_parse(value, strlen(value), &options->name);
    switch (status) {
    case HOSTNAME_OK:
        options->host = hostname_text(options->name);
        return NULL;
    case HOSTNAME_IS_ADDRESS:
    case HOSTNAME_NOT_QUALIFIED: /* a host in a private network may be called "mail" */
        options->host = value;
        return NULL;
    default:
        options->host = value;
        return is_plain_name(value) ? NULL : hostname_status_text(status);
    }
}

static const char *read_verify_now(void *settings, const char *value)
{
    struct verify_options *options = settings;
    struct config config = {.now = 0};
    const char *problem = read_now(&config, value);
    options->now = config.now;
    return problem;
}

/* ---- The work ---- */

typedef bool (*add_file)(struct trust_store *store, const char *file, char *out_error,
                         size_t error_size);

static bool add_files(struct trust_store *store, const struct config_texts *files, add_file add,
                      char *out_error, size_t error_size)
{
    for (size_t i = 0; i < files->num_items; i++) {
        if (!add(store, files->items[i], out_error, error_size)) {
            return false;
        }
    }
    return true;
}

static struct trust_store *load_store(const struct verify_options *options)
{
    char error[ERROR_MAX];
    struct trust_store *store = trust_store_new(options->ca_file, error, sizeof(error));
    if (store == NULL ||
        !add_files(store, &options->extra_ca, trust_store_add_roots, error, sizeof(error)) ||
        !add_files(store, &options->intermediates, trust_store_add_intermediates, error,
                   sizeof(error))) {
        log_message("%s", error);
        trust_store_free(store);
        return NULL;
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

static int run(int argc, char **argv)
{
    struct verify_options options = {.now = (int64_t)clock_wall()};
    struct operands operands;
    int status;
    if (options_parse(&command_verify, &options, argc, argv, NULL, &operands, &status)) {
        options.chain_file = operands.names[0];
        status = verify(&options);
    }
    hostname_release(options.name);
    return status;
}

#define AT(field) offsetof(struct verify_options, field)

static const struct option_rule rules[] = {
    {"name", 0, "HOST", OPTION_SPECIAL, 0, read_host,
     "the host the certificate should name: a domain name or an address",
     .otherwise = "the name is not checked"},
    {"ca-file", 0, "FILE", OPTION_FILE, AT(ca_file), NULL,
     "trust these roots (PEM) in place of the system's", .otherwise = "the system's roots"},
    {"extra-ca", 0, "FILE", OPTION_FILES, AT(extra_ca), NULL,
     "trust these roots (PEM) too, beside the others (repeatable)", .otherwise = "none"},
    {"intermediates", 0, "FILE", OPTION_FILES, AT(intermediates), NULL,
     "more certificates to build a path with (repeatable)", .otherwise = "none"},
    {"staple", 0, "FILE", OPTION_FILE, AT(staple_file), NULL,
     "an OCSP response (DER), as a server would staple it", .otherwise = "none"},
    {"now", 0, "TIME", OPTION_SPECIAL, 0, read_verify_now,
     "judge at this time: RFC 3339, or @ and seconds since 1970", .otherwise = "now"},
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_verify = {
    .name = "verify",
    .run = run,
    .summary = "judge a certificate chain from a file, offline",
    .about = "Judges a certificate chain, leaf first, and prints one JSON line.",
    .options = &options,
    .operands = "CHAIN.pem|-",
    .operand = OPERAND_FILE,
    .min_operands = 1,
    .max_operands = 1,
    .wants = "one CHAIN.pem is needed, or - for standard input",
    .notes = "Exit status: 0 valid, 1 not valid, 2 usage or unreadable input.\n",
};
