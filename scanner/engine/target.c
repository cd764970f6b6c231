#include "scanner/engine/target_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/clock.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/endpoint.h"
#include "scanner/engine/exclude.h"

/* ---- Making one, on the reader's thread ---- */

static struct text copy_text(struct target *target, const char *bytes, size_t len)
{
    char *copy = arena_copy(&target->arena, bytes, len);
    return (struct text){copy, copy != NULL ? len : 0};
}

static bool copy_fields(struct target *target, const struct supplier *supplier)
{
    struct input_field *fields =
        arena_alloc(&target->arena, (supplier->num_fields + 1) * sizeof(*fields));
    if (fields == NULL) {
        return false;
    }
    for (size_t i = 0; i < supplier->num_fields; i++) {
        const struct supplier_field *field = &supplier->fields[i];
        fields[i].name = copy_text(target, field->name, field->name_len);
        fields[i].value = copy_text(target, field->value, field->value_len);
    }
    target->record->fields = fields;
    target->record->num_fields = supplier->num_fields;
    return true;
}

static struct target *target_bare(struct run *run)
{
    struct target *target = calloc(1, sizeof(*target));
    if (target != NULL) {
        target->run = run;
    }
    return target;
}

static bool make_record(struct target *target, const struct supplier *supplier,
                        enum domain_form form, const char *problem)
{
    target->record = arena_alloc(&target->arena, sizeof(*target->record));
    target->search = arena_alloc(&target->arena, sizeof(*target->search));
    if (target->record == NULL || target->search == NULL) {
        return false;
    }
    target->search->target = target;
    target->search->problem = problem;
    target->record->form = form;
    target->record->line = supplier->line;
    target->record->input = copy_text(target, supplier->raw, supplier->raw_len);
    target->record->mta_sts.max_age = -1;
    target->record->domain = hostname_text_or_null(target->domain);
    return target->record->input.bytes != NULL && copy_fields(target, supplier);
}

struct target *target_new(struct run *run, const struct supplier *supplier,
                          const struct hostname *domain, enum domain_form form, const char *problem)
{
    struct target *target = target_bare(run);
    if (target == NULL) {
        return NULL;
    }
    target->domain = hostname_hold(domain);
    if (!make_record(target, supplier, form, problem)) {
        hostname_release(target->domain);
        arena_free(&target->arena);
        free(target);
        return NULL;
    }
    return target;
}

struct target *target_new_place(struct run *run, const struct target_place *place)
{
    struct target *target = target_bare(run);
    if (target != NULL) {
        target->place = *place;
        hostname_hold(place->host);
    }
    return target;
}

const char *target_read_place(const char *text, size_t len, struct target_place *out_place)
{
    char place[320];
    memset(out_place, 0, sizeof(*out_place));
    if (len == 0 || len >= sizeof(place)) {
        return "not a host or an address";
    }
    memcpy(place, text, len);
    place[len] = '\0';
    if (address_parse(place, &out_place->address)) {
        return NULL;
    }
    char *colon = strrchr(place, ':');
    if (colon != NULL) {
        char *end;
        unsigned long port = strtoul(colon + 1, &end, 10);
        if (end == colon + 1 || *end != '\0' || port == 0 || port > 65535) {
            return "the port is not a number from 1 to 65535";
        }
        out_place->port = (uint16_t)port;
        *colon = '\0';
    }
    if (address_parse(place, &out_place->address)) {
        return NULL;
    }
    enum hostname_status status = hostname_parse(place, strlen(place), &out_place->host);
    return status != HOSTNAME_OK ? hostname_status_text(status) : NULL;
}

/* ---- Parts ---- */

uint16_t target_port(const struct target *target, const struct service *service)
{
    uint16_t port = target->run->config->port;
    return port != 0 ? port : service->port;
}

uint16_t target_place_port(const struct target *target, const struct service *service)
{
    return target->place.port != 0 ? target->place.port : target_port(target, service);
}

void target_part_started(struct target *target)
{
    target->pending++;
}

void target_part_ended(struct target *target)
{
    if (--target->pending == 0) {
        target_finish(target);
    }
}

void target_note_failure(struct target *target, enum once_failure why)
{
    target->was_stopped |= why == ONCE_STOPPED;
    target->lacks_memory |= why == ONCE_NO_MEMORY;
}

void target_note_dns_failure(struct target *target, enum dns_outcome outcome)
{
    target->was_stopped |= outcome == DNS_CANCELLED;
    target->lacks_memory |= outcome == DNS_SHORTAGE;
}

/* ---- The start, on its worker ---- */

static void on_place_done(struct once_request *asked)
{
    struct endpoint_request *request = (struct endpoint_request *)asked;
    struct target *target = request->user;
    target->is_service_done[request->index] = !asked->waiter.is_given_up;
    if (asked->waiter.is_given_up) {
        target_note_failure(target, asked->waiter.failure);
    }
    endpoint_request_free(request);
    target_part_ended(target);
}

static void start_address(struct target *target, size_t index)
{
    const struct service *service = target->run->services[index];
    const struct address *address = &target->place.address;
    uint16_t port = target_place_port(target, service);
    struct endpoint_request *request =
        endpoint_request_new(target->worker, NULL, address, port, service, target->turn);
    if (request == NULL) {
        target->lacks_memory = true;
        return;
    }
    request->uncontacted = contact_check(target->worker->config, address);
    request->asked.done = on_place_done;
    request->user = target;
    request->index = (uint32_t)index;
    target_part_started(target);
    endpoint_request_post(request);
}

/* A line of a host list: a host to look up, or an address to call as it is, at each service. */
static void start_place(struct target *target)
{
    const struct run *run = target->run;
    const struct target_place *place = &target->place;
    if (place->host != NULL) {
        target->mx = arena_alloc(&target->arena, run->num_services * sizeof(*target->mx));
        target->lacks_memory |= target->mx == NULL;
    }
    for (size_t i = 0; i < run->num_services && !target->lacks_memory; i++) {
        const struct service *service = run->services[i];
        if (place->host == NULL) {
            start_address(target, i);
            continue;
        }
        struct target_mx *mx = &target->mx[target->num_mx++];
        *mx = (struct target_mx){.host = hostname_hold(place->host),
                                 .port = target_place_port(target, service)};
        target_start_host(target, mx, service, target->worker->config->max_addresses);
    }
}

static void start_domain(struct target *target)
{
    if (target->search->problem != NULL) {
        target->record->dns_outcome = OUTCOME_INVALID_INPUT;
    } else if (exclude_has_name(target->worker->config->exclude, target->domain)) {
        target->record->dns_outcome = OUTCOME_EXCLUDED;
    } else {
        name_watch_asked(&target->run->names, target->domain);
        target_find_services(target);
        if (target->run->wants_mx) {
            target_find_mx(target);
        }
    }
}

static void on_posted(struct message *message, void *owner)
{
    struct target *target = (struct target *)message;
    target->worker = owner;
    if (target->worker->stopping) {
        struct run *run = target->run;
        target_free(target); /* read, and not begun: it has no record, and is the next run's */
        run_target_done(run);
        return;
    }
    counter_add(&target->worker->counters.lines_begun, 1);
    LIST_INSERT_HEAD(&target->worker->targets, target, link);
    target_part_started(target); /* so that none ends the target before all are started */
    if (target->record != NULL) {
        target->record->started = clock_wall();
        start_domain(target);
    } else {
        start_place(target);
    }
    target_part_ended(target);
}

/* Spreads targets over the workers; a name goes where its host goes. */
static uint64_t hash_of(const struct target *target)
{
    const struct table_seed *seed = &target->run->config->seed;
    const struct hostname *name = target->record != NULL ? target->domain : target->place.host;
    if (name != NULL) {
        return hostname_hash(name, seed);
    }
    const struct address *address = &target->place.address;
    return table_hash(seed, address->bytes, sizeof(address->bytes));
}

void target_post(struct target *target)
{
    target->turn = target->run->num_posted++;
    target->message.deliver = on_posted;
    mailbox_post(&run_worker_for(target->run, hash_of(target))->mailbox, &target->message);
}
