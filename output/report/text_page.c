#include "output/report/text_page.h"

#include <errno.h>
#include <string.h>

#include "output/file/result_lines.h"
#include "output/record/record_read.h"

struct endpoint {
    struct table_node node; /* the first member: a node is its endpoint */
    struct endpoint_record record;
};

/* What an endpoint is found by. */
struct key {
    const char *host, *address;
    uint16_t port;
};

/* ---- Endpoints ---- */

static uint64_t hash_of(const struct text_page *page, const struct key *key)
{
    const char *host = key->host != NULL ? key->host : "";
    const char *address = key->address != NULL ? key->address : "";
    const uint64_t parts[] = {table_hash(&page->seed, host, strlen(host)),
                              table_hash(&page->seed, address, strlen(address)), key->port};
    return table_hash(&page->seed, parts, sizeof(parts));
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_endpoint(const struct table_node *node, const void *user)
{
    const struct endpoint_record *record = &((const struct endpoint *)node)->record;
    const struct key *key = user;
    return record->port == key->port && is_same(record->host, key->host) &&
           is_same(record->address, key->address);
}

const struct endpoint_record *text_page_endpoint(const struct text_page *page, const char *host,
                                                 const char *address, uint16_t port)
{
    const struct key key = {host, address, port};
    const struct endpoint *found = (const struct endpoint *)table_find(
        &page->endpoints, hash_of(page, &key), is_endpoint, &key);
    return found != NULL ? &found->record : NULL;
}

static bool take_endpoint(struct text_page *page, const struct endpoint_record *record)
{
    const struct key key = {record->host, record->address, record->port};
    struct endpoint *endpoint = arena_alloc(&page->arena, sizeof(*endpoint));
    if (endpoint == NULL) {
        return false;
    }
    endpoint->record = *record;
    return table_insert(&page->endpoints, &endpoint->node, hash_of(page, &key));
}

/* ---- Domains ---- */

/* They were written as they were done, and are wanted as they were asked for. */
static bool take_domain(struct text_page *page, const struct domain_record *record)
{
    struct text_page_domain *domain = arena_alloc(&page->arena, sizeof(*domain));
    if (domain == NULL) {
        return false;
    }
    domain->record = *record;
    struct text_page_domain *before = TAILQ_LAST(&page->domains, text_page_domains);
    while (before != NULL && before->record.line > record->line) {
        before = TAILQ_PREV(before, text_page_domains, next);
    }
    if (before != NULL) {
        TAILQ_INSERT_AFTER(&page->domains, before, domain, next);
    } else {
        TAILQ_INSERT_HEAD(&page->domains, domain, next);
    }
    return true;
}

/* ---- The file ---- */

/* False: no memory. */
static bool take_line(struct text_page *page, struct result_lines *lines)
{
    struct record record;
    enum record_read_status status = result_lines_record(lines, &page->arena, &record);
    if (status == RECORD_READ && record.kind == RECORD_DOMAIN) {
        return take_domain(page, &record.domain);
    }
    if (status == RECORD_READ && record.kind == RECORD_ENDPOINT) {
        return take_endpoint(page, &record.endpoint);
    }
    return status != RECORD_READ_NO_MEMORY;
}

static bool read_lines(struct text_page *page, struct result_lines *lines)
{
    const char *line;
    size_t len;
    while (result_lines_next(lines, &line, &len) == LINE_SOURCE_LINE) {
        if (!take_line(page, lines)) {
            errno = ENOMEM;
            return false;
        }
    }
    return true;
}

bool text_page_open(struct text_page *page, const char *path)
{
    struct result_lines *lines = result_lines_open(path);
    if (lines == NULL) {
        return false;
    }
    *page = (struct text_page){.seed = table_seed_random()};
    TAILQ_INIT(&page->domains);
    bool ok = read_lines(page, lines);
    int error = errno;
    result_lines_close(lines);
    if (!ok) {
        text_page_close(page);
    }
    errno = error;
    return ok;
}

void text_page_close(struct text_page *page)
{
    while (table_take_any(&page->endpoints) != NULL) {}
    table_fini(&page->endpoints);
    arena_free(&page->arena);
}
