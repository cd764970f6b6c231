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

#include "scanner/base/lookup.h"
#include "scanner/dialogue/service_smtp.h"

#define SERVICE_HOSTS_MAX 16 /* of one service; more is nobody's set-up */
#define SRV_NAME_MAX      (DNS_NAME_MAX + 32)

static bool may_be_on_mx(const struct service_search *search)
{
    return search->target->worker->config->submission_on_mx &&
           (search->service == &service_submission || search->service == &service_submissions);
}

static bool has_no_record(const struct service_search *search)
{
    const struct target_service *found = search->found;
    return search->is_known && found->num_hosts == 0 && found->offered == TRI_UNKNOWN &&
           (found->outcome == OUTCOME_DNS_NODATA || found->outcome == OUTCOME_DNS_NXDOMAIN);
}

static bool has_host(const struct target_service *found, const struct hostname *host, uint16_t port)
{
    for (size_t i = 0; i < found->num_hosts; i++) {
        if (found->hosts[i].port == port && hostname_equal(found->hosts[i].host, host)) {
            return true;
        }
    }
    return false;
}

/* How many hosts will come is known before the first of them is added. */
static void make_room(struct service_search *search, size_t num)
{
    struct target *target = search->target;
    struct target_service *found = search->found;
    num = num < SERVICE_HOSTS_MAX ? num : SERVICE_HOSTS_MAX;
    found->hosts = arena_alloc(&target->arena, num * sizeof(*found->hosts));
    search->hosts_max = found->hosts != NULL ? num : 0;
    target->lacks_memory |= found->hosts == NULL;
}

static void add_host(struct service_search *search, const struct hostname *host, uint16_t port,
                     int32_t priority)
{
    struct target_service *found = search->found;
    uint16_t override = search->target->worker->config->port;
    port = override != 0 ? override : port;
    if (found->num_hosts < search->hosts_max && !has_host(found, host, port)) {
        found->hosts[found->num_hosts++] = (struct target_mx){.preference = priority,
                                                              .name = hostname_text(host),
                                                              .host = hostname_hold(host),
                                                              .port = port};
    }
}

/* What a record names is passed over where it is no host name. */
static void add_record(struct service_search *search, const struct dns_record *record)
{
    const struct hostname *host;
    const char *name = record->srv.host;
    enum hostname_status status = hostname_parse(name, strlen(name), &host);
    search->target->lacks_memory |= status == HOSTNAME_NO_MEMORY;
    if (status == HOSTNAME_OK) {
        add_host(search, host, record->srv.port, record->srv.priority);
        hostname_release(host);
    }
}

/* DNS servers turn the order of records, and results shall not change with it. */
static int by_priority(const void *a, const void *b)
{
    const struct target_mx *left = a, *right = b;
    if (left->preference != right->preference) {
        return left->preference < right->preference ? -1 : 1;
    }
    int order = strcmp(hostname_text(left->host), hostname_text(right->host));
    return order != 0 ? order : (int)left->port - (int)right->port;
}

static void start_hosts(struct service_search *search)
{
    struct target_service *found = search->found;
    if (found->num_hosts > 0) { /* else there may be no array, which qsort() would not take */
        qsort(found->hosts, found->num_hosts, sizeof(*found->hosts), by_priority);
    }
    target_start_hosts(search->target, found->hosts, found->num_hosts, search->service);
}

static void take_records(struct service_search *search, const struct dns_answer *answer)
{
    search->found->offered = TRI_NO;
    make_room(search, answer->num_records);
    for (size_t i = 0; i < answer->num_records; i++) {
        const struct dns_record *record = &answer->records[i];
        if (record->srv.host[0] != '\0' && record->srv.port != 0) {
            search->found->offered = TRI_YES;
            add_record(search, record);
        }
    }
    start_hosts(search);
}

void target_services_on_mx(struct target *target)
{
    for (size_t i = 0; i < target->search->num_services; i++) {
        struct service_search *search = &target->search->searches[i];
        if (!target->search->is_mx_known || !may_be_on_mx(search) || !has_no_record(search)) {
            continue;
        }
        make_room(search, target->num_mx);
        for (size_t k = 0; k < target->num_mx; k++) {
            const struct target_mx *mx = &target->mx[k];
            if (mx->host != NULL) {
                add_host(search, mx->host, search->service->port, mx->preference);
            }
        }
        start_hosts(search);
    }
}

static void on_srv(void *user, const struct dns_answer *answer)
{
    struct service_search *search = user;
    struct target *target = search->target;
    search->is_known = true;
    search->found->outcome = outcome_of_lookup(answer->outcome);
    target_note_dns_failure(target, answer->outcome);
    if (answer->outcome == DNS_OK) {
        take_records(search, answer);
    }
    target_services_on_mx(target);
    target_part_ended(target);
}

static void ask(struct service_search *search)
{
    char name[SRV_NAME_MAX];
    struct target *target = search->target;
    (void)snprintf(name, sizeof(name), "%s.%s", search->service->srv,
                   hostname_text(target->domain));
    target_part_started(target);
    dns_ask(target->worker->dns, &search->waiter, name, DNS_SRV, on_srv, search);
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
    target->search->services = arena_alloc(&target->arena, num * sizeof(*target->search->services));
    target->search->searches = arena_alloc(&target->arena, num * sizeof(*target->search->searches));
    if (target->search->services == NULL || target->search->searches == NULL) {
        target->lacks_memory = true;
        return;
    }
    for (size_t i = 0; i < run->num_services; i++) {
        const struct service *service = run->services[i];
        if (service->srv == NULL) {
            continue;
        }
        struct target_service *found = &target->search->services[target->search->num_services];
        struct service_search *search = &target->search->searches[target->search->num_services++];
        found->name = service->name;
        *search = (struct service_search){.target = target, .service = service, .found = found};
        ask(search);
    }
}
