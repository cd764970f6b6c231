#include "output/diff/diff_side.h"

#include <string.h>

void diff_side_init(struct diff_side *side, const struct result_file *file,
                    const struct domain_record *domain, struct arena *arena)
{
    side->file = file;
    side->domain = domain;
    side->arena = arena;
    side->has_endpoints = false;
    side->num_endpoints = 0;
}

static void load_host(struct diff_side *side, const struct mx_record *host)
{
    for (size_t i = 0; i < host->num_endpoints && side->num_endpoints < DIFF_ENDPOINTS_MAX; i++) {
        const struct mx_endpoint *brief = &host->endpoints[i];
        struct endpoint_record *endpoint = arena_alloc(side->arena, sizeof(*endpoint));
        if (endpoint != NULL && result_file_endpoint(side->file, host->host.bytes, brief->address,
                                                     brief->port, side->arena, endpoint)) {
            side->endpoints[side->num_endpoints++] = endpoint;
        }
    }
}

void diff_side_load(struct diff_side *side)
{
    if (side->has_endpoints) {
        return;
    }
    side->has_endpoints = true;
    for (size_t i = 0; i < side->domain->num_mx; i++) {
        load_host(side, &side->domain->mx[i]);
    }
    for (size_t i = 0; i < side->domain->num_services; i++) {
        load_host(side, &side->domain->services[i].host);
    }
}

bool diff_has_finding(const struct finding *findings, size_t num_findings, const char *code)
{
    for (size_t i = 0; i < num_findings; i++) {
        if (findings[i].code != NULL && strcmp(findings[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- The same on the other side ---- */

bool diff_same_string(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const struct endpoint_record *diff_side_same_endpoint(const struct diff_side *side,
                                                      const struct endpoint_record *endpoint)
{
    for (size_t i = 0; i < side->num_endpoints; i++) {
        const struct endpoint_record *other = side->endpoints[i];
        if (other->port == endpoint->port && diff_same_string(other->host, endpoint->host) &&
            diff_same_string(other->address, endpoint->address)) {
            return other;
        }
    }
    return NULL;
}

const struct mx_record *diff_side_mx(const struct diff_side *side, const char *host)
{
    for (size_t i = 0; i < side->domain->num_mx; i++) {
        const struct mx_record *mx = &side->domain->mx[i];
        if (host != NULL && mx->host.bytes != NULL && strcmp(mx->host.bytes, host) == 0) {
            return mx;
        }
    }
    return NULL;
}

const struct service_record *diff_side_same_service(const struct diff_side *side,
                                                    const struct service_record *service)
{
    for (size_t i = 0; i < side->domain->num_services; i++) {
        const struct service_record *other = &side->domain->services[i];
        if (other->port == service->port && diff_same_string(other->service, service->service) &&
            diff_same_string(other->host.host.bytes, service->host.host.bytes)) {
            return other;
        }
    }
    return NULL;
}
