#include "scanner/engine/target_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/engine/contact.h"
#include "scanner/engine/endpoint.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/host.h"
#include "scanner/engine/host_summary.h"
#include "scanner/domain/target_enforcement.h"
#include "scanner/grading/target_judge.h"

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

static bool make_record(struct target *target, const struct supplier *supplier)
{
    target->record = arena_alloc(&target->arena, sizeof(*target->record));
    if (target->record == NULL) {
        return false;
    }
    target->record->line = supplier->line;
    target->record->input = copy_text(target, supplier->raw, supplier->raw_len);
    target->record->mta_sts.max_age = -1;
    target->record->domain = hostname_text_or_null(target->domain);
    return target->record->input.bytes != NULL && copy_fields(target, supplier);
}

struct target *target_new(struct run *run, const struct supplier *supplier,
                          const struct hostname *domain, const char *problem)
{
    struct target *target = target_bare(run);
    if (target == NULL) {
        return NULL;
    }
    target->problem = problem;
    target->domain = hostname_hold(domain);
    if (!make_record(target, supplier)) {
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

/* ---- The end ---- */

static void release_hosts(struct target_mx *hosts, size_t num_hosts)
{
    for (size_t i = 0; i < num_hosts; i++) {
        hostname_release(hosts[i].host);
        host_summary_release(hosts[i].result);
    }
}

static void target_free(struct target *target)
{
    release_hosts(target->mx, target->num_mx);
    for (size_t i = 0; i < target->num_services; i++) {
        release_hosts(target->services[i].hosts, target->services[i].num_hosts);
    }
    hostname_release(target->domain);
    hostname_release(target->place.host);
    domain_policy_release(target->policy);
    dane_lookup_fini(&target->mx_lookup);
    arena_free(&target->arena);
    free(target);
}

static const struct address *first_address(const struct target *target)
{
    for (size_t i = 0; i < target->num_mx; i++) {
        const struct host_result *result = target->mx[i].result;
        for (size_t k = 0; result != NULL && k < result->num_endpoints; k++) {
            if (result->endpoints[k].address.family != 0) {
                return &result->endpoints[k].address;
            }
        }
    }
    return NULL;
}

static struct domain_origin origin_of(const struct target *target)
{
    return (struct domain_origin){
        .host = target->num_mx > 0 ? target->mx[0].host : NULL,
        .address = first_address(target),
        .geo = target->run->geo,
    };
}

static struct target_evidence evidence_of(struct target *target, struct target_mx *mx,
                                          const struct dane_lookup *mx_lookup)
{
    const struct target_enforcement_input input = {
        .domain = target->domain,
        .mx_lookup = mx_lookup,
        .trusts_resolver = target->worker->config->trust_ad,
        .policy = target->policy,
    };
    for (size_t i = 0; i < target->num_services; i++) {
        const struct target_service *service = &target->services[i];
        target_enforcement_name_hosts(input.domain, service->hosts, service->num_hosts);
    }
    return (struct target_evidence){
        .mx = mx,
        .num_mx = target->num_mx,
        .enforcement = target_enforcement_of(&input, mx, target->num_mx, &target->arena),
        .trusts_resolver = input.trusts_resolver,
        .services = target->services,
        .num_services = target->num_services,
        .grades_by_mx = target->run->wants_mail,
        .problem = target->problem,
    };
}

/* What is known of a part of its hosts would say something wrong of the whole: the record says only
 * why there is no verdict. */
static void tell_given_up(const struct target *target, enum outcome why)
{
    const struct run *run = target->run;
    const struct domain_record *line = target->record;
    const struct domain_origin nowhere = {0};
    const struct domain_record record = {
        .domain = line->domain,
        .line = line->line,
        .input = line->input,
        .fields = line->fields,
        .num_fields = line->num_fields,
        .policy = run->policy.name,
        .policy_digest = run->policy.digest,
        .dns_outcome = why,
        .dnssec.reason = why,
        .opportunistic_reason = outcome_text(why),
        .enforced_reason = outcome_text(why),
        .mta_sts.max_age = -1,
        .grade = GRADE_U,
        .partial = true,
        .has_evidence = true,
    };
    emit_domain(target->worker->emitter, &record, &nowhere);
}

static void judge_by(struct target *target, const struct target_evidence *evidence,
                     struct domain_record *record)
{
    struct judgement *judgement = arena_alloc(&target->arena, sizeof(*judgement));
    if (judgement != NULL) { /* the record's findings are in it */
        judgement_init(judgement, &target->run->policy, &target->arena);
        target_judge(record, evidence, judgement);
    }
}

/* Notes whose answers were bogus; says whether any was. */
static bool note_bogus(struct target *target)
{
    struct blame *blame = target->run->blame;
    const char *question = target->record != NULL ? target->record->mx_bogus : NULL;
    bool is_signed = target->record != NULL && target->record->dnssec.value == TRI_YES;
    bool is_bogus = question != NULL;
    bool is_noted = question == NULL || blame_note_bogus(blame, question);
    for (size_t i = 0; i < target->num_mx; i++) {
        const struct host_result *result = target->mx[i].result;
        if (result != NULL && result->dane == DANE_BOGUS) {
            is_bogus = true;
            is_noted &= result->bogus == NULL || blame_note_bogus(blame, result->bogus);
        }
        is_signed |= target->record == NULL && result != NULL && result->dnssec.value == TRI_YES;
    }
    if (is_bogus || is_signed) {
        blame_note_signed(blame);
    }
    target->lacks_memory |= !is_noted;
    return is_bogus;
}

/* Judges the domain twice: as it is, and as it is if the resolver is blamed for what was bogus. */
static void judge_in_doubt(struct target *target)
{
    static const struct dane_lookup nothing = {0};
    struct domain_record doubted = *target->record;
    struct target_mx *mx = target_mx_in_doubt(target->mx, target->num_mx, &target->arena);
    const struct target_evidence evidence = evidence_of(target, target->mx, &target->mx_lookup);
    judge_by(target, &evidence, target->record);
    if (mx != NULL) {
        const bool is_mx_bogus = doubted.mx_bogus != NULL;
        const struct target_evidence in_doubt =
            evidence_of(target, mx, is_mx_bogus ? &nothing : &target->mx_lookup);
        judge_by(target, &in_doubt, &doubted);
    }
    if (target->arena.has_failed) {
        tell_given_up(target, OUTCOME_LOCAL_ERROR);
        return;
    }
    const struct domain_origin origin = origin_of(target);
    emit_domain_or(target->worker->emitter, target->record, &doubted, &origin);
}

static void judge(struct target *target)
{
    bool is_bogus = note_bogus(target);
    if (target->lacks_memory) {
        tell_given_up(target, OUTCOME_LOCAL_ERROR);
        return;
    }
    if (is_bogus) {
        judge_in_doubt(target);
        return;
    }
    const struct target_evidence evidence = evidence_of(target, target->mx, &target->mx_lookup);
    judge_by(target, &evidence, target->record);
    if (target->arena.has_failed) { /* a part of the record is missing */
        tell_given_up(target, OUTCOME_LOCAL_ERROR);
        return;
    }
    const struct domain_origin origin = origin_of(target);
    emit_domain(target->worker->emitter, target->record, &origin);
}

static void finish(struct target *target)
{
    struct run *run = target->run;
    if (target->was_stopped) {
        run_target_done(run); /* it stays in the list, and is told of at the end */
        return;
    }
    if (!target->lacks_memory) {
        counter_add(&target->worker->counters.lines_told, 1);
    }
    if (target->record != NULL && target->lacks_memory) {
        tell_given_up(target, OUTCOME_LOCAL_ERROR);
    } else if (target->record != NULL) {
        judge(target);
    } else {
        (void)note_bogus(target); /* a place has no line, but its endpoints have */
    }
    LIST_REMOVE(target, link);
    target_free(target);
    run_target_done(run);
}

void target_tell_interrupted(struct worker *worker)
{
    for (struct target *target = LIST_FIRST(&worker->targets); target != NULL;
         target = LIST_NEXT(target, link)) {
        if (target->record != NULL) {
            tell_given_up(target, OUTCOME_INTERRUPTED);
        }
    }
}

void target_free_all(struct worker *worker)
{
    struct target *target;
    while ((target = LIST_FIRST(&worker->targets)) != NULL) {
        LIST_REMOVE(target, link);
        target_free(target);
    }
}

/* ---- Parts ---- */

uint16_t target_port(const struct target *target, const struct service *service)
{
    uint16_t port = target->run->config->port;
    return port != 0 ? port : service->port;
}

void target_part_started(struct target *target)
{
    target->pending++;
}

void target_part_ended(struct target *target)
{
    if (--target->pending == 0) {
        finish(target);
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
    if (asked->waiter.is_given_up) {
        target_note_failure(target, asked->waiter.failure);
    }
    endpoint_request_free(request);
    target_part_ended(target);
}

static void start_address(struct target *target, const struct service *service, uint16_t port)
{
    const struct address *address = &target->place.address;
    struct endpoint_request *request =
        endpoint_request_new(target->worker, NULL, address, port, service, target->turn);
    if (request == NULL) {
        target->lacks_memory = true;
        return;
    }
    request->uncontacted = contact_check(target->worker->config, address);
    request->asked.done = on_place_done;
    request->user = target;
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
        uint16_t port = place->port != 0 ? place->port : target_port(target, service);
        if (place->host == NULL) {
            start_address(target, service, port);
            continue;
        }
        struct target_mx *mx = &target->mx[target->num_mx++];
        *mx = (struct target_mx){.host = hostname_hold(place->host), .port = port};
        target_start_host(target, mx, service, target->worker->config->max_addresses);
    }
}

static void start_domain(struct target *target)
{
    if (target->problem != NULL) {
        target->record->dns_outcome = OUTCOME_INVALID_INPUT;
    } else if (exclude_has_name(target->worker->config->exclude, target->domain)) {
        target->record->dns_outcome = OUTCOME_EXCLUDED;
    } else {
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
