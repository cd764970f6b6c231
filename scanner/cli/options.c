#include "scanner/cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/dns/dns.h"
#include "io/net/https_get.h"
#include "scanner/base/log.h"
#include "scanner/cli/option_values.h"

#define CONFIG_LINE_MAX 4096

/* What a value is, and so how it is read into the field at `offset`. */
enum kind {
    KIND_FLAG,    /* bool, set to true */
    KIND_TEXT,    /* const char * */
    KIND_TEXTS,   /* struct config_texts, appended to */
    KIND_COUNT,   /* unsigned, 1 and up */
    KIND_PORT,    /* uint16_t */
    KIND_SECONDS, /* double, above 0 */
    KIND_RATE,    /* double, 0 and up */
    KIND_SPECIAL  /* `read` knows */
};

struct option_rule {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: a flag */
    enum kind kind;
    size_t offset;
    const char *(*read)(struct config *config, const char *value); /* NULL or a problem */
    const char *help;
};

static const char *read_ipv4(struct config *config, const char *value)
{
    (void)value;
    config->ipv4 = true;
    config->ipv6 = false;
    return NULL;
}

static const char *read_ipv6(struct config *config, const char *value)
{
    (void)value;
    config->ipv6 = true;
    config->ipv4 = false;
    return NULL;
}

#define AT(field) offsetof(struct config, field)

static const struct option_rule rules[] = {
    {"output", 'o', "FILE", KIND_TEXT, AT(output), NULL, "write results to FILE (.zst compresses)"},
    {"format", 0, "FORMAT", KIND_SPECIAL, 0, read_format,
     "jsonl (the default), or csv: a row for each domain"},
    {"bom", 0, NULL, KIND_FLAG, AT(byte_order_mark), NULL,
     "begin CSV with a byte order mark, for spreadsheets that want one"},
    {"hosts", 0, NULL, KIND_FLAG, AT(hosts), NULL,
     "LIST holds MX hosts, host[:port] or address[:port]; no MX look-up"},
    {"resolver", 0, "ADDR[:PORT]", KIND_TEXT, AT(resolver), NULL,
     "ask this resolver (several: with commas) in place of the system's"},
    {"trust-ad", 0, NULL, KIND_FLAG, AT(trust_ad), NULL,
     "believe the resolver's AD bit although it is not on this machine"},
    {"port", 0, "N", KIND_PORT, AT(port), NULL, "connect to port N in place of 25"},
    {"https-port", 0, "N", KIND_PORT, AT(https_port), NULL,
     "fetch MTA-STS policies from port N in place of 443 (for tests)"},
    {"services", 0, "LIST", KIND_TEXT, AT(services), NULL,
     "of smtp (the default), submission, submissions, imap, imaps, pop3, pop3s, sieve, with "
     "commas"},
    {"submission-on-mx", 0, NULL, KIND_FLAG, AT(submission_on_mx), NULL,
     "look for submission on the MX hosts where the domain has no SRV record for it"},
    {"depth", 0, "DEPTH", KIND_SPECIAL, 0, read_depth,
     "quick: one handshake per host name; standard (the default): every finding decided but SSLv2 "
     "and suites without encryption beside TLS 1.3; deep: these too, every suite and group"},
    {"exclude", 0, "FILE", KIND_TEXT, AT(exclude_file), NULL,
     "names and CIDR prefixes that are never touched, one a line"},
    {"threads", 0, "N", KIND_COUNT, AT(num_threads), NULL,
     "worker threads (default: the processors)"},
    {"concurrency", 0, "N", KIND_COUNT, AT(concurrency), NULL,
     "connections in flight at most (default: 10000)"},
    {"rate", 0, "N", KIND_RATE, AT(rate), NULL,
     "new connections a second at most, 0: no limit (default: 500)"},
    {"per-address", 0, "N", KIND_COUNT, AT(per_address), NULL,
     "connections to one address at once (default: 2)"},
    {"max-addresses", 0, "N", KIND_COUNT, AT(max_addresses), NULL,
     "addresses of one domain that are asked at most (default: 32)"},
    {"per-provider", 0, "N", KIND_COUNT, AT(per_provider), NULL,
     "connections to one provider at once (default: 60)"},
    {"provider-rate", 0, "N", KIND_RATE, AT(provider_rate), NULL,
     "new connections to one provider a second, 0: no limit (default: 110)"},
    {"allow-net", 0, "CIDR", KIND_TEXTS, AT(allow_net), NULL,
     "contact this network although it is not public (repeatable)"},
    {"ca-file", 0, "FILE", KIND_TEXT, AT(ca_file), NULL,
     "trust these roots (PEM) in place of the system's"},
    {"ehlo", 0, "NAME", KIND_SPECIAL, 0, read_ehlo,
     "greet with NAME (default: the PTR name of this machine's address)"},
    {"geo", 0, "FILE", KIND_TEXTS, AT(geo), NULL,
     "MaxMind-format database for country and AS (repeatable)"},
    {"now", 0, "TIME", KIND_SPECIAL, 0, read_now,
     "judge certificates at TIME: RFC 3339, or @ and seconds since 1970"},
    {"resume", 0, NULL, KIND_FLAG, AT(resume), NULL, "continue the results in --output FILE"},
    {"retry-unknown", 0, NULL, KIND_FLAG, AT(retry_unknown), NULL,
     "with --resume: ask again what was unknown for reasons of ours"},
    {"shard", 0, "K/N", KIND_SPECIAL, 0, read_shard, "scan the K-th of N parts of the list"},
    {"progress", 0, "WHEN", KIND_SPECIAL, 0, read_progress, "auto (the default), always, never"},
    {"policy", 0, "FILE", KIND_TEXT, AT(policy_file), NULL,
     "re-weight findings; \"mxgrade explain policy\" has the format"},
    {"fail-on", 0, "GRADE", KIND_SPECIAL, 0, read_fail_on,
     "exit with status 1 if a domain has this grade or a worse one"},
    {"ipv4-only", '4', NULL, KIND_SPECIAL, 0, read_ipv4, "IPv4 addresses only"},
    {"ipv6-only", '6', NULL, KIND_SPECIAL, 0, read_ipv6, "IPv6 addresses only"},
    {"config", 0, "FILE", KIND_SPECIAL, 0, NULL,
     "read options from FILE, \"name = value\" a line; the command line wins over it"},
    {"verbose", 'v', NULL, KIND_FLAG, AT(verbose), NULL, "show the way of each dialogue on stderr"},
    {"connect-timeout", 0, "SECONDS", KIND_SECONDS, AT(limits.connect), NULL, "default: 10"},
    {"banner-timeout", 0, "SECONDS", KIND_SECONDS, AT(limits.greeting), NULL,
     "for the greeting; default: 35, as servers delay it on purpose"},
    {"reply-timeout", 0, "SECONDS", KIND_SECONDS, AT(limits.reply), NULL, "default: 20"},
    {"handshake-timeout", 0, "SECONDS", KIND_SECONDS, AT(limits.handshake), NULL, "default: 20"},
    {"target-timeout", 0, "SECONDS", KIND_SECONDS, AT(limits.target), NULL,
     "for one dialogue in all; default: 90"},
    {"https-timeout", 0, "SECONDS", KIND_SECONDS, AT(limits.https), NULL,
     "for one fetch of an MTA-STS policy in all; default: 60"},
    {"dns-timeout", 0, "SECONDS", KIND_SECONDS, AT(dns_timeout), NULL, "of one try; default: 3"},
    {"dns-concurrency", 0, "N", KIND_COUNT, AT(dns_concurrency), NULL,
     "questions to the resolver at once (default: 500)"},
    {"retry-wait", 0, "SECONDS", KIND_SECONDS, AT(retry_wait), NULL,
     "before a 4xx is tried again, then four times as long; default: 30"},
    {"max-retries", 0, "N", KIND_COUNT, AT(max_retries), NULL, "after a 4xx; default: 2"},
};

#define NUM_RULES (sizeof(rules) / sizeof(rules[0]))

void config_init(struct config *config)
{
    memset(config, 0, sizeof(*config));
    long num_processors = sysconf(_SC_NPROCESSORS_ONLN);
    config->list = "-";
    config->shard = 1;
    config->num_shards = 1;
    config->format = "jsonl";
    config->services = "smtp";
    config->depth = DEPTH_STANDARD;
    config->ipv4 = true;
    config->ipv6 = true;
    config->now = (int64_t)clock_wall();
    config->num_threads = num_processors > 0 && num_processors < 256 ? (unsigned)num_processors : 1;
    config->concurrency = 10000;
    config->rate = 500;
    config->per_address = 2;
    config->max_addresses = 32;
    config->per_provider = 60;
    config->provider_rate = 110;
    config->dns_timeout = 3;
    config->dns_concurrency = DNS_MAX_IN_FLIGHT;
    config->retry_wait = 30;
    config->max_retries = 2;
    config->limits = (struct config_limits){.connect = 10,
                                            .greeting = 35,
                                            .reply = 20,
                                            .turn = 600,
                                            .handshake = 20,
                                            .quit = 3,
                                            .target = 90,
                                            .https = HTTPS_SECONDS};
    config->seed = table_seed_random();
}

void config_fini(struct config *config)
{
    free(config->allowed.items);
    struct config_text *text;
    while ((text = SLIST_FIRST(&config->file_texts)) != NULL) {
        SLIST_REMOVE_HEAD(&config->file_texts, next);
        free(text);
    }
}

/* ---- Values ---- */

static const char *read_value(struct config *config, const struct option_rule *rule,
                              const char *value)
{
    void *field = (char *)config + rule->offset;
    struct config_texts *texts;
    switch (rule->kind) {
    case KIND_FLAG:
        *(bool *)field = true;
        return NULL;
    case KIND_TEXT:
        *(const char **)field = value;
        return NULL;
    case KIND_TEXTS:
        texts = field;
        if (texts->source != config->source) { /* it replaces what an earlier source says */
            texts->num_items = 0;
            texts->source = config->source;
        }
        if (texts->num_items == CONFIG_LIST_MAX) {
            return "given too often";
        }
        texts->items[texts->num_items++] = value;
        return NULL;
    case KIND_COUNT:
        return read_count(value, field);
    case KIND_PORT:
        return read_port(value, field);
    case KIND_SECONDS:
        return read_seconds(value, field);
    case KIND_RATE:
        return read_rate(value, field);
    case KIND_SPECIAL:
        return rule->read(config, value);
    }
    return "not an option";
}

/* ---- Rules ---- */

static const struct option_rule *find_rule(const char *name)
{
    for (size_t i = 0; i < NUM_RULES; i++) {
        if (strcmp(rules[i].name, name) == 0) {
            return &rules[i];
        }
    }
    return NULL;
}

static bool lacks(const struct options_of *of, const struct option_rule *rule)
{
    for (size_t i = 0; of->lacks != NULL && of->lacks[i] != NULL; i++) {
        if (strcmp(of->lacks[i], rule->name) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- The configuration file ---- */

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL) {
        text[--len] = '\0';
    }
    return text;
}

/* Values are borrowed by the config: they are kept as long as it. */
static const char *keep_text(struct config *config, const char *text)
{
    struct config_text *kept = malloc(sizeof(*kept) + strlen(text) + 1);
    if (kept == NULL) {
        return NULL;
    }
    strcpy(kept->text, text);
    SLIST_INSERT_HEAD(&config->file_texts, kept, next);
    return kept->text;
}

static const char *read_config_line(struct config *config, const struct options_of *of, char *line)
{
    line[strcspn(line, "#\n")] = '\0';
    char *equals = strchr(line, '=');
    char *name = trim(line);
    if (*name == '\0') {
        return NULL;
    }
    const char *value = "";
    if (equals != NULL) {
        *equals = '\0';
        name = trim(line);
        value = keep_text(config, trim(equals + 1));
    }
    const struct option_rule *rule = find_rule(name);
    if (rule == NULL || strcmp(name, "config") == 0) {
        return "there is no such option";
    }
    if (lacks(of, rule)) {
        return "the command has no such option";
    }
    if (value == NULL || (rule->argument != NULL && equals == NULL)) {
        return "the option needs a value";
    }
    if (rule->argument == NULL && equals != NULL && strcmp(value, "true") != 0) {
        return "the option takes no value but \"true\"";
    }
    return read_value(config, rule, value);
}

static bool read_config_file(struct config *config, const struct options_of *of, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        log_message("%s: %s", path, strerror(errno));
        return false;
    }
    char line[CONFIG_LINE_MAX];
    const char *problem = NULL;
    for (unsigned number = 1; problem == NULL && fgets(line, sizeof(line), file) != NULL;
         number++) {
        problem = read_config_line(config, of, line);
        if (problem != NULL) {
            log_message("%s, line %u: %s", path, number, problem);
        }
    }
    if (problem == NULL && ferror(file)) {
        problem = strerror(errno);
        log_message("%s: %s", path, problem);
    }
    fclose(file);
    return problem == NULL;
}

/* ---- The command line ---- */

static void print_help(const struct options_of *of)
{
    printf("usage: mxgrade %s\n\n", of->usage);
    for (size_t i = 0; i < NUM_RULES; i++) {
        char left[64];
        const struct option_rule *rule = &rules[i];
        if (lacks(of, rule)) {
            continue;
        }
        int len = rule->letter != 0
                      ? snprintf(left, sizeof(left), "  -%c, --%s", rule->letter, rule->name)
                      : snprintf(left, sizeof(left), "      --%s", rule->name);
        if (rule->argument != NULL && len > 0 && (size_t)len < sizeof(left)) {
            snprintf(left + len, sizeof(left) - (size_t)len, " %s", rule->argument);
        }
        printf("%-34s  %s\n", left, rule->help);
    }
    printf("%-34s  %s\n", "  -h, --help", "this text");
    if (of->notes != NULL) {
        printf("\n%s", of->notes);
    }
}

/* Allowed networks are prefixes by the time the run starts. */
bool options_finish(struct config *config)
{
    size_t num = config->allow_net.num_items;
    config->allowed.items = calloc(num + 1, sizeof(*config->allowed.items));
    if (config->allowed.items == NULL) {
        return false;
    }
    for (size_t i = 0; i < num; i++) {
        if (!prefix_parse(config->allow_net.items[i], &config->allowed.items[i])) {
            log_message("--allow-net %s: not an address or a prefix such as 127.0.0.0/8",
                        config->allow_net.items[i]);
            return false;
        }
        config->allowed.num_items++;
    }
    return true;
}

enum { OPTION_BASE = 1000, OPTION_HELP = 'h' };

static void make_getopt_tables(struct option longs[NUM_RULES + 2], char shorts[2 * NUM_RULES + 3])
{
    size_t num_shorts = 0;
    for (size_t i = 0; i < NUM_RULES; i++) {
        int has_argument = rules[i].argument != NULL ? required_argument : no_argument;
        longs[i] = (struct option){rules[i].name, has_argument, NULL, OPTION_BASE + (int)i};
        if (rules[i].letter != 0) {
            shorts[num_shorts++] = rules[i].letter;
            if (has_argument == required_argument) {
                shorts[num_shorts++] = ':';
            }
        }
    }
    shorts[num_shorts++] = 'h';
    shorts[num_shorts] = '\0';
    longs[NUM_RULES] = (struct option){"help", no_argument, NULL, OPTION_HELP};
    longs[NUM_RULES + 1] = (struct option){NULL, 0, NULL, 0};
}

static const struct option_rule *rule_of(int choice)
{
    if (choice >= OPTION_BASE && (size_t)(choice - OPTION_BASE) < NUM_RULES) {
        return &rules[choice - OPTION_BASE];
    }
    for (size_t i = 0; i < NUM_RULES; i++) {
        if (rules[i].letter == choice && choice != 0) {
            return &rules[i];
        }
    }
    return NULL;
}

static bool names_a_file(const struct option_rule *rule)
{
    return strcmp(rule->name, "config") == 0;
}

static bool take_option(struct config *config, const struct options_of *of,
                        const struct option_rule *rule, const char *value)
{
    if (lacks(of, rule)) {
        log_message("%s knows no --%s; \"mxgrade scan --%s\" does", of->command, rule->name,
                    rule->name);
        return false;
    }
    const char *problem = read_value(config, rule, value);
    if (problem != NULL) {
        log_message("--%s %s: %s", rule->name, value != NULL ? value : "", problem);
    }
    return problem == NULL;
}

struct command_line {
    int argc;
    char **argv;
    struct option longs[NUM_RULES + 2];
    char shorts[2 * NUM_RULES + 3];
};

static int next_choice(struct command_line *line)
{
    return getopt_long(line->argc, line->argv, line->shorts, line->longs, NULL);
}

/*
 * The files are read before anything else of the command line is, so that the command line wins
 * wherever --config stands in it. What is wrong with the line is told when it is read itself.
 */
static bool read_config_files(struct config *config, struct command_line *line,
                              const struct options_of *of)
{
    bool ok = true;
    int choice;
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while (ok && (choice = next_choice(line)) != -1 && choice != OPTION_HELP) {
        const struct option_rule *rule = rule_of(choice);
        if (rule != NULL && names_a_file(rule)) {
            config->source++;
            ok = read_config_file(config, of, optarg);
        }
    }
    opterr = 1;
    return ok;
}

static enum options_status read_command_line(struct config *config, struct command_line *line,
                                             const struct options_of *of)
{
    int choice;
    optind = 0;
    config->source++;
    while ((choice = next_choice(line)) != -1) {
        const struct option_rule *rule = rule_of(choice);
        if (choice == OPTION_HELP) {
            print_help(of);
            return OPTIONS_HELP;
        }
        if (rule == NULL || (!names_a_file(rule) && !take_option(config, of, rule, optarg))) {
            return OPTIONS_BAD;
        }
    }
    return OPTIONS_OK;
}

enum options_status options_parse(struct config *config, int argc, char **argv,
                                  const struct options_of *of, int *out_first_operand)
{
    struct command_line line = {.argc = argc, .argv = argv};
    make_getopt_tables(line.longs, line.shorts);
    enum options_status status =
        read_config_files(config, &line, of) ? read_command_line(config, &line, of) : OPTIONS_BAD;
    *out_first_operand = optind;
    if (status == OPTIONS_BAD) {
        fprintf(stderr, "usage: mxgrade %s\n(--help lists the options)\n", of->usage);
    }
    if (status == OPTIONS_OK && !options_finish(config)) {
        status = OPTIONS_BAD;
    }
    return status;
}
