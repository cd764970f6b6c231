#include "output/history/history_records.h"

#include <string.h>

#include "io/base/calendar.h"
#include "output/history/history_content.h"
#include "output/history/history_detail.h"
#include "output/record/record_read.h"

/* ---- Domains ---- */

/* A host of a domain, with the addresses that it has in the run. */
static bool give_addresses(struct mx_record *mx, const struct history_hosts *hosts,
                           struct arena *arena)
{
    bool has_own = mx->num_endpoints == 1 && mx->endpoints[0].address != NULL &&
                   strcmp(mx->endpoints[0].address, HISTORY_HOSTS_OWN) == 0;
    if (!has_own) {
        return true;
    }
    const struct history_host *host =
        mx->host.bytes != NULL ? history_hosts_find(hosts, mx->host.bytes, mx->endpoints[0].port)
                               : NULL;
    size_t num = host != NULL ? host->num_addresses : 0;
    struct mx_endpoint *endpoints = arena_alloc(arena, (num + 1) * sizeof(*endpoints));
    for (size_t i = 0; endpoints != NULL && i < num; i++) {
        endpoints[i] = (struct mx_endpoint){.address = host->addresses[i], .port = host->port};
    }
    mx->endpoints = endpoints;
    mx->num_endpoints = num;
    return endpoints != NULL;
}

static bool give_mx(struct domain_record *domain, const struct history_hosts *hosts,
                    struct arena *arena)
{
    struct mx_record *mx = arena_alloc(arena, (domain->num_mx + 1) * sizeof(*mx));
    bool ok = mx != NULL;
    for (size_t i = 0; ok && i < domain->num_mx; i++) {
        mx[i] = domain->mx[i];
        ok = give_addresses(&mx[i], hosts, arena);
    }
    domain->mx = mx;
    return ok;
}

static bool give_services(struct domain_record *domain, const struct history_hosts *hosts,
                          struct arena *arena)
{
    struct service_record *services =
        arena_alloc(arena, (domain->num_services + 1) * sizeof(*services));
    bool ok = services != NULL;
    for (size_t i = 0; ok && i < domain->num_services; i++) {
        services[i] = domain->services[i];
        ok = give_addresses(&services[i].host, hosts, arena);
    }
    domain->services = services;
    return ok;
}

static bool give_details(struct domain_record *domain, struct arena *arena)
{
    struct history_addresses addresses;
    struct finding *findings = arena_alloc(arena, (domain->num_findings + 1) * sizeof(*findings));
    bool ok = findings != NULL && history_addresses_of(domain, arena, &addresses);
    for (size_t i = 0; ok && i < domain->num_findings; i++) {
        findings[i] = domain->findings[i];
        findings[i].detail = history_detail_unfold(findings[i].detail, &addresses, arena);
    }
    domain->findings = findings;
    return ok && !arena->has_failed;
}

bool history_record_domain(struct text content, const struct history_hosts *hosts,
                           struct arena *arena, struct domain_record *out_domain)
{
    struct record record;
    if (content.bytes == NULL ||
        record_read(content.bytes, content.len, arena, &record) != RECORD_READ ||
        record.kind != RECORD_DOMAIN) {
        return false;
    }
    *out_domain = record.domain;
    return give_mx(out_domain, hosts, arena) && give_services(out_domain, hosts, arena) &&
           give_details(out_domain, arena);
}

/* ---- Endpoints ---- */

/* As a part of a line, which is what can be read. */
bool history_record_certificate(struct text content, struct arena *arena,
                                struct certificate_record *out_certificate)
{
    static const char open[] = "{\"type\":\"endpoint\",\"certificate\":";
    struct record record;
    size_t len = sizeof(open) - 1 + content.len + 1;
    char *line = content.bytes != NULL ? arena_alloc(arena, len) : NULL;
    if (line == NULL) {
        return false;
    }
    memcpy(line, open, sizeof(open) - 1);
    memcpy(line + sizeof(open) - 1, content.bytes, content.len);
    line[len - 1] = '}';
    if (record_read(line, len, arena, &record) != RECORD_READ ||
        record.endpoint.certificate == NULL) {
        return false;
    }
    *out_certificate = *record.endpoint.certificate;
    return true;
}

/* The verdicts on it are the endpoint's, all else is the certificate's. */
static bool give_certificate(struct endpoint_record *endpoint, struct text content, int64_t now,
                             struct arena *arena)
{
    struct certificate_record *certificate = arena_alloc(arena, sizeof(*certificate));
    if (certificate == NULL || !history_record_certificate(content, arena, certificate)) {
        return false;
    }
    if (endpoint->certificate != NULL) {
        certificate->trusted = endpoint->certificate->trusted;
        certificate->name_checked = endpoint->certificate->name_checked;
        certificate->name_match = endpoint->certificate->name_match;
        certificate->problems = endpoint->certificate->problems;
        certificate->ocsp_staple = endpoint->certificate->ocsp_staple;
        certificate->sct = endpoint->certificate->sct;
    }
    certificate->days_left =
        certificate->has_validity ? calendar_days_until(certificate->not_after, now) : 0;
    endpoint->certificate = certificate;
    return true;
}

bool history_record_endpoint(struct text content, struct text certificate, int64_t now,
                             struct arena *arena, struct endpoint_record *out_endpoint)
{
    struct record record;
    if (content.bytes == NULL ||
        record_read(content.bytes, content.len, arena, &record) != RECORD_READ ||
        record.kind != RECORD_ENDPOINT) {
        return false;
    }
    *out_endpoint = record.endpoint;
    return certificate.bytes == NULL || give_certificate(out_endpoint, certificate, now, arena);
}
