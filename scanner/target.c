#include "scanner/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/name.h"
#include "scanner/dane_plan.h"
#include "scanner/domain_policy.h"
#include "scanner/exclude.h"
#include "scanner/host.h"
#include "scanner/judge.h"
#include "scanner/lookup.h"
#include "scanner/run.h"
#include "scanner/target_judge.h"

struct target {
    struct message message; /* first */
    struct run *run;
    struct worker *worker;
    struct arena arena;
    struct domain_record record; /* everything in it is in the arena */
    const char *problem;         /* why the line is no domain, NULL */
    bool has_place;
    struct target_place place;
    const struct service *service;
    uint16_t port;
    struct target_mx *mx;
    size_t num_mx;
    size_t pending; /* hosts, the policy, and whoever is just starting them */
    struct domain_policy_waiter policy_waiter;
    const struct domain_policy *policy; /* a reference; NULL: not asked for */
    struct dane_lookup mx_lookup;
    bool abandoned;
};

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
    target->record.fields = fields;
    target->record.num_fields = supplier->num_fields;
    return true;
}

struct target *target_new(struct run *run, const struct supplier *supplier, const char *name,
                          const char *problem)
{
    struct target *target = calloc(1, sizeof(*target));
    if (target == NULL) {
        return NULL;
    }
    target->run = run;
    target->problem = problem;
    target->service = run->service;
    target->port = run->config->port != 0 ? run->config->port : run->service->port;
    target->record.line = supplier->line;
    target->record.input = copy_text(target, supplier->raw, supplier->raw_len);
    target->record.mta_sts.max_age = -1;
    if (name != NULL) {
        target->record.domain = arena_copy(&target->arena, name, strlen(name));
    }
    if (target->record.input.bytes == NULL || !copy_fields(target, supplier) ||
        (name != NULL && target->record.domain == NULL)) {
        arena_free(&target->arena);
        free(target);
        return NULL;
    }
    return target;
}

void target_set_place(struct target *target, const struct target_place *place)
{
    target->has_place = true;
    target->place = *place;
    if (place->host != NULL) {
        target->place.host = arena_copy(&target->arena, place->host, strlen(place->host));
    }
    if (place->port != 0) {
        target->port = place->port;
    }
}

const char *target_read_place(const char *text, size_t len, char out_host[254],
                              struct target_place *out_place)
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
    enum name_status status = name_normalise(place, strlen(place), out_host);
    if (status != NAME_OK) {
        return name_status_text(status);
    }
    out_place->host = out_host;
    return NULL;
}

/* ---- The end ---- */

static void target_free(struct target *target)
{
    for (size_t i = 0; i < target->num_mx && target->mx != NULL; i++) {
        host_result_release(target->mx[i].result);
    }
    domain_policy_release(target->worker, target->policy);
    arena_free(&target->arena);
    free(target);
}

static void finish(struct target *target)
{
    struct run *run = target->run;
    if (!target->abandoned && !target->has_place) {
        struct judgement judgement;
        judgement_init(&judgement, &run->policy, &target->arena);
        const struct target_evidence evidence = {
            .mx = target->mx,
            .num_mx = target->num_mx,
            .mx_lookup = &target->mx_lookup,
            .trusts_resolver = target->worker->config->trust_ad,
            .policy = target->policy,
            .problem = target->problem,
        };
        target_judge(&target->record, &evidence, &judgement);
        const char *first_host =
            target->num_mx > 0 && target->mx[0].host != NULL ? target->mx[0].host : NULL;
        emit_domain(target->worker->emitter, &target->record,
                    first_host != NULL ? name_organisation(first_host) : NULL);
    }
    target_free(target);
    run_target_done(run);
}

/* ---- Hosts ---- */

static void part_ended(struct target *target)
{
    if (--target->pending == 0) {
        finish(target);
    }
}

static void on_host_done(struct host_request *request)
{
    struct target *target = request->user;
    struct host_result *result = request->result;
    request->result = NULL; /* the reference is ours now */
    target->abandoned |= result == NULL || result->abandoned;
    if (request->index < target->num_mx) {
        target->mx[request->index].result = result;
    } else {
        host_result_release(result);
    }
    host_request_free(request);
    part_ended(target);
}

static void start_host(struct target *target, const char *name, size_t index)
{
    struct host_request *request =
        host_request_new(target->worker, name, target->port, target->service);
    if (request == NULL) {
        target->abandoned = true;
        part_ended(target);
        return;
    }
    request->is_implicit = target->record.mail == MAIL_IMPLICIT;
    request->done = on_host_done;
    request->user = target;
    request->index = index;
    host_request_post(request);
}

static void on_policy(struct domain_policy_waiter *waiter, const struct domain_policy *policy)
{
    struct target *target =
        (struct target *)((char *)waiter - offsetof(struct target, policy_waiter));
    target->policy = policy;
    target->abandoned |= policy == NULL || policy->abandoned;
    part_ended(target);
}

/* A domain that takes no mail has nothing to enforce. */
static void start_policy(struct target *target)
{
    enum mail_kind mail = target->record.mail;
    if ((mail != MAIL_MX && mail != MAIL_IMPLICIT) || target->abandoned) {
        return;
    }
    target->pending++;
    target->policy_waiter.ready = on_policy;
    domain_policy_ask(target->worker, target->record.domain, &target->policy_waiter);
}

static void start_parts(struct target *target)
{
    size_t num_mx = target->num_mx;
    target->pending = num_mx + 1; /* one more, so that none ends the target before all started */
    for (size_t i = 0; i < num_mx; i++) {
        if (target->mx[i].host != NULL) {
            start_host(target, target->mx[i].host, i);
        } else {
            part_ended(target);
        }
    }
    start_policy(target);
    part_ended(target);
}

/* ---- MX ---- */

static int by_preference(const void *a, const void *b)
{
    const struct target_mx *left = a, *right = b;
    if (left->preference != right->preference) {
        return left->preference < right->preference ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

/* What an MX names: a host, or one of the things that cannot be one. */
static void read_exchange(struct target *target, struct target_mx *mx)
{
    char host[NAME_MAX_TEXT];
    switch (name_normalise(mx->name, strlen(mx->name), host)) {
    case NAME_OK:
        mx->host = arena_copy(&target->arena, host, strlen(host));
        target->abandoned |= mx->host == NULL;
        break;
    case NAME_NOT_QUALIFIED: /* a top-level domain can be a mail host, if hardly ever is */
        mx->host = mx->name;
        break;
    case NAME_EMPTY:
        mx->is_null = true;
        break;
    case NAME_IS_ADDRESS:
        mx->is_address = true;
        break;
    default:
        break;
    }
}

static bool add_mx(struct target *target, int32_t preference, const char *name)
{
    for (size_t i = 0; i < target->num_mx; i++) {
        if (strcmp(target->mx[i].name, name) == 0) {
            return true; /* named twice: RFC 5321 section 5.1 has nothing against it */
        }
    }
    struct target_mx *mx = &target->mx[target->num_mx];
    mx->preference = preference;
    mx->name = arena_copy(&target->arena, name, strlen(name));
    if (mx->name == NULL) {
        return false;
    }
    target->num_mx++;
    return true;
}

static void take_exchanges(struct target *target, const struct dns_answer *answer)
{
    size_t num = answer->num_records < TARGET_MX_MAX ? answer->num_records : TARGET_MX_MAX;
    target->mx = arena_alloc(&target->arena, (num + 1) * sizeof(*target->mx));
    for (size_t i = 0; target->mx != NULL && i < num; i++) {
        if (!add_mx(target, answer->records[i].mx.preference, answer->records[i].mx.host)) {
            target->abandoned = true;
        }
    }
    if (target->mx == NULL) {
        target->abandoned = true;
        return;
    }
    qsort(target->mx, target->num_mx, sizeof(*target->mx), by_preference);
    for (size_t i = 0; i < target->num_mx; i++) {
        read_exchange(target, &target->mx[i]);
    }
}

/* RFC 5321 section 5.1: without any MX the domain itself is its mail host, with preference 0. */
static void take_implicit(struct target *target)
{
    target->mx = arena_alloc(&target->arena, sizeof(*target->mx));
    if (target->mx == NULL || !add_mx(target, -1, target->record.domain)) {
        target->abandoned = true;
        return;
    }
    target->mx[0].host = target->record.domain;
}

static void on_mx(void *user, const struct dns_answer *answer)
{
    struct target *target = user;
    struct domain_record *record = &target->record;
    record->dns_outcome = outcome_of_lookup(answer->outcome);
    dane_lookup_note(&target->mx_lookup, answer);
    bool is_answer = answer->outcome == DNS_OK || answer->outcome == DNS_NODATA ||
                     answer->outcome == DNS_NXDOMAIN;
    if (!is_answer) {
        record->dnssec.reason = record->dns_outcome;
    } else if (target->worker->config->trust_ad) {
        record->dnssec.value = answer->authentic ? TRI_YES : TRI_NO;
    }
    switch (answer->outcome) {
    case DNS_OK:
        record->mail = MAIL_MX;
        take_exchanges(target, answer);
        if (target->num_mx == 1 && target->mx[0].is_null) {
            record->mail = MAIL_NULL_MX; /* RFC 7505 section 3 */
        }
        break;
    case DNS_NODATA:
        record->mail = MAIL_IMPLICIT;
        take_implicit(target);
        break;
    case DNS_NXDOMAIN:
        record->mail = MAIL_NONE;
        break;
    case DNS_CANCELLED:
        target->abandoned = true;
        break;
    default:
        break;
    }
    start_parts(target);
}

/* ---- The start, on its worker ---- */

static void on_place_done(struct endpoint_request *request)
{
    struct target *target = request->user;
    target->abandoned |= request->summary.abandoned;
    endpoint_request_free(request);
    finish(target);
}

/* A line of a host list: a host to look up, or an address to call as it is. */
static void start_place(struct target *target)
{
    const struct target_place *place = &target->place;
    target->pending = 1;
    if (place->host != NULL) {
        start_host(target, place->host, 0);
        return;
    }
    struct endpoint_request *request =
        endpoint_request_new(target->worker, NULL, &place->address, target->port, target->service);
    if (request == NULL) {
        target->abandoned = true;
        finish(target);
        return;
    }
    request->uncontacted = host_may_contact(target->worker, &place->address);
    request->done = on_place_done;
    request->user = target;
    endpoint_request_post(request);
}

static void on_posted(struct message *message, void *owner)
{
    struct target *target = (struct target *)message;
    struct worker *worker = owner;
    target->worker = worker;
    if (worker->stopping) {
        target->abandoned = true;
        finish(target);
    } else if (target->has_place) {
        start_place(target);
    } else if (target->problem != NULL) {
        target->record.dns_outcome = OUTCOME_INVALID_INPUT;
        finish(target);
    } else if (exclude_has_name(worker->config->exclude, target->record.domain)) {
        target->record.dns_outcome = OUTCOME_EXCLUDED;
        finish(target);
    } else {
        dns_ask(worker->dns, target->record.domain, DNS_MX, on_mx, target);
    }
}

void target_post(struct target *target)
{
    const char *key = target->has_place && target->place.host != NULL ? target->place.host
                      : target->record.domain != NULL                 ? target->record.domain
                                                                      : "";
    uint64_t hash = table_hash(&target->run->config->seed, key, strlen(key));
    target->message.deliver = on_posted;
    mailbox_post(&run_worker_for(target->run, hash)->mailbox, &target->message);
}
