#include "benchmarks/fleet/expect.h"

#include <string.h>

#include <openssl/ssl.h>

#include "benchmarks/fleet/names.h"
#include "benchmarks/fleet/world.h"

/* Called for each host that a domain's MX lead to; the preference is -1 for an implicit MX. */
typedef void visit_host(const struct options *options, const struct host *host, int preference,
                        void *context);

static bool has_shared_hosts(const struct shape *shape)
{
    return shape->mx == MX_PROVIDER || shape->mx == MX_HOSTER;
}

static void visit_hosts(const struct options *options, uint32_t domain, visit_host *visit,
                        void *context)
{
    const struct shape *shape = world_shape(options, domain);
    struct host host = {.index = domain};
    if (shape->mx == MX_CUSTOMER) {
        host.owner = OWNER_POOL;
        host.variant = world_pool(options, domain);
        visit(options, &host, 0, context);
        return;
    }
    if (has_shared_hosts(shape)) {
        host = (struct host){.owner = OWNER_PROVIDER, .index = world_provider(options, domain)};
        for (host.variant = 0; host.variant < WORLD_PROVIDER_HOSTS; host.variant++) {
            visit(options, &host, world_provider_preference(host.variant), context);
        }
        return;
    }
    for (host.variant = 0; host.variant < SHAPE_HOSTS; host.variant++) {
        const struct shape_host *entry = &shape->hosts[host.variant];
        if (entry->target != TARGET_NONE &&
            (entry->preference != PREFERENCE_UNLISTED || shape->mx == MX_IMPLICIT)) {
            visit(options, &host, entry->preference, context);
        }
    }
}

/* The host whose addresses a name leads to: another one behind an alias. */
static struct host resolve(const struct options *options, const struct host *host,
                           enum target_kind *out_target)
{
    struct host end = *host;
    *out_target = TARGET_ADDRESSES;
    if (host->owner == OWNER_DOMAIN) {
        const struct shape *shape = world_shape(options, host->index);
        if (shape->hosts[end.variant].target == TARGET_ALIAS) {
            end.variant++;
        }
        *out_target = shape->hosts[end.variant].target;
    }
    return end;
}

/* The address that a host without a place in the fleet resolves to; NULL if to none. */
static const char *foreign_address(enum target_kind target)
{
    switch (target) {
    case TARGET_PRIVATE:
        return "\"10.0.0.1\"";
    case TARGET_METADATA:
        return "\"169.254.169.254\"";
    case TARGET_IPV6_LOOPBACK:
        return "\"::1\"";
    default:
        return NULL;
    }
}

void expect_domains(const struct options *options, FILE *stream)
{
    char name[NAME_MAX_LEN];
    for (uint32_t i = 0; i < options->num_hosts; i++) {
        names_domain(options, i, name);
        fprintf(stream, "%s\n", name);
    }
}

static void print_host(const struct options *options, const struct host *host, int preference,
                       void *context)
{
    FILE *stream = context;
    char name[NAME_MAX_LEN];
    (void)preference;
    names_host(options, host, name);
    fprintf(stream, "%s\n", name);
}

/* True if some domain uses the provider: only then its hosts are part of the fleet. */
static bool provider_in_use(const struct options *options, uint32_t provider)
{
    for (uint32_t i = 0; i < options->num_hosts; i++) {
        if (has_shared_hosts(world_shape(options, i)) && world_provider(options, i) == provider) {
            return true;
        }
    }
    return false;
}

/* Each host once: those of the providers apart from those of the domains. */
static void visit_each_host_once(const struct options *options, visit_host *visit, void *context)
{
    for (uint32_t provider = 0; provider < WORLD_PROVIDERS; provider++) {
        struct host host = {.owner = OWNER_PROVIDER, .index = provider};
        if (!provider_in_use(options, provider)) {
            continue;
        }
        for (host.variant = 0; host.variant < WORLD_PROVIDER_HOSTS; host.variant++) {
            visit(options, &host, world_provider_preference(host.variant), context);
        }
    }
    for (uint32_t i = 0; i < options->num_hosts; i++) {
        if (!has_shared_hosts(world_shape(options, i))) {
            visit_hosts(options, i, visit, context);
        }
    }
}

void expect_hosts(const struct options *options, FILE *stream)
{
    visit_each_host_once(options, print_host, stream);
}

void expect_behaviours(FILE *stream)
{
    for (size_t i = 0; i < shape_count(); i++) {
        fprintf(stream, "shape     %-22s %5u  %s\n", shape_at(i)->name, shape_at(i)->weight,
                shape_at(i)->dns_outcome);
    }
    for (size_t i = 0; i < behaviour_count(); i++) {
        fprintf(stream, "behaviour %-22s %5u  %s\n", behaviour_at(i)->name, behaviour_at(i)->weight,
                behaviour_at(i)->outcome);
    }
}

struct mx_printer {
    FILE *stream;
    unsigned num_printed;
};

static void print_addresses(const struct options *options, const struct host *host, FILE *stream)
{
    unsigned num_addresses = world_num_addresses(options, host);
    char address[NAME_MAX_LEN];
    for (unsigned i = 0; i < num_addresses; i++) {
        names_address(world_address(world_host_slot(options, host, i)), address);
        fprintf(stream, "%s\"%s\"", i > 0 ? "," : "", address);
    }
}

/* A host that could be graded was observed, be it badly. */
static void print_host_outcome(const struct behaviour *behaviour, FILE *stream)
{
    bool observed = strcmp(behaviour->grade, "U") != 0;
    fprintf(stream, "\"outcome\":\"%s\",", observed ? "ok" : behaviour->outcome);
}

static void print_mx(const struct options *options, const struct host *host, int preference,
                     void *context)
{
    struct mx_printer *printer = context;
    FILE *stream = printer->stream;
    char name[NAME_MAX_LEN];
    enum target_kind target;
    struct host end = resolve(options, host, &target);
    names_host(options, host, name);
    fprintf(stream, "%s{\"preference\":%d,\"host\":\"%s\",", printer->num_printed++ > 0 ? "," : "",
            preference, name);
    const char *outcome = target_outcome(target);
    if (outcome != NULL) {
        const char *address = foreign_address(target);
        fprintf(stream, "\"outcome\":\"%s\",\"addresses\":[%s]}", outcome,
                address != NULL ? address : "");
        return;
    }
    const struct behaviour *behaviour = world_behaviour(options, &end);
    print_host_outcome(behaviour, stream);
    fprintf(stream, "\"behaviour\":\"%s\",\"addresses\":[", behaviour->name);
    print_addresses(options, &end, stream);
    fputs("]}", stream);
}

static void print_literal_mx(const struct options *options, uint32_t domain, FILE *stream)
{
    char address[NAME_MAX_LEN];
    names_address(world_address(world_host_slot(options, &(struct host){.index = domain}, 0)),
                  address);
    fprintf(stream,
            "{\"preference\":10,\"host\":\"%s\",\"outcome\":\"mx_invalid\",\"addresses\":[]}",
            address);
}

static void print_domain(const struct options *options, uint32_t domain, FILE *stream)
{
    const struct shape *shape = world_shape(options, domain);
    char name[NAME_MAX_LEN];
    names_domain(options, domain, name);
    fprintf(stream,
            "{\"type\":\"domain\",\"domain\":\"%s\",\"shape\":\"%s\",\"mail\":\"%s\","
            "\"dns_outcome\":\"%s\",\"mx\":[",
            name, shape->name, shape->mail, shape->dns_outcome);
    if (shape->mx == MX_LITERAL) {
        print_literal_mx(options, domain, stream);
    } else {
        struct mx_printer printer = {.stream = stream};
        visit_hosts(options, domain, print_mx, &printer);
    }
    fputs("]}\n", stream);
}

static void print_versions(const struct behaviour *behaviour, FILE *stream)
{
    static const struct {
        const char *name;
        uint16_t version;
    } versions[] = {
        {"SSLv2", 0},
        {"SSLv3", SSL3_VERSION},
        {"TLSv1.0", TLS1_VERSION},
        {"TLSv1.1", TLS1_1_VERSION},
        {"TLSv1.2", TLS1_2_VERSION},
        {"TLSv1.3", TLS1_3_VERSION},
    };
    uint16_t min = UINT16_MAX;
    uint16_t max = 0;
    bool known =
        behaviour_versions(behaviour, &min, &max) || behaviour_refuses_every_version(behaviour);
    fputs(",\"versions\":{", stream);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        const char *verdict = "unknown";
        /* No stack has both SSLv2 and TLS 1.3: a scanner need not ask. */
        if (known && (versions[i].version != 0 || max < TLS1_3_VERSION)) {
            verdict = versions[i].version >= min && versions[i].version <= max ? "yes" : "no";
        }
        fprintf(stream, "%s\"%s\":\"%s\"", i > 0 ? "," : "", versions[i].name, verdict);
    }
    fputs("}", stream);
}

/* A comma-separated list of plain words as a JSON array. */
static void print_words(const char *key, const char *words, FILE *stream)
{
    fprintf(stream, ",\"%s\":[", key);
    while (words != NULL && *words != '\0') {
        size_t word_len = strcspn(words, ",");
        fprintf(stream, "\"%.*s\"%s", (int)word_len, words, words[word_len] == ',' ? "," : "");
        words += word_len + (words[word_len] == ',');
    }
    fputs("]", stream);
}

static void print_behaviour(const struct behaviour *behaviour, FILE *stream)
{
    fprintf(stream, "\"behaviour\":\"%s\",\"outcome\":\"%s\"", behaviour->name, behaviour->outcome);
    fprintf(stream,
            ",\"starttls\":{\"advertised\":\"%s\",\"accepted\":\"%s\",\"handshake\":\"%s\"}",
            behaviour->advertised, behaviour->accepted, behaviour->handshake);
    print_versions(behaviour, stream);
    print_words("problems", behaviour->problems, stream);
    print_words("weak", behaviour->weak, stream);
    fprintf(stream, ",\"grade\":\"%s\"}\n", behaviour->grade);
}

static void print_endpoints(const struct options *options, const struct host *host, int preference,
                            void *context)
{
    FILE *stream = context;
    char name[NAME_MAX_LEN];
    char address[NAME_MAX_LEN];
    enum target_kind target;
    struct host end = resolve(options, host, &target);
    (void)preference;
    names_host(options, host, name);
    if (target_outcome(target) != NULL) {
        const char *foreign = foreign_address(target);
        fprintf(stream,
                "{\"type\":\"endpoint\",\"host\":\"%s\",\"address\":%s,\"behaviour\":null,"
                "\"outcome\":\"%s\",\"grade\":\"U\"}\n",
                name, foreign != NULL ? foreign : "null", target_outcome(target));
        return;
    }
    unsigned num_addresses = world_num_addresses(options, &end);
    for (unsigned i = 0; i < num_addresses; i++) {
        names_address(world_address(world_host_slot(options, &end, i)), address);
        fprintf(stream, "{\"type\":\"endpoint\",\"host\":\"%s\",\"address\":\"%s\",", name,
                address);
        print_behaviour(world_behaviour(options, &end), stream);
    }
}

void expect_records(const struct options *options, FILE *stream)
{
    for (uint32_t i = 0; i < options->num_hosts; i++) {
        print_domain(options, i, stream);
    }
    visit_each_host_once(options, print_endpoints, stream);
}
