/*
 * The hosts of a domain that people's mail programs use, by SRV records: RFC 6186 section 3, RFC
 * 8314 section 5.1, RFC 5804 section 1.8. A record whose target is the root says that the service
 * is not offered (RFC 2782); so does one with port 0, which nobody can connect to. Without records
 * nothing is guessed, but for submission on the MX hosts where that was asked for.
 */
#include "scanner/engine/target_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/name.h"
#include "scanner/base/lookup.h"
#include "scanner/dialogue/service_smtp.h"

#define SERVICE_HOSTS_MAX 16 /* of one service; more is nobody's set-up */
#define SRV_NAME_MAX      (DNS_NAME_MAX + 32)

static bool may_be_on_mx(const struct target *target, const struct target_service *service)
{
    return target->worker->config->submission_on_mx &&
           (service->service == &service_submission || service->service == &service_submissions);
}

static bool has_no_record(const struct target_service *service)
{
    return service->is_known && service->num_hosts == 0 && service->offered == TRI_UNKNOWN &&
           (service->outcome == OUTCOME_DNS_NODATA || service->outcome == OUTCOME_DNS_NXDOMAIN);
}

static bool has_host(const struct target_service *service, const char *name, uint16_t port)
{
    for (size_t i = 0; i < service->num_hosts; i++) {
        if (service->hosts[i].port == port && strcmp(service->hosts[i].host, name) == 0) {
            return true;
        }
    }
    return false;
}

/* How many hosts will come is known before the first of them is added. */
static void make_room(struct target *target, struct target_service *service, size_t num)
{
    num = num < SERVICE_HOSTS_MAX ? num : SERVICE_HOSTS_MAX;
    service->hosts = arena_alloc(&target->arena, num * sizeof(*service->hosts));
    service->hosts_max = service->hosts != NULL ? num : 0;
    target->abandoned |= service->hosts == NULL;
}

static void add_host(struct target *target, struct target_service *service, const char *name,
                     uint16_t port, int32_t priority)
{
    char host[NAME_MAX_TEXT];
    uint16_t override = target->worker->config->port;
    port = override != 0 ? override : port;
    if (service->num_hosts == service->hosts_max ||
        name_normalise(name, strlen(name), host) != NAME_OK || has_host(service, host, port)) {
        return;
    }
    const char *copy = arena_copy(&target->arena, host, strlen(host));
    if (copy == NULL) {
        target->abandoned = true;
        return;
    }
    service->hosts[service->num_hosts++] = (struct target_mx){
        .preference = priority,
        .name = copy,
        .host = copy,
        .service = service->service,
        .port = port,
    };
}

/* DNS servers turn the order of records, and results shall not change with it. */
static int by_priority(const void *a, const void *b)
{
    const struct target_mx *left = a, *right = b;
    if (left->preference != right->preference) {
        return left->preference < right->preference ? -1 : 1;
    }
    int order = strcmp(left->host, right->host);
    return order != 0 ? order : (int)left->port - (int)right->port;
}

static void start_hosts(struct target *target, struct target_service *service)
{
    qsort(service->hosts, service->num_hosts, sizeof(*service->hosts), by_priority);
    for (size_t i = 0; i < service->num_hosts; i++) {
        target_start_host(target, &service->hosts[i]);
    }
}

static void take_records(struct target *target, struct target_service *service,
                         const struct dns_answer *answer)
{
    service->offered = TRI_NO;
    make_room(target, service, answer->num_records);
    for (size_t i = 0; i < answer->num_records; i++) {
        const struct dns_record *record = &answer->records[i];
        if (record->srv.host[0] != '\0' && record->srv.port != 0) {
            service->offered = TRI_YES;
            add_host(target, service, record->srv.host, record->srv.port, record->srv.priority);
        }
    }
    start_hosts(target, service);
}

void target_services_on_mx(struct target *target)
{
    for (size_t i = 0; i < target->num_services; i++) {
        struct target_service *service = &target->services[i];
        if (!target->is_mx_known || !may_be_on_mx(target, service) || !has_no_record(service)) {
            continue;
        }
        make_room(target, service, target->num_mx);
        for (size_t k = 0; k < target->num_mx; k++) {
            const struct target_mx *mx = &target->mx[k];
            if (mx->host != NULL) {
                add_host(target, service, mx->host, service->service->port, mx->preference);
            }
        }
        start_hosts(target, service);
    }
}

static void on_srv(void *user, const struct dns_answer *answer)
{
    struct target_service *service = user;
    struct target *target = service->target;
    service->is_known = true;
    service->outcome = outcome_of_lookup(answer->outcome);
    target->abandoned |= answer->outcome == DNS_CANCELLED;
    if (answer->outcome == DNS_OK) {
        take_records(target, service, answer);
    }
    target_services_on_mx(target);
    target_part_ended(target);
}

static void ask(struct target *target, struct target_service *service)
{
    char name[SRV_NAME_MAX];
    (void)snprintf(name, sizeof(name), "%s.%s", service->service->srv, target->record->domain);
    target_part_started(target);
    dns_ask(target->worker->dns, name, DNS_SRV, on_srv, service);
}

void target_find_services(struct target *target)
{
    const struct run *run = target->run;
    size_t num = 0;
    for (size_t i = 0; i < run->num_services; i++) {
        num += run->services[i]->srv != NULL;
    }
    if (num == 0) {
        return;
    }
    struct target_service *services = arena_alloc(&target->arena, num * sizeof(*services));
    if (services == NULL) {
        target->abandoned = true;
        return;
    }
    target->services = services;
    for (size_t i = 0; i < run->num_services; i++) {
        if (run->services[i]->srv == NULL) {
            continue;
        }
        struct target_service *service = &services[target->num_services++];
        service->target = target;
        service->service = run->services[i];
        ask(target, service);
    }
}
