#include "scanner/engine/retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/file/result_prune.h"
#include "output/file/resume.h"
#include "scanner/enforcement/dane.h"
#include "scanner/engine/feeder.h"
#include "scanner/engine/retry_reason.h"

/* An endpoint, by the hash of its name, address, port and service. Two that share one are both
 * asked again. */
struct endpoint_node {
    struct table_node node; /* first */
};

struct endpoint_set {
    struct table table;
    const struct table_seed *seed;
};

struct retry {
    bool (*on_run)(void *user, const struct run_record *run);
    void *user;
    unsigned what;             /* bits */
    struct endpoint_set again; /* are asked again */
    struct endpoint_set vague; /* do not tell all, and are asked again with one of their domains */
    struct line_set lines;     /* are asked again */
    uint64_t num_lines;
    bool has_grown; /* in this reading, which another one has to follow */
    bool out_of_memory;
};

/* ---- Sets ---- */

static uint64_t endpoint_hash(const struct endpoint_set *set, struct text host, const char *address,
                              unsigned port, const char *service)
{
    char key[512];
    int len = snprintf(key, sizeof(key), "%s %u %s %.*s", address != NULL ? address : "-", port,
                       service != NULL ? service : "-", host.bytes != NULL ? (int)host.len : 0,
                       host.bytes != NULL ? host.bytes : "");
    return table_hash(set->seed, key, (size_t)len < sizeof(key) ? (size_t)len : sizeof(key) - 1);
}

static bool endpoint_equal(const struct table_node *node, const void *key)
{
    return node->hash == *(const uint64_t *)key;
}

static bool set_has(const struct endpoint_set *set, uint64_t hash)
{
    return table_find(&set->table, hash, endpoint_equal, &hash) != NULL;
}

/* Was it not there before? */
static bool set_add(struct retry *retry, struct endpoint_set *set, uint64_t hash)
{
    if (set_has(set, hash)) {
        return false;
    }
    struct endpoint_node *node = calloc(1, sizeof(*node));
    if (node == NULL || !table_insert(&set->table, &node->node, hash)) {
        free(node);
        retry->out_of_memory = true;
        return false;
    }
    /* cppcheck-suppress memleak ; the set has it */
    return true;
}

static void set_fini(struct endpoint_set *set)
{
    struct table_node *node;
    while ((node = table_take_any(&set->table)) != NULL) {
        free(node);
    }
    table_fini(&set->table);
}

static uint64_t hash_of_record(const struct endpoint_set *set, const struct endpoint_record *record)
{
    const struct text host = {record->host, record->host != NULL ? strlen(record->host) : 0};
    return endpoint_hash(set, host, record->address, record->port, record->service);
}

/* ---- What is asked again ---- */

bool retry_tells_all(const struct endpoint_record *record)
{
    uint32_t problems = dane_problems_of(record->dane_problems, record->num_dane_problems);
    return (problems & DANE_PROBLEM_BIT(DANE_PROBLEM_NAME_MISMATCH)) == 0 &&
           record->dane_bogus == NULL;
}

static void on_endpoint(void *user, const struct endpoint_record *record)
{
    struct retry *retry = user;
    uint64_t hash = hash_of_record(&retry->again, record);
    if (retry_reason_in_endpoint(retry->what, record)) {
        retry->has_grown |= set_add(retry, &retry->again, hash);
    } else if (!retry_tells_all(record)) {
        set_add(retry, &retry->vague, hash);
    }
}

/* Calls visit() for each endpoint of the domain. */
static void each_of_host(struct retry *retry, const struct mx_record *host, const char *service,
                         bool (*visit)(struct retry *retry, uint64_t hash), bool *out_any)
{
    for (size_t i = 0; i < host->num_endpoints; i++) {
        const struct mx_endpoint *endpoint = &host->endpoints[i];
        *out_any |= visit(retry, endpoint_hash(&retry->again, host->host, endpoint->address,
                                               endpoint->port, service));
    }
}

static bool any_endpoint(struct retry *retry, const struct domain_record *domain,
                         bool (*visit)(struct retry *retry, uint64_t hash))
{
    bool any = false;
    for (size_t i = 0; i < domain->num_mx; i++) {
        each_of_host(retry, &domain->mx[i], "smtp", visit, &any);
    }
    for (size_t i = 0; i < domain->num_services; i++) {
        each_of_host(retry, &domain->services[i].host, domain->services[i].service, visit, &any);
    }
    return any;
}

static bool is_asked_again(struct retry *retry, uint64_t hash)
{
    return set_has(&retry->again, hash);
}

static bool ask_if_vague(struct retry *retry, uint64_t hash)
{
    return set_has(&retry->vague, hash) && set_add(retry, &retry->again, hash);
}

static void on_domain(void *user, const struct domain_record *domain)
{
    struct retry *retry = user;
    if (line_set_has(&retry->lines, domain->line) ||
        !(retry_reason_in_domain(retry->what, domain) ||
          any_endpoint(retry, domain, is_asked_again))) {
        return;
    }
    retry->out_of_memory |= !line_set_add(&retry->lines, domain->line);
    retry->num_lines++;
    /* Another domain may have the same endpoints, and stand before this one. */
    any_endpoint(retry, domain, ask_if_vague);
    retry->has_grown = true;
}

static bool on_run(void *user, const struct run_record *run)
{
    const struct retry *retry = user;
    return retry->on_run(retry->user, run);
}

static bool stays(void *user, const struct record *record)
{
    const struct retry *retry = user;
    switch (record->kind) {
    case RECORD_ENDPOINT:
        return !set_has(&retry->again, hash_of_record(&retry->again, &record->endpoint));
    case RECORD_DOMAIN:
        return !line_set_has(&retry->lines, record->domain.line);
    case RECORD_RUN:
    case RECORD_RUN_VOID:
    case RECORD_SUMMARY:
    case RECORD_OTHER:
        break;
    }
    return true;
}

/* ---- All together ---- */

/* Reads the file until nothing more is found: a few times, as what is found spreads from a domain
 * to its endpoints and from these to their domains. */
static enum resume_status look(struct retry *retry, const char *path, char *out_error,
                               size_t error_size)
{
    const struct resume_handler handler = {retry, on_run, on_endpoint, on_domain};
    enum resume_status status = RESUME_NEW;
    uint64_t num_records;
    do {
        retry->has_grown = false;
        status = resume_open(path, &handler, &num_records, out_error, error_size);
    } while (retry->has_grown && !retry->out_of_memory &&
             (status == RESUME_CONTINUE || status == RESUME_COMPLETE));
    return status;
}

static enum retry_status take_out(struct retry *retry, const char *path, char *out_error,
                                  size_t error_size)
{
    if (retry->num_lines == 0 && retry->again.table.num_nodes == 0) {
        return RETRY_READY;
    }
    return result_prune(path, stays, retry, out_error, error_size) ? RETRY_READY : RETRY_ERROR;
}

static enum retry_status prepare(struct retry *retry, const char *path, char *out_error,
                                 size_t error_size)
{
    switch (look(retry, path, out_error, error_size)) {
    case RESUME_NEW:
        return RETRY_READY;
    case RESUME_CONTINUE:
    case RESUME_COMPLETE:
        break;
    case RESUME_REFUSED:
        return RETRY_REFUSED;
    case RESUME_ERROR:
        return RETRY_ERROR;
    }
    if (retry->out_of_memory) {
        snprintf(out_error, error_size, "%s: out of memory", path);
        return RETRY_ERROR;
    }
    return take_out(retry, path, out_error, error_size);
}

enum retry_status retry_prepare(const char *path, unsigned what, const struct table_seed *seed,
                                bool (*on_run_asked)(void *user, const struct run_record *run),
                                void *user, uint64_t *out_num_lines, uint64_t *out_num_endpoints,
                                char *out_error, size_t error_size)
{
    struct retry retry = {
        .on_run = on_run_asked, .user = user, .what = what, .again.seed = seed, .vague.seed = seed};
    enum retry_status status = prepare(&retry, path, out_error, error_size);
    *out_num_lines = retry.num_lines;
    *out_num_endpoints = retry.again.table.num_nodes;
    set_fini(&retry.again);
    set_fini(&retry.vague);
    line_set_fini(&retry.lines);
    return status;
}
