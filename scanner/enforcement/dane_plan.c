#include "scanner/enforcement/dane_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dane_lookup_note(struct dane_lookup *lookup, const struct dns_validated *question,
                      const struct dns_answer *answer, const struct dns_answer *unchecked)
{
    lookup->is_answered = true;
    lookup->outcome = answer->outcome;
    lookup->authentic = answer->authentic;
    lookup->bogus = answer->bogus;
    lookup->aliased = answer->aliased;
    if (answer->aliased) {
        lookup->canonical = strdup(answer->canonical);
    }
    if (unchecked != NULL) {
        lookup->question = dns_validated_text(question, unchecked);
    }
    return (lookup->canonical != NULL || !answer->aliased) &&
           (lookup->question != NULL || unchecked == NULL);
}

void dane_lookup_fini(struct dane_lookup *lookup)
{
    free((char *)lookup->canonical);
    free((char *)lookup->question);
    *lookup = (struct dane_lookup){0};
}

static void end(struct dane_plan *plan, enum dane_status status)
{
    plan->step = DANE_STEP_DONE;
    plan->status = status;
}

/*
 * What a failed look-up means: an attacker can cause any of these, so none of them may pass for "no
 * records" (RFC 7672 section 2.1.2). DANE_NONE: it has not failed.
 */
static enum dane_status status_of_failure(enum dns_outcome outcome, bool bogus)
{
    switch (outcome) {
    case DNS_OK:
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        return DANE_NONE;
    case DNS_SERVFAIL:
        return bogus ? DANE_BOGUS : DANE_TEMPERROR;
    case DNS_SHORTAGE:
    case DNS_CANCELLED:
        return DANE_UNKNOWN;
    default:
        return DANE_TEMPERROR;
    }
}

/* ---- What the addresses say ---- */

static bool has_addresses(const struct dane_lookup *lookup)
{
    return lookup != NULL && lookup->is_answered && lookup->outcome == DNS_OK;
}

static enum dane_status failure_of(const struct dane_lookup *lookup)
{
    return lookup != NULL && lookup->is_answered ? status_of_failure(lookup->outcome, lookup->bogus)
                                                 : DANE_NONE;
}

/* Neither family has an address: there is no host, or nobody could say. */
static enum dane_status status_without_addresses(const struct dane_plan_input *input)
{
    static const enum dane_status order[] = {DANE_BOGUS, DANE_TEMPERROR, DANE_UNKNOWN};
    enum dane_status a = failure_of(input->a);
    enum dane_status aaaa = failure_of(input->aaaa);
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (a == order[i] || aaaa == order[i]) {
            return order[i];
        }
    }
    return DANE_NONE;
}

/* RFC 7672 section 2.2.2: one authentic address RRset is enough, of either family. */
static const struct dane_lookup *authentic_addresses(const struct dane_plan_input *input)
{
    if (has_addresses(input->a) && input->a->authentic) {
        return input->a;
    }
    return has_addresses(input->aaaa) && input->aaaa->authentic ? input->aaaa : NULL;
}

static void add_base(struct dane_plan *plan, const char *name)
{
    (void)snprintf(plan->bases[plan->num_bases], DNS_NAME_MAX, "%s", name);
    plan->num_bases++;
}

void dane_plan_init(struct dane_plan *plan, const struct dane_plan_input *input)
{
    *plan = (struct dane_plan){.port = input->port};
    const struct dane_lookup *any = has_addresses(input->a) ? input->a : input->aaaa;
    if (!has_addresses(any)) {
        enum dane_status status = status_without_addresses(input);
        end(plan, input->trusts_resolver || status == DANE_NONE ? status : DANE_UNKNOWN);
        return;
    }
    const struct dane_lookup *authentic = authentic_addresses(input);
    if (!input->trusts_resolver) {
        end(plan, DANE_UNKNOWN);
    } else if (authentic != NULL) {
        /* RFC 7672 section 2.2.3: the name at the end of an authentic alias comes first. */
        if (authentic->aliased) {
            add_base(plan, authentic->canonical);
        }
        add_base(plan, hostname_text(input->host));
        plan->step = DANE_STEP_TLSA;
    } else if (any->aliased) {
        /* The alias may lead out of a signed zone: then its own name still counts. */
        add_base(plan, hostname_text(input->host));
        plan->step = DANE_STEP_CNAME;
    } else {
        add_base(plan, hostname_text(input->host));
        plan->step = DANE_STEP_UNSIGNED;
    }
}

/* ---- Questions and answers ---- */

bool dane_plan_question(const struct dane_plan *plan, char out_name[DANE_QUESTION_MAX],
                        enum dns_type *out_type)
{
    const char *base = plan->bases[plan->base];
    switch (plan->step) {
    case DANE_STEP_CNAME:
        *out_type = DNS_CNAME;
        (void)snprintf(out_name, DANE_QUESTION_MAX, "%s", base);
        return true;
    case DANE_STEP_TLSA:
    case DANE_STEP_UNSIGNED:
        *out_type = DNS_TLSA;
        (void)snprintf(out_name, DANE_QUESTION_MAX, "_%u._tcp.%s", plan->port, base);
        return true;
    case DANE_STEP_DONE:
        break;
    }
    return false;
}

static void take_cname(struct dane_plan *plan, const struct dns_answer *answer)
{
    enum dane_status failure = status_of_failure(answer->outcome, answer->bogus);
    if (failure != DANE_NONE) {
        end(plan, failure);
    } else if (answer->outcome == DNS_OK && answer->authentic) {
        plan->step = DANE_STEP_TLSA;
    } else {
        plan->step = DANE_STEP_UNSIGNED; /* an unsigned alias has no TLSA records that count */
    }
}

/* RFC 7672 section 2.2.3: without records at the one name the other one is asked. */
static void go_on(struct dane_plan *plan)
{
    if (plan->base + 1 < plan->num_bases) {
        plan->base++;
    } else {
        end(plan, plan->saw_insecure_records ? DANE_INSECURE : DANE_NONE);
    }
}

static void take_tlsa(struct dane_plan *plan, const struct dns_answer *answer)
{
    enum dane_status failure = status_of_failure(answer->outcome, answer->bogus);
    if (failure != DANE_NONE) {
        end(plan, failure);
    } else if (answer->outcome == DNS_OK && answer->authentic) {
        plan->has_records = true;
        end(plan, DANE_UNKNOWN);
    } else {
        plan->saw_insecure_records |= answer->outcome == DNS_OK;
        go_on(plan);
    }
}

/* No sender asks this question (RFC 7672 section 2.2.2), so its failure keeps no mail away. */
static void take_unsigned(struct dane_plan *plan, const struct dns_answer *answer)
{
    end(plan, answer->outcome == DNS_OK ? DANE_INSECURE : DANE_NONE);
}

void dane_plan_take(struct dane_plan *plan, const struct dns_answer *answer)
{
    switch (plan->step) {
    case DANE_STEP_CNAME:
        take_cname(plan, answer);
        break;
    case DANE_STEP_TLSA:
        take_tlsa(plan, answer);
        break;
    case DANE_STEP_UNSIGNED:
        take_unsigned(plan, answer);
        break;
    case DANE_STEP_DONE:
        break;
    }
}

const char *dane_plan_base(const struct dane_plan *plan)
{
    return plan->bases[plan->base];
}
