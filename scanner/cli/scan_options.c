#include "scanner/cli/scan_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/net/proxy.h"
#include "io/net/source_addresses.h"
#include "scanner/base/log.h"
#include "scanner/cli/option_values.h"

/* ---- The table ---- */

/* Of the two families "no" brings back only what the same option has taken away. */
static const char *read_family(const char *value, bool *only, bool *other)
{
    if (option_is_yes(value)) {
        *only = true;
        *other = false;
    } else if (!*other) {
        *other = true;
    }
    return NULL;
}

static const char *read_ipv4(void *settings, const char *value)
{
    struct config *config = settings;
    return read_family(value, &config->ipv4, &config->ipv6);
}

static const char *read_ipv6(void *settings, const char *value)
{
    struct config *config = settings;
    return read_family(value, &config->ipv6, &config->ipv4);
}

#define AT(field) offsetof(struct config, field)

static const struct option_rule rules[] = {
    {"list", 0, "FILE", OPTION_FILE, AT(list), NULL,
     "the list to scan where the command line names none; - is standard input", .standard = "-",
     .is_of_files = true},
    {"output", 'o', "FILE", OPTION_FILE, AT(output), NULL,
     "write results to FILE (.zst compresses)", .otherwise = "standard output"},
    {"history", 0, "FILE", OPTION_FILE, AT(history), NULL,
     "add the run to FILE, an SQLite database, once it is complete (mxgrade history)",
     .otherwise = "none"},
    {"format", 0, "FORMAT", OPTION_SPECIAL, 0, read_format, "jsonl, or csv: a row for each domain",
     .standard = "jsonl", .words = "jsonl csv"},
    {"bom", 0, NULL, OPTION_FLAG, AT(byte_order_mark), NULL,
     "begin CSV with a byte order mark, for spreadsheets that want one", .standard = "no"},
    {"column", 0, "NAME", OPTION_TEXT, AT(column), NULL,
     "the column of LIST that holds the domains, by its name or number",
     .otherwise = "found by its name and by what is in it"},
    {"sheet", 0, "NAME", OPTION_TEXT, AT(sheet), NULL, "the sheet of LIST, where it is a workbook",
     .otherwise = "the first that is not hidden"},
    {"encoding", 0, "NAME", OPTION_SPECIAL, 0, read_encoding,
     "the encoding of LIST, as iconv calls it", .otherwise = "found out, and said if not UTF-8"},
    {"strict", 0, NULL, OPTION_FLAG, AT(strict), NULL,
     "exit with status 2 if a row of LIST cannot be used", .standard = "no"},
    {"hosts", 0, NULL, OPTION_FLAG, AT(hosts), NULL,
     "LIST holds MX hosts, host[:port] or address[:port]; no MX look-up", .standard = "no"},
    {"resolver", 0, "ADDR[:PORT]", OPTION_TEXT, AT(resolver), NULL,
     "ask this resolver (several: with commas) in place of the system's; own: start unbound for "
     "this run, which validates DNSSEC",
     .otherwise = "the system's"},
    {"resolver-config", 0, "FILE", OPTION_FILE, AT(resolver_config), NULL,
     "with --resolver own: configuration of unbound on top of ours, such as forward-zone",
     .otherwise = "none"},
    {"trust-ad", 0, NULL, OPTION_FLAG, AT(trust_ad), NULL,
     "believe the resolver's AD bit although it is not on this machine", .standard = "no"},
    {"port", 0, "N", OPTION_PORT, AT(port), NULL, "connect to port N in place of 25",
     .otherwise = "the port of each service"},
    {"https-port", 0, "N", OPTION_PORT, AT(https_port), NULL,
     "fetch MTA-STS policies from port N (for tests)", .otherwise = "443"},
    {"services", 0, "LIST", OPTION_TEXT, AT(services), NULL,
     "of smtp, submission, submissions, imap, imaps, pop3, pop3s, sieve, with commas",
     .standard = "smtp", .words = "smtp submission submissions imap imaps pop3 pop3s sieve"},
    {"submission-on-mx", 0, NULL, OPTION_FLAG, AT(submission_on_mx), NULL,
     "look for submission on the MX hosts where the domain has no SRV record for it",
     .standard = "no"},
    {"depth", 0, "DEPTH", OPTION_SPECIAL, 0, read_depth,
     "quick: one handshake per host name; standard: every finding decided but SSLv2 and suites "
     "without encryption beside TLS 1.3; deep: these too, every suite and group",
     .standard = "standard", .words = "quick standard deep"},
    {"exclude", 0, "FILE", OPTION_FILE, AT(exclude_file), NULL,
     "names and CIDR prefixes that are never touched, one a line", .otherwise = "none"},
    {"threads", 0, "N", OPTION_COUNT, AT(num_threads), NULL, "worker threads",
     .otherwise = "one for each processor"},
    {"concurrency", 0, "N", OPTION_COUNT, AT(concurrency), NULL, "connections in flight at most",
     .standard = "10000"},
    {"rate", 0, "N", OPTION_RATE, AT(rate), NULL, "new connections a second at most, 0: no limit",
     .standard = "500"},
    {"per-address", 0, "N", OPTION_COUNT, AT(per_address), NULL,
     "connections to one address at once", .standard = "2"},
    {"max-addresses", 0, "N", OPTION_COUNT, AT(max_addresses), NULL,
     "addresses of one domain that are asked at most", .standard = "32"},
    {"per-provider", 0, "N", OPTION_COUNT, AT(per_provider), NULL,
     "connections to one provider at once", .standard = "60"},
    {"provider-rate", 0, "N", OPTION_RATE, AT(provider_rate), NULL,
     "new connections to one provider a second, 0: no limit", .standard = "110"},
    {"canary", 0, "NAME", OPTION_TEXTS, AT(canaries), NULL,
     "end the run unless NAME has an address or MX records (repeatable)", .otherwise = "none"},
    {"canary-absent", 0, "NAME", OPTION_TEXTS, AT(absent_canaries), NULL,
     "end the run if NAME has any, as nobody has that name (repeatable)", .otherwise = "none"},
    {"allow-net", 0, "CIDR", OPTION_TEXTS, AT(allow_net), NULL,
     "contact this network although it is not public (repeatable)", .otherwise = "none"},
    {"ca-file", 0, "FILE", OPTION_FILE, AT(ca_file), NULL,
     "trust these roots (PEM) in place of the system's", .otherwise = "the system's roots"},
    {"extra-ca", 0, "FILE", OPTION_FILES, AT(extra_ca), NULL,
     "trust these roots (PEM) too, beside the others (repeatable)", .otherwise = "none"},
    {"source", 0, "ADDR", OPTION_TEXTS, AT(source_texts), NULL,
     "call from this address of this machine (repeatable; each has a pace of its own)",
     .otherwise = "as the routes say"},
    {"proxy", 0, "URL", OPTION_TEXT, AT(proxy_url), NULL,
     "connect through socks5://[USER:PASSWORD@]HOST:PORT, or http:// for HTTP CONNECT",
     .otherwise = "none"},
    {"ehlo", 0, "NAME", OPTION_SPECIAL, 0, read_ehlo, "greet with NAME",
     .otherwise = "the PTR name of the address that is called from"},
    {"geo", 0, "FILE", OPTION_FILES, AT(geo), NULL,
     "MaxMind-format database for country and AS (repeatable)", .otherwise = "none"},
    {"now", 0, "TIME", OPTION_SPECIAL, 0, read_now,
     "judge certificates at TIME: RFC 3339, or @ and seconds since 1970",
     .otherwise = "when the run begins"},
    {"resume", 0, NULL, OPTION_FLAG, AT(resume), NULL, "continue the results in --output FILE",
     .standard = "no"},
    {"retry-unknown", 0, NULL, OPTION_FLAG, AT(retry_unknown), NULL,
     "with --resume: ask again what was unknown for reasons of ours", .standard = "no"},
    {"since", 0, "OLD", OPTION_FILE, AT(since), NULL,
     "scan a part of LIST and take the rest over from OLD, the results of an earlier run",
     .otherwise = "all of LIST is scanned"},
    {"only", 0, "WORDS", OPTION_SPECIAL, 0, read_only,
     "with --since: what is scanned beside lines that OLD lacks: changed, failed, unknown, "
     "older-than=7d, with commas",
     .otherwise = "new: only what OLD lacks", .words = "new changed failed unknown"},
    {"shard", 0, "K/N", OPTION_SPECIAL, 0, read_shard, "scan the K-th of N parts of the list",
     .standard = "1/1"},
    {"progress", 0, "WHEN", OPTION_SPECIAL, 0, read_progress,
     "show a line of progress: auto (on a terminal), always, never", .standard = "auto",
     .words = "auto always never"},
    {"metrics", 0, "FILE", OPTION_FILE, AT(metrics), NULL,
     "write the figures of the run to FILE, as Prometheus reads them", .otherwise = "none"},
    {"results", 0, "FOLDER", OPTION_FILE, AT(nights.folder), NULL,
     "the folder of the nights, their comparisons and their history",
     .standard = "/var/lib/mxgrade", .is_of_nights = true},
    {"keep", 0, "N", OPTION_COUNT, AT(nights.keep), NULL, "nights that are kept", .standard = "30",
     .is_of_nights = true},
    {"notify-command", 0, "COMMAND", OPTION_TEXT, AT(nights.notify_command), NULL,
     "run COMMAND by a shell when something changed, with the comparison on its standard input",
     .otherwise = "nobody is told", .is_of_nights = true},
    {"notify-timeout", 0, "SECONDS", OPTION_SECONDS, AT(nights.notify_seconds), NULL,
     "for that command", .standard = "120", .is_of_nights = true},
    {"notify", 0, "WHEN", OPTION_SPECIAL, 0, read_notify,
     "now: at the end of the night; later: another process does; only: tell of the last night, "
     "scan "
     "nothing",
     .standard = "now", .words = "now later only", .is_of_nights = true},
    {"policy", 0, "FILE", OPTION_FILE, AT(policy_file), NULL,
     "re-weight findings; \"mxgrade explain policy\" has the format",
     .otherwise = "the built-in weights"},
    {"accept", 0, "FILE", OPTION_FILE, AT(accept_file), NULL,
     "findings that are lived with, of whom and until when: they stay in the records, and are out "
     "of --fail-on and of what is told of a night",
     .otherwise = "nothing is accepted"},
    {"fail-on", 0, "GRADE", OPTION_SPECIAL, 0, read_fail_on,
     "exit with status 1 if a domain has this grade, A+ to F, or a worse one", .otherwise = "never",
     .words = "A+ A B C D F"},
    {"ipv4-only", '4', NULL, OPTION_SPECIAL, 0, read_ipv4, "IPv4 addresses only", .standard = "no",
     .contrary = "ipv6-only"},
    {"ipv6-only", '6', NULL, OPTION_SPECIAL, 0, read_ipv6, "IPv6 addresses only", .standard = "no",
     .contrary = "ipv4-only"},
    {"config", 0, "FILE", OPTION_CONFIGURATION, 0, NULL,
     "read options from FILE, \"name = value\" a line; the command line wins over it",
     .otherwise = "none"},
    {"verbose", 'v', NULL, OPTION_FLAG, AT(verbose), NULL,
     "show the way of each dialogue on stderr", .standard = "no"},
    {"user", 0, "NAME", OPTION_TEXT, AT(user), NULL,
     "started by root: become NAME, who is not root, once the list and the output are open and "
     "before anybody is called",
     .otherwise = "root stays root"},
    {"sandbox", 0, "WHAT", OPTION_OFF, AT(sandbox_is_off), NULL,
     "on: give up all files but those of the options, new programs and listening before anybody is "
     "called (docs/security.md); off: keep them",
     .standard = "on", .words = "on off"},
    {"connect-timeout", 0, "SECONDS", OPTION_SECONDS, AT(limits.connect), NULL, "for a connection",
     .standard = "10"},
    {"banner-timeout", 0, "SECONDS", OPTION_SECONDS, AT(limits.greeting), NULL,
     "for the greeting, which servers delay on purpose", .standard = "35"},
    {"reply-timeout", 0, "SECONDS", OPTION_SECONDS, AT(limits.reply), NULL,
     "for the reply to a command", .standard = "20"},
    {"handshake-timeout", 0, "SECONDS", OPTION_SECONDS, AT(limits.handshake), NULL,
     "for a TLS handshake", .standard = "20"},
    {"target-timeout", 0, "SECONDS", OPTION_SECONDS, AT(limits.target), NULL,
     "for one dialogue in all", .standard = "90"},
    {"https-timeout", 0, "SECONDS", OPTION_SECONDS, AT(limits.https), NULL,
     "for one fetch of an MTA-STS policy in all", .standard = "60"},
    {"dns-timeout", 0, "SECONDS", OPTION_SECONDS, AT(dns_timeout), NULL,
     "for one try of a question to the resolver", .standard = "3"},
    {"dns-concurrency", 0, "N", OPTION_COUNT, AT(dns_concurrency), NULL,
     "questions to the resolver at once", .standard = "500"},
    {"retry-wait", 0, "SECONDS", OPTION_SECONDS, AT(retry_wait), NULL,
     "before a 4xx is tried again, then four times as long", .standard = "30"},
    {"max-retries", 0, "N", OPTION_NUMBER, AT(max_retries), NULL, "tries after a 4xx, 0: none",
     .standard = "2"},
};

const struct option_table scan_options = OPTION_TABLE(rules);

/* ---- The configuration ---- */

void config_init(struct config *config)
{
    memset(config, 0, sizeof(*config));
    long num_processors = sysconf(_SC_NPROCESSORS_ONLN);
    config->ipv4 = true;
    config->ipv6 = true;
    config->now = (int64_t)clock_wall();
    config->num_threads = num_processors > 0 && num_processors < 256 ? (unsigned)num_processors : 1;
    config->limits.turn = 600;
    config->limits.quit = 3;
    for (size_t i = 0; i < scan_options.num_rules; i++) {
        if (rules[i].standard != NULL) {
            (void)option_read(&rules[i], config, 0, rules[i].standard);
        }
    }
    config->seed = table_seed_random();
}

void config_fini(struct config *config)
{
    free(config->allowed.items);
    free(config->source_ehlo);
    source_addresses_free(config->sources);
    free(config->proxy);
    struct config_text *text;
    while ((text = SLIST_FIRST(&config->file_texts)) != NULL) {
        SLIST_REMOVE_HEAD(&config->file_texts, next);
        free(text);
    }
}

static bool read_allowed(struct config *config)
{
    size_t num = config->allow_net.num_items;
    config->allowed.items = calloc(num + 1, sizeof(*config->allowed.items));
    if (config->allowed.items == NULL) {
        log_message("out of memory");
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

static bool read_sources(struct config *config)
{
    char error[256];
    if (config->source_texts.num_items == 0) {
        return true;
    }
    config->sources = source_addresses_new(config->source_texts.items,
                                           config->source_texts.num_items, error, sizeof(error));
    if (config->sources == NULL) {
        log_message("--source %s", error);
    }
    return config->sources != NULL;
}

static bool read_proxy(struct config *config)
{
    if (config->proxy_url == NULL) {
        return true;
    }
    config->proxy = calloc(1, sizeof(*config->proxy));
    const char *problem =
        config->proxy != NULL ? proxy_parse(config->proxy_url, config->proxy) : "out of memory";
    if (problem == NULL && config->sources != NULL) {
        problem = "it calls from an address of its own, so that --source can do nothing";
    }
    if (problem != NULL) {
        log_message("--proxy: %s", problem); /* the URL may hold a password */
    }
    return problem == NULL;
}

/* Networks are prefixes, and addresses read, by the time the run starts. */
bool scan_options_finish(struct config *config)
{
    return read_allowed(config) && read_sources(config) && read_proxy(config);
}

bool scan_options_parse(const struct command *command, struct config *config, int argc, char **argv,
                        struct option_origins *origins, struct operands *out_operands,
                        int *out_status)
{
    if (!options_parse(command, config, argc, argv, origins, out_operands, out_status)) {
        return false;
    }
    *out_status = 2;
    return scan_options_finish(config);
}
