/* What of a target might be the work of an outage here, and how it waits until it is believed. */
#include "scanner/engine/host_summary.h"
#include "scanner/engine/target_internal.h"

static void doubt_lookup(struct target_doubt *doubt, enum outcome outcome)
{
    doubt->is_of_names |= outcome_phase(outcome) == PHASE_DNS;
}

static void doubt_host(struct target_doubt *doubt, const struct host_result *result)
{
    doubt_lookup(doubt, result->lookup);
    for (size_t i = 0; i < result->num_endpoints; i++) {
        enum outcome outcome = result->endpoints[i].outcome;
        doubt->is_of_network |=
            network_may_be_lost(outcome) || outcome == OUTCOME_ADDRESS_NOT_PUBLIC;
    }
}

bool target_is_in_doubt(struct target *target)
{
    if (target->record == NULL || target->domain == NULL) {
        return false;
    }
    struct target_doubt *doubt = &target->search->doubt;
    *doubt = (struct target_doubt){
        .num_resolved = name_watch_num_resolved(&target->run->names),
        .num_greeted = network_watch_num_greeted(&target->run->watch),
    };
    doubt_lookup(doubt, target->record->dns_outcome);
    for (size_t i = 0; i < target->num_mx; i++) {
        if (target->mx[i].result != NULL) {
            doubt_host(doubt, target->mx[i].result);
        }
    }
    return doubt->is_of_names || doubt->is_of_network;
}

void target_wait_to_be_believed(struct target *target)
{
    LIST_INSERT_HEAD(&target->worker->doubted, target, search->doubted);
    run_target_doubted(target->run);
}

static void end_doubt(struct target *target)
{
    LIST_REMOVE(target, search->doubted);
    atomic_fetch_sub(&target->run->targets_in_doubt, 1);
}

void target_believe(struct worker *worker)
{
    struct target *next;
    uint64_t num_resolved = name_watch_num_resolved(&worker->run->names);
    uint64_t num_greeted = network_watch_num_greeted(&worker->run->watch);
    for (struct target *target = LIST_FIRST(&worker->doubted); target != NULL; target = next) {
        const struct target_doubt *doubt = &target->search->doubt;
        next = LIST_NEXT(target, search->doubted);
        if ((!doubt->is_of_names || num_resolved != doubt->num_resolved) &&
            (!doubt->is_of_network || num_greeted != doubt->num_greeted)) {
            end_doubt(target);
            target_finish_believed(target);
        }
    }
}

void target_stop_doubted(struct worker *worker)
{
    struct target *target;
    while ((target = LIST_FIRST(&worker->doubted)) != NULL) {
        end_doubt(target);
        target->was_stopped = atomic_load(&worker->run->has_outage);
        target_finish_believed(target);
    }
}
