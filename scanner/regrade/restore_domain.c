#include "scanner/regrade/restore_domain.h"

#include <string.h>

#include "scanner/dialogue/service_smtp.h"
#include "scanner/domain/target_enforcement.h"
#include "scanner/regrade/restore_published.h"

struct restoring {
    const struct domain_record *record;
    uint64_t line;
    const struct endpoint_index *index;
    struct arena *arena;
    struct restored_domain *out;
};

/* ---- Endpoints ---- */

static bool is_no_text(const char *text)
{
    return text == NULL || text[0] == '\0';
}

/* The caller sets all of `key` but the address and the port. */
static enum restored restore_summary(struct restoring *restoring, struct endpoint_key key,
                                     const struct mx_endpoint *endpoint,
                                     struct endpoint_summary *summary)
{
    const struct endpoint_before before = {endpoint->outcome, endpoint->grade, endpoint->score};
    key.address = endpoint->address;
    key.port = endpoint->port;
    summary->port = endpoint->port;
    if ((!is_no_text(endpoint->address) && !address_parse(endpoint->address, &summary->address)) ||
        !endpoint_index_find(restoring->index, &key, restoring->line, &before, summary)) {
        restoring->out->missing = key;
        return RESTORED_ENDPOINT_MISSING;
    }
    return RESTORED;
}

/* ---- Hosts ---- */

static struct host_caa *restore_caa(const struct mx_record *host, struct arena *arena)
{
    struct host_caa *caa = arena_alloc(arena, sizeof(*caa));
    for (size_t i = 0; caa != NULL && i < host->num_caa && i < CAA_TEXTS_MAX; i++) {
        strncpy(caa->texts[i], host->caa[i], CAA_TEXT_MAX - 1);
        caa->num_texts++;
    }
    return caa;
}

/* The record names the outcome of a failed look-up only. Without addresses the host's outcome is
 * that of the look-up. */
static enum outcome lookup_of(const struct mx_record *host)
{
    if (host->lookup != OUTCOME_NOT_TESTED) {
        return host->lookup;
    }
    return host->num_endpoints > 0 ? OUTCOME_OK : host->outcome;
}

static enum restored restore_result(struct restoring *restoring, const struct mx_record *host,
                                    const char *service, struct target_mx *mx)
{
    struct host_result *result = arena_alloc(
        restoring->arena, sizeof(*result) + host->num_endpoints * sizeof(result->endpoints[0]));
    /* A copy: `missing` may name the host after mx->host has been released. */
    const char *name =
        arena_copy(restoring->arena, hostname_text(mx->host), hostname_len(mx->host));
    if (result == NULL || name == NULL) {
        return RESTORED_NO_MEMORY;
    }
    const struct endpoint_key key = {.service = service, .host = name};
    for (size_t i = 0; i < host->num_endpoints; i++) {
        enum restored restored =
            restore_summary(restoring, key, &host->endpoints[i], &result->endpoints[i]);
        if (restored != RESTORED) {
            return restored;
        }
    }
    result->num_endpoints = host->num_endpoints;
    result->aliased = host->is_alias;
    result->num_left = host->addresses_left;
    result->dnssec = host->dnssec;
    result->dane = host->is_named ? DANE_MISMATCH : host->dane;
    result->bogus = host->bogus;
    result->lookup = lookup_of(host);
    result->outcome = host_outcome(result->lookup, result->endpoints, result->num_endpoints);
    if (host->num_caa > 0) {
        result->caa = restore_caa(host, restoring->arena);
        if (result->caa == NULL) {
            return RESTORED_NO_MEMORY;
        }
    }
    mx->result = result;
    return RESTORED;
}

static enum restored restore_host(struct restoring *restoring, const struct mx_record *host,
                                  const char *service, struct target_mx *mx)
{
    *mx = (struct target_mx){
        .preference = host->preference,
        .name = host->host.bytes != NULL ? host->host.bytes : "",
        .is_named = host->is_named,
    };
    if (!target_mx_read_name(mx)) {
        return RESTORED_NO_MEMORY;
    }
    return mx->host != NULL ? restore_result(restoring, host, service, mx) : RESTORED;
}

/* ---- Mail ---- */

/* Without MX records the domain itself is its mail host (RFC 5321 section 5.1). If it has no
 * address, the record lists no host. */
static bool was_implicit(const struct domain_record *record)
{
    return record->mail == MAIL_NONE && record->dns_outcome == OUTCOME_DNS_NODATA;
}

static enum restored restore_missing_host(struct restoring *restoring)
{
    static const struct mx_record missing = {.preference = -1, .outcome = OUTCOME_DNS_NODATA};
    struct mx_record host = missing;
    struct restored_domain *out = restoring->out;
    out->mx = arena_alloc(restoring->arena, sizeof(*out->mx));
    if (out->mx == NULL) {
        return RESTORED_NO_MEMORY;
    }
    const char *domain = restoring->record->domain != NULL ? restoring->record->domain : "";
    host.host = (struct text){domain, strlen(domain)};
    out->record.mail = MAIL_IMPLICIT;
    out->evidence.num_mx = 1;
    return restore_host(restoring, &host, service_smtp.name, &out->mx[0]);
}

static enum restored restore_mx(struct restoring *restoring)
{
    const struct domain_record *record = restoring->record;
    struct restored_domain *out = restoring->out;
    if (was_implicit(record)) {
        return restore_missing_host(restoring);
    }
    out->mx = arena_alloc(restoring->arena, (record->num_mx + 1) * sizeof(*out->mx));
    enum restored restored = out->mx != NULL ? RESTORED : RESTORED_NO_MEMORY;
    for (size_t i = 0; i < record->num_mx && restored == RESTORED; i++) {
        restored = restore_host(restoring, &record->mx[i], service_smtp.name, &out->mx[i]);
        out->evidence.num_mx++;
    }
    return restored;
}

/* Takes the published policy from the record and judges the hosts under it again. */
static void restore_mta_sts(struct restoring *restoring)
{
    struct restored_domain *out = restoring->out;
    struct domain_published *published = &out->published;
    restore_published(restoring->record, published);
    out->evidence.enforcement.mta_sts =
        target_enforcement_mta_sts(published, out->mx, out->evidence.num_mx, restoring->arena);
}

/* ---- Services ---- */

static size_t rows_of_service(const struct domain_record *record, size_t first)
{
    const char *name = record->services[first].service;
    size_t num = 1;
    while (name != NULL && first + num < record->num_services &&
           record->services[first + num].service != NULL &&
           strcmp(record->services[first + num].service, name) == 0) {
        num++;
    }
    return num;
}

static enum restored restore_service(struct restoring *restoring, const struct service_record *rows,
                                     size_t num_rows, struct target_service *service)
{
    *service = (struct target_service){
        .name = rows[0].service, .outcome = rows[0].lookup, .offered = rows[0].offered};
    service->hosts = arena_alloc(restoring->arena, num_rows * sizeof(*service->hosts));
    enum restored restored = service->hosts != NULL ? RESTORED : RESTORED_NO_MEMORY;
    for (size_t i = 0; i < num_rows && rows[i].host.host.bytes != NULL && restored == RESTORED;
         i++) {
        restored = restore_host(restoring, &rows[i].host, service->name, &service->hosts[i]);
        service->hosts[i].port = rows[i].port;
        service->num_hosts++;
    }
    return restored;
}

static enum restored restore_services(struct restoring *restoring)
{
    const struct domain_record *record = restoring->record;
    struct restored_domain *out = restoring->out;
    out->services =
        arena_alloc(restoring->arena, (record->num_services + 1) * sizeof(*out->services));
    enum restored restored = out->services != NULL ? RESTORED : RESTORED_NO_MEMORY;
    for (size_t first = 0; first < record->num_services && restored == RESTORED;) {
        size_t num = rows_of_service(record, first);
        restored = restore_service(restoring, &record->services[first], num,
                                   &out->services[out->evidence.num_services++]);
        first += num;
    }
    return restored;
}

/* ---- All together ---- */

static void release_hosts(const struct target_mx *hosts, size_t num_hosts)
{
    for (size_t i = 0; i < num_hosts; i++) {
        hostname_release(hosts[i].host);
    }
}

void restored_domain_release(struct restored_domain *domain)
{
    release_hosts(domain->mx, domain->evidence.num_mx);
    for (size_t i = 0; i < domain->evidence.num_services; i++) {
        release_hosts(domain->services[i].hosts, domain->services[i].num_hosts);
    }
}

/* Keeps the input line and the DNS results of a record. */
static struct domain_record without_verdict(const struct domain_record *record)
{
    return (struct domain_record){
        .domain = record->domain,
        .input = record->input,
        .form = record->form,
        .line = record->line,
        .fields = record->fields,
        .num_fields = record->num_fields,
        .mail = record->mail,
        .dns_outcome = record->dns_outcome,
        .dnssec = record->dnssec,
        .mx_bogus = record->mx_bogus,
        .mta_sts.max_age = -1,
        .started = record->started,
        .run = record->run,
        .is_carried = record->is_carried,
    };
}

enum restored restore_domain(const struct domain_record *record, uint64_t line, bool grades_by_mx,
                             const struct endpoint_index *index, struct arena *arena,
                             struct restored_domain *out_domain)
{
    struct restoring restoring = {record, line, index, arena, out_domain};
    bool takes_mail = record->mail == MAIL_MX || record->mail == MAIL_IMPLICIT;
    if (record->dns_outcome == OUTCOME_LOCAL_ERROR || record->dns_outcome == OUTCOME_INTERRUPTED) {
        return RESTORED_GIVEN_UP;
    }
    *out_domain = (struct restored_domain){
        .record = without_verdict(record),
        .evidence = {.enforcement = {.is_asked = grades_by_mx && takes_mail,
                                     .dane = record->dane,
                                     .mx_is_signed = record->dnssec.value == TRI_YES,
                                     .tls_rpt = record->tls_rpt,
                                     .spf = record->spf,
                                     .dmarc = record->dmarc},
                     .trusts_resolver = true, /* if it was not, the record's DANE is unknown */
                     .grades_by_mx = grades_by_mx,
                     .problem = record->problem},
    };
    enum restored restored = grades_by_mx ? restore_mx(&restoring) : RESTORED;
    if (restored == RESTORED && out_domain->evidence.enforcement.is_asked) {
        restore_mta_sts(&restoring);
    }
    if (restored == RESTORED) {
        restored = restore_services(&restoring);
    }
    out_domain->evidence.mx = out_domain->mx;
    out_domain->evidence.services = out_domain->services;
    if (restored != RESTORED) {
        restored_domain_release(out_domain);
    }
    return restored;
}
