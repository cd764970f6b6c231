/* The end of a target: its record is made and judged, or it is given up and told of later. */
#include "scanner/engine/target_internal.h"

#include <stdlib.h>

#include "scanner/domain/target_enforcement.h"
#include "scanner/engine/host_summary.h"
#include "scanner/grading/target_judge.h"

static void release_hosts(struct target_mx *hosts, size_t num_hosts)
{
    for (size_t i = 0; i < num_hosts; i++) {
        hostname_release(hosts[i].host);
        host_summary_release(hosts[i].result);
    }
}

static void free_search(struct target_search *search)
{
    for (size_t i = 0; i < search->num_services; i++) {
        release_hosts(search->services[i].hosts, search->services[i].num_hosts);
    }
    domain_policy_release(search->policy);
    dane_lookup_fini(&search->mx_lookup);
}

void target_free(struct target *target)
{
    release_hosts(target->mx, target->num_mx);
    if (target->search != NULL) {
        free_search(target->search);
    }
    hostname_release(target->domain);
    hostname_release(target->place.host);
    arena_free(&target->arena);
    free(target);
}

static bool is_given_up(const struct target *target)
{
    return target->was_stopped || target->lacks_memory;
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
        .policy = target->search->policy,
    };
    for (size_t i = 0; i < target->search->num_services; i++) {
        const struct target_service *service = &target->search->services[i];
        target_enforcement_name_hosts(input.domain, service->hosts, service->num_hosts);
    }
    return (struct target_evidence){
        .mx = mx,
        .num_mx = target->num_mx,
        .enforcement = target_enforcement_of(&input, mx, target->num_mx, &target->arena),
        .trusts_resolver = input.trusts_resolver,
        .services = target->search->services,
        .num_services = target->search->num_services,
        .grades_by_mx = target->run->wants_mail,
        .problem = target->search->problem,
    };
}

/* ---- Judging ---- */

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

/* Judges the domain twice: as it is, and as it is if the resolver is blamed for what was bogus.
 * False on lack of memory: there is no line. */
static bool judge_in_doubt(struct target *target)
{
    static const struct dane_lookup nothing = {0};
    struct domain_record doubted = *target->record;
    struct target_mx *mx = target_mx_in_doubt(target->mx, target->num_mx, &target->arena);
    const struct target_evidence evidence =
        evidence_of(target, target->mx, &target->search->mx_lookup);
    judge_by(target, &evidence, target->record);
    if (mx != NULL) {
        const bool is_mx_bogus = doubted.mx_bogus != NULL;
        const struct target_evidence in_doubt =
            evidence_of(target, mx, is_mx_bogus ? &nothing : &target->search->mx_lookup);
        judge_by(target, &in_doubt, &doubted);
    }
    if (target->arena.has_failed) {
        return false;
    }
    const struct domain_origin origin = origin_of(target);
    emit_domain_or(target->worker->emitter, target->record, &doubted, &origin);
    return true;
}

static bool judge_believed(struct target *target)
{
    const struct target_evidence evidence =
        evidence_of(target, target->mx, &target->search->mx_lookup);
    judge_by(target, &evidence, target->record);
    if (target->arena.has_failed) { /* a part of the record is missing */
        return false;
    }
    const struct domain_origin origin = origin_of(target);
    emit_domain(target->worker->emitter, target->record, &origin);
    return true;
}

/* Sends what is to be written of the line, or notes that memory was lacking. A place has no record
 * of its own, but its endpoints have. */
static void tell(struct target *target)
{
    bool is_bogus = note_bogus(target);
    if (target->record != NULL && !target->lacks_memory) {
        bool is_told = is_bogus ? judge_in_doubt(target) : judge_believed(target);
        target->lacks_memory = !is_told;
    }
}

void target_finish_believed(struct target *target)
{
    struct run *run = target->run;
    if (!is_given_up(target)) {
        tell(target);
    }
    if (!is_given_up(target)) {
        counter_add(&target->worker->counters.lines_told, 1);
        LIST_REMOVE(target, link);
        target_free(target);
    } else if (!target->was_stopped) {
        run_target_short(run);
    } /* it stays in the list, and is told of at the end */
    run_target_done(run);
}

void target_finish(struct target *target)
{
    if (!is_given_up(target) && target_is_in_doubt(target)) {
        if (!target->worker->stopping && !atomic_load(&target->run->has_outage)) {
            target_wait_to_be_believed(target);
            return;
        }
        target->was_stopped = atomic_load(&target->run->has_outage);
    }
    target_finish_believed(target);
}

void target_free_all(struct worker *worker)
{
    struct target *target;
    while ((target = LIST_FIRST(&worker->targets)) != NULL) {
        LIST_REMOVE(target, link);
        target_free(target);
    }
}
