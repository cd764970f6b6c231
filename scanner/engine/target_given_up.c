/*
 * What is written of the lines that a run has begun and given up. It comes after all other records,
 * so that --resume cuts it off and begins these lines anew.
 */
#include "scanner/engine/target_internal.h"

#include "scanner/engine/endpoint.h"

/* What is known of a part of its hosts would say something wrong of the whole: the record says only
 * why there is no verdict. */
static bool tell_domain(const struct target *target, enum outcome why)
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
        .started = line->started,
    };
    emit_domain(target->worker->emitter, &record, &nowhere);
    return true;
}

/* An endpoint's record for each service of which the results are not all there. It has the line's
 * host, but no address unless the line names one. */
static bool tell_place(const struct target *target, enum outcome why)
{
    const struct run *run = target->run;
    bool is_told = true;
    for (size_t i = 0; i < run->num_services; i++) {
        if (target->is_service_done[i]) {
            continue;
        }
        const struct endpoint_request request = {
            .host = target->place.host,
            .service = run->services[i],
            .summary = {.address = target->place.address,
                        .port = target_place_port(target, run->services[i])},
            .uncontacted = why,
        };
        is_told &= endpoint_tell_uncontacted(target->worker, &request);
    }
    return is_told;
}

/* A line that was given up for lack of memory and by the stop will be whole in the next run. */
static enum outcome why_given_up(const struct target *target)
{
    bool is_stopped = target->was_stopped || target->pending > 0;
    return is_stopped ? OUTCOME_INTERRUPTED : OUTCOME_LOCAL_ERROR;
}

uint64_t target_tell_given_up(struct worker *worker)
{
    uint64_t num_short = 0;
    for (const struct target *target = LIST_FIRST(&worker->targets); target != NULL;
         target = LIST_NEXT(target, link)) {
        enum outcome why = why_given_up(target);
        bool is_told = target->record != NULL ? tell_domain(target, why) : tell_place(target, why);
        counter_add(&worker->counters.lines_told, is_told ? 1 : 0);
        num_short += why == OUTCOME_LOCAL_ERROR ? 1 : 0;
    }
    return num_short;
}
