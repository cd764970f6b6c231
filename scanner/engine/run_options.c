#include "scanner/engine/run_options.h"

#include <assert.h>
#include <stdio.h>

#include "io/net/proxy.h"
#include "io/net/source_addresses.h"
#include "output/file/run_match.h"

static void add(struct run_options *options, const char *name, const char *value)
{
    assert(options->num_items < RUN_OPTIONS_MAX);
    options->items[options->num_items++] =
        (struct run_option){name, value != NULL ? value : "", false};
}

/* A number, true or false, or "" where there is none. */
static void add_bare(struct run_options *options, const char *name, const char *value)
{
    add(options, name, value);
    options->items[options->num_items - 1].is_bare = true;
}

static void add_flag(struct run_options *options, const char *name, bool value)
{
    add_bare(options, name, value ? "true" : "false");
}

/* Keeps the text of a number, or of a pair of them. */
static char *number_text(struct run_options *options)
{
    assert(options->num_numbers < RUN_OPTION_NUMBERS_MAX);
    return options->numbers[options->num_numbers++];
}

static void add_count(struct run_options *options, const char *name, unsigned value)
{
    char *text = number_text(options);
    snprintf(text, sizeof(options->numbers[0]), "%u", value);
    add_bare(options, name, text);
}

static void add_seconds(struct run_options *options, const char *name, double value)
{
    char *text = number_text(options);
    snprintf(text, sizeof(options->numbers[0]), "%g", value);
    add_bare(options, name, text);
}

/* 0 is what is taken where nothing was given. */
static void add_port(struct run_options *options, const char *name, uint16_t value)
{
    if (value != 0) {
        add_count(options, name, value);
    } else {
        add_bare(options, name, "");
    }
}

static void add_shard(struct run_options *options, const struct config *config)
{
    char *text = number_text(options);
    snprintf(text, sizeof(options->numbers[0]), "%u/%u", config->shard.number, config->shard.of);
    add(options, "shard", text);
}

/* Several values, with commas between. Of very long ones the last are left out. */
static void add_texts(struct run_options *options, const char *name,
                      const struct config_texts *texts, char text[RUN_OPTION_TEXTS_SIZE])
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < texts->num_items && len < RUN_OPTION_TEXTS_SIZE; i++) {
        len += (size_t)snprintf(text + len, RUN_OPTION_TEXTS_SIZE - len, "%s%s", i > 0 ? "," : "",
                                texts->items[i]);
    }
    add(options, name, text);
}

/* The addresses as this program writes them, the name of each, and the proxy without password. */
static void add_sources(struct run_options *options, const struct config *config)
{
    const struct source_addresses *sources = config->sources;
    char texts[CONFIG_LIST_MAX][ADDRESS_TEXT_MAX];
    struct config_texts addresses = {.num_items = sources != NULL ? sources->num_items : 0};
    struct config_texts names = {.num_items =
                                     config->source_ehlo != NULL ? addresses.num_items : 0};
    for (size_t i = 0; i < addresses.num_items; i++) {
        address_format(&sources->items[i], texts[i]);
        addresses.items[i] = texts[i];
    }
    for (size_t i = 0; i < names.num_items; i++) {
        names.items[i] = config->source_ehlo[i].text;
    }
    if (names.num_items == 0) {
        names.items[names.num_items++] = config->ehlo.text;
    }
    add_texts(options, "source", &addresses, options->source);
    if (config->proxy != NULL) {
        proxy_format(config->proxy, options->proxy);
    }
    add(options, "proxy", options->proxy);
    add_texts(options, "ehlo", &names, options->ehlo);
}

/* A server that is slow or says 4xx gets another verdict from a run with less patience. */
static void add_patience(struct run_options *options, const struct config *config)
{
    add_seconds(options, "connect-timeout", config->limits.connect);
    add_seconds(options, "banner-timeout", config->limits.greeting);
    add_seconds(options, "reply-timeout", config->limits.reply);
    add_seconds(options, "handshake-timeout", config->limits.handshake);
    add_seconds(options, "target-timeout", config->limits.target);
    add_seconds(options, "https-timeout", config->limits.https);
    add_seconds(options, "dns-timeout", config->dns_timeout);
    add_seconds(options, "retry-wait", config->retry_wait);
    add_count(options, "max-retries", config->max_retries);
}

void run_options_of(const struct config *config, struct run_options *out_options)
{
    static const char *const depths[] = {"quick", "standard", "deep"};
    out_options->num_items = 0;
    out_options->num_numbers = 0;
    out_options->proxy[0] = '\0';
    add(out_options, "depth", depths[config->depth]);
    add(out_options, "services", config->services);
    add_flag(out_options, "submission-on-mx", config->submission_on_mx);
    add_flag(out_options, "hosts", config->hosts);
    add(out_options, "column", config->column);
    add(out_options, "encoding", config->encoding);
    add(out_options, "sheet", config->sheet);
    add_port(out_options, "port", config->port);
    add_port(out_options, "https-port", config->https_port);
    add(out_options, "families",
        config->ipv4 && config->ipv6 ? "4 and 6" : (config->ipv4 ? "4" : "6"));
    add_shard(out_options, config);
    add(out_options, "ca-file", config->ca_file);
    add(out_options, "ca-file" RUN_OPTION_OF_FILE, config->ca_file_sha256);
    add_texts(out_options, "extra-ca", &config->extra_ca, out_options->extra_ca);
    add(out_options, "extra-ca" RUN_OPTION_OF_FILE, config->extra_ca_sha256);
    add(out_options, "exclude", config->exclude_file);
    add(out_options, "exclude" RUN_OPTION_OF_FILE, config->exclude_sha256);
    add(out_options, RUN_OPTION_ACCEPT, config->accept_file);
    add(out_options, RUN_OPTION_ACCEPT_SHA256, config->accept_sha256);
    add_count(out_options, "max-addresses", config->max_addresses);
    add_texts(out_options, "allow-net", &config->allow_net, out_options->allow_net);
    add(out_options, "resolver", config->has_own_resolver ? "own" : config->resolver);
    add(out_options, "resolver-config", config->resolver_config);
    add(out_options, "resolver-config" RUN_OPTION_OF_FILE, config->resolver_config_sha256);
    add_flag(out_options, "trust-ad", config->trust_ad);
    add_sources(out_options, config);
    add_patience(out_options, config);
}
