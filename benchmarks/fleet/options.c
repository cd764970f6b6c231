#include "benchmarks/fleet/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/fleet/behaviour.h"
#include "benchmarks/fleet/shape.h"
#include "benchmarks/fleet/world.h"

#define SECONDS_DEFAULT 3600
#define SECONDS_MAX     (7 * 86400)
#define SPAN_MAX_MS     600000
#define MIX_NAME_MAX    64
#define MIX_WEIGHT_MAX  1000000

static const struct {
    const char *name;
    enum command command;
} commands[] = {
    {"serve", COMMAND_SERVE},           {"list", COMMAND_LIST}, {"hosts", COMMAND_HOSTS},
    {"expect", COMMAND_EXPECT},         {"help", COMMAND_HELP}, {"--help", COMMAND_HELP},
    {"behaviours", COMMAND_BEHAVIOURS},
};

void options_usage(FILE *stream)
{
    fputs(
        "usage: fleet COMMAND [options]\n"
        "  serve       run the mail hosts and their DNS until SIGTERM, SIGINT or --seconds\n"
        "  list        print the domains, one a line\n"
        "  hosts       print the MX host names, one a line\n"
        "  expect      print what a scanner must find, as JSON lines\n"
        "  behaviours  print the names that --mix knows, with their default weights\n"
        "options that shape the world (give them alike to every command):\n"
        "  --hosts N            number of domains, each with hosts of its own (5000)\n"
        "  --seed N             another world (1)\n"
        "  --mix NAME=W,...     weights of behaviours and of DNS shapes; naming one of a kind\n"
        "                       sets the others of that kind to 0; \"all\" is every one alike\n"
        "  --each               domain I takes row I: the shapes first, then the behaviours\n"
        "  --own-zones          dI.test and mxI.dI.test instead of dI.fleet.test, mxI.fleet.test\n"
        "options of serve:\n"
        "  --port N             SMTP on every address of 127/8 (2525; 0: any free)\n"
        "  --dns N              DNS on 127.0.0.1, UDP and TCP (5354; 0: any free)\n"
        "  --processes N        serving processes (1)\n"
        "  --seconds N          end after so long (3600)\n"
        "  --rtt MIN:MAX        milliseconds before each reply, by host (0:0)\n"
        "  --banner MIN:MAX     milliseconds more before the greeting, by host (0:0)\n"
        "  --slow-banner A:B    the same for the behaviour banner_delay (1000:8000)\n"
        "  --dns-rtt MIN:MAX    milliseconds before each DNS answer, by name (0:0)\n"
        "  --rate-connections N open connections that banner_421_rate allows (2)\n"
        "  --ban-rate N         new connections a second, to all its addresses together, for "
        "which\n"
        "                       a provider bans the client for good (0: never)\n"
        "  --groups NAMES       the TLS groups of servers that name none, with colons (X25519,\n"
        "                       P-256, P-384)\n"
        "  --write-ca FILE      the root certificate, PEM\n"
        "  --write-intermediate FILE  the intermediate certificate, PEM\n"
        "  --stats FILE         what the clients did, JSON lines: at SIGUSR1 and at the end\n"
        "  --calls FILE         a line for each connection: milliseconds, client, server\n",
        stream);
}

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out_value)
{
    if (*text < '0' || *text > '9') {
        return false;
    }
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < min || value > max) {
        return false;
    }
    *out_value = value;
    return true;
}

static bool parse_unsigned(const char *text, uint64_t min, unsigned max, unsigned *out_value)
{
    uint64_t value;
    if (!parse_number(text, min, max, &value)) {
        return false;
    }
    *out_value = (unsigned)value;
    return true;
}

static bool parse_port(const char *text, uint16_t *out_port)
{
    uint64_t value;
    if (!parse_number(text, 0, 65535, &value)) {
        return false;
    }
    *out_port = (uint16_t)value;
    return true;
}

static bool parse_span(const char *text, struct span_ms *out_span)
{
    const char *colon = strchr(text, ':');
    char first[16];
    if (colon == NULL || (size_t)(colon - text) >= sizeof first) {
        return false;
    }
    memcpy(first, text, (size_t)(colon - text));
    first[colon - text] = '\0';
    uint64_t min;
    uint64_t max;
    if (!parse_number(first, 0, SPAN_MAX_MS, &min) ||
        !parse_number(colon + 1, min, SPAN_MAX_MS, &max)) {
        return false;
    }
    *out_span = (struct span_ms){(uint32_t)min, (uint32_t)max};
    return true;
}

static void mix_default(struct options *options)
{
    for (size_t i = 0; i < behaviour_count(); i++) {
        options->behaviour_weights[i] = behaviour_at(i)->weight;
    }
    for (size_t i = 0; i < shape_count(); i++) {
        options->shape_weights[i] = shape_at(i)->weight;
    }
}

static void mix_all(struct options *options)
{
    for (size_t i = 0; i < behaviour_count(); i++) {
        options->behaviour_weights[i] = 1;
    }
    for (size_t i = 0; i < shape_count(); i++) {
        options->shape_weights[i] = 1;
    }
}

/* One NAME=WEIGHT. The first name of a kind clears that kind's defaults. */
static bool mix_item(struct options *options, const char *item, bool *behaviours_named,
                     bool *shapes_named)
{
    const char *equals = strchr(item, '=');
    char name[MIX_NAME_MAX];
    unsigned weight;
    if (equals == NULL || (size_t)(equals - item) >= sizeof name ||
        !parse_unsigned(equals + 1, 0, MIX_WEIGHT_MAX, &weight)) {
        return false;
    }
    memcpy(name, item, (size_t)(equals - item));
    name[equals - item] = '\0';
    size_t index;
    if (behaviour_find(name, &index)) {
        if (!*behaviours_named) {
            memset(options->behaviour_weights, 0, sizeof options->behaviour_weights);
            *behaviours_named = true;
        }
        options->behaviour_weights[index] = weight;
        return true;
    }
    if (shape_find(name, &index)) {
        if (!*shapes_named) {
            memset(options->shape_weights, 0, sizeof options->shape_weights);
            *shapes_named = true;
        }
        options->shape_weights[index] = weight;
        return true;
    }
    return false;
}

static bool parse_mix(struct options *options, const char *text)
{
    if (strcmp(text, "all") == 0) {
        mix_all(options);
        return true;
    }
    bool behaviours_named = false;
    bool shapes_named = false;
    char item[MIX_NAME_MAX + 16];
    while (*text != '\0') {
        size_t item_len = strcspn(text, ",");
        if (item_len >= sizeof item) {
            return false;
        }
        memcpy(item, text, item_len);
        item[item_len] = '\0';
        if (!mix_item(options, item, &behaviours_named, &shapes_named)) {
            fprintf(stderr, "fleet: the mix cannot hold \"%s\" (see fleet behaviours)\n", item);
            return false;
        }
        text += item_len + (text[item_len] == ',');
    }
    return true;
}

static bool sum_weights(struct options *options)
{
    for (size_t i = 0; i < behaviour_count(); i++) {
        options->behaviour_total += options->behaviour_weights[i];
    }
    for (size_t i = 0; i < shape_count(); i++) {
        options->shape_total += options->shape_weights[i];
    }
    return options->behaviour_total > 0 && options->shape_total > 0;
}

/* True if the option took its value. */
static bool parse_value(struct options *options, const char *name, const char *value)
{
    uint64_t number;
    if (strcmp(name, "--hosts") == 0) {
        return parse_number(value, 1, WORLD_HOSTS_MAX, &number) &&
               (options->num_hosts = (uint32_t)number, true);
    }
    if (strcmp(name, "--seed") == 0) {
        return parse_number(value, 0, UINT64_MAX, &options->seed);
    }
    if (strcmp(name, "--mix") == 0) {
        return parse_mix(options, value);
    }
    if (strcmp(name, "--port") == 0) {
        return parse_port(value, &options->port);
    }
    if (strcmp(name, "--dns") == 0) {
        return parse_port(value, &options->dns_port);
    }
    if (strcmp(name, "--processes") == 0) {
        return parse_unsigned(value, 1, OPTIONS_PROCESSES_MAX, &options->processes);
    }
    if (strcmp(name, "--seconds") == 0) {
        return parse_unsigned(value, 1, SECONDS_MAX, &options->seconds);
    }
    if (strcmp(name, "--rate-connections") == 0) {
        return parse_unsigned(value, 1, 1000000, &options->rate_connections);
    }
    if (strcmp(name, "--ban-rate") == 0) {
        return parse_unsigned(value, 0, 1000000, &options->ban_rate);
    }
    if (strcmp(name, "--rtt") == 0) {
        return parse_span(value, &options->rtt);
    }
    if (strcmp(name, "--banner") == 0) {
        return parse_span(value, &options->banner);
    }
    if (strcmp(name, "--slow-banner") == 0) {
        return parse_span(value, &options->slow_banner);
    }
    if (strcmp(name, "--dns-rtt") == 0) {
        return parse_span(value, &options->dns_rtt);
    }
    const char **file = strcmp(name, "--stats") == 0                ? &options->stats_file
                        : strcmp(name, "--write-ca") == 0           ? &options->root_file
                        : strcmp(name, "--write-intermediate") == 0 ? &options->intermediate_file
                        : strcmp(name, "--groups") == 0             ? &options->groups
                        : strcmp(name, "--calls") == 0              ? &options->calls_file
                                                                    : NULL;
    if (file != NULL) {
        *file = value;
    }
    return file != NULL;
}

static bool parse_command(struct options *options, const char *text)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, text) == 0) {
            options->command = commands[i].command;
            return true;
        }
    }
    return false;
}

bool options_parse(struct options *out_options, int argc, char **argv)
{
    *out_options = (struct options){
        .num_hosts = 5000,
        .seed = 1,
        .port = 2525,
        .dns_port = 5354,
        .processes = 1,
        .seconds = SECONDS_DEFAULT,
        .rate_connections = 2,
        .slow_banner = {1000, 8000},
    };
    if (behaviour_count() > OPTIONS_BEHAVIOURS_MAX || shape_count() > OPTIONS_SHAPES_MAX) {
        fputs("fleet: a table has outgrown its weights (options.h)\n", stderr);
        return false;
    }
    mix_default(out_options);
    if (argc < 2 || !parse_command(out_options, argv[1])) {
        options_usage(stderr);
        return false;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--each") == 0) {
            out_options->each = true;
        } else if (strcmp(argv[i], "--own-zones") == 0) {
            out_options->own_zones = true;
        } else if (i + 1 >= argc || !parse_value(out_options, argv[i], argv[i + 1])) {
            fprintf(stderr, "fleet: %s: unknown, or its value is missing or out of range\n",
                    argv[i]);
            return false;
        } else {
            i++;
        }
    }
    if (!sum_weights(out_options)) {
        fputs("fleet: the mix is empty\n", stderr);
        return false;
    }
    return true;
}
