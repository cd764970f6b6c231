/* Where a domain's mail goes: RFC 5321 section 5.1, RFC 7505. */
#include "scanner/engine/target_internal.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/lookup.h"
#include "scanner/dialogue/service_smtp.h"
#include "scanner/engine/exchange_order.h"

static void start_hosts(struct target *target)
{
    /* They may have been looked for on behalf of another service alone. */
    if (target->run->wants_mail) {
        target_start_hosts(target, target->mx, target->num_mx, &service_smtp);
    }
}

static void on_policy(struct once_waiter *waiter)
{
    struct target_search *search =
        (struct target_search *)((char *)waiter - offsetof(struct target_search, policy_waiter));
    struct target *target = search->target;
    search->policy = search->policy_waiter.policy;
    if (waiter->is_given_up) {
        target_note_failure(target, waiter->failure);
    }
    target_part_ended(target);
}

/* A domain that takes no mail has nothing to enforce. */
static void start_policy(struct target *target)
{
    enum mail_kind mail = target->record->mail;
    bool takes_mail = mail == MAIL_MX || mail == MAIL_IMPLICIT;
    if (!takes_mail || !target->run->wants_mail || target->lacks_memory || target->was_stopped) {
        return;
    }
    target_part_started(target);
    target->search->policy_waiter.waiter.ready = on_policy;
    domain_policy_ask(&target->worker->policies, target->domain, &target->search->policy_waiter);
}

static bool add_mx(struct target *target, int32_t preference, const char *name)
{
    struct target_mx *mx = &target->mx[target->num_mx];
    mx->preference = preference;
    mx->port = target_port(target, &service_smtp);
    mx->name = arena_copy(&target->arena, name, strlen(name));
    if (mx->name == NULL) {
        return false;
    }
    target->num_mx++;
    return true;
}

static void take_exchanges(struct target *target, const struct dns_answer *answer)
{
    const struct dns_record *records[TARGET_MX_MAX];
    size_t num = exchange_order(answer, records, TARGET_MX_MAX);
    target->mx = arena_alloc(&target->arena, (num + 1) * sizeof(*target->mx));
    if (target->mx == NULL) {
        target->lacks_memory = true;
        return;
    }
    for (size_t i = 0; i < num; i++) {
        if (!add_mx(target, records[i]->mx.preference, records[i]->mx.host)) {
            target->lacks_memory = true;
            return;
        }
        target->lacks_memory |= !target_mx_read_name(&target->mx[i]);
    }
}

/* RFC 5321 section 5.1: without any MX the domain itself is its mail host, with preference 0. */
static void take_implicit(struct target *target)
{
    target->mx = arena_alloc(&target->arena, sizeof(*target->mx));
    if (target->mx == NULL || !add_mx(target, -1, hostname_text(target->domain))) {
        target->lacks_memory = true;
        return;
    }
    target->mx[0].host = hostname_hold(target->domain);
}

/* A single DNS failure must not leave the domain ungraded: the question is asked once more, late.
 */
static bool is_to_be_put_off(const struct target *target, const struct dns_answer *answer)
{
    return lookup_may_pass(answer->outcome, answer->bogus) && !target->search->has_put_off_mx &&
           target->worker->config->retry_wait > 0.;
}

/* Hosts of its own show by their addresses whether all names lead to one place. */
static void tell_watch(const struct target *target, const struct dns_answer *answer)
{
    struct name_watch *names = &target->run->names;
    if (answer->outcome == DNS_NXDOMAIN) {
        name_watch_missing(names, target->domain, target->turn);
    }
    if (answer->outcome != DNS_OK) {
        return;
    }
    if (!answer->is_kept) {
        name_watch_resolved(names, target->domain);
    }
    const struct hostname *first = target->num_mx > 0 ? target->mx[0].host : NULL;
    if (first != NULL &&
        strcmp(hostname_organisation(first), hostname_organisation(target->domain)) != 0) {
        name_watch_leads_to_host(names, target->domain, target->turn, hostname_text(first));
    }
}

static void take_mx(struct target *target, const struct dns_answer *answer)
{
    struct domain_record *record = target->record;
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
    case DNS_SHORTAGE:
    case DNS_CANCELLED:
        target_note_dns_failure(target, answer->outcome);
        break;
    default:
        break;
    }
}

/*
 * The hosts of a bogus answer are scanned, for senders that do not validate go there. That a domain
 * takes no mail is not believed of such an answer.
 */
static void take_bogus_mx(struct target *target, const struct dns_answer *unchecked)
{
    struct domain_record *record = target->record;
    record->mx_bogus = target->search->mx_lookup.question;
    take_mx(target, unchecked);
    if (record->mail == MAIL_NULL_MX || record->mail == MAIL_NONE) {
        record->mail = MAIL_UNKNOWN;
        target->num_mx = 0; /* the root, which is no host */
    }
}

static void on_mx(void *user, const struct dns_answer *answer, const struct dns_answer *unchecked)
{
    struct target *target = user;
    struct domain_record *record = target->record;
    if (is_to_be_put_off(target, answer)) {
        target->search->has_put_off_mx = true;
        dns_validated_put_off(&target->search->mx_question);
        return;
    }
    record->dns_outcome = outcome_of_lookup(answer->outcome);
    target->lacks_memory |= !dane_lookup_note(&target->search->mx_lookup,
                                              &target->search->mx_question, answer, unchecked);
    bool is_answer = answer->outcome == DNS_OK || answer->outcome == DNS_NODATA ||
                     answer->outcome == DNS_NXDOMAIN;
    if (!is_answer) {
        record->dnssec.reason = record->dns_outcome;
    } else if (target->worker->config->trust_ad) {
        record->dnssec.value = answer->authentic ? TRI_YES : TRI_NO;
    }
    if (unchecked != NULL) {
        take_bogus_mx(target, unchecked);
    } else {
        take_mx(target, answer);
    }
    tell_watch(target, answer);
    target->search->is_mx_known = true;
    start_hosts(target);
    start_policy(target);
    target_services_on_mx(target);
    target_part_ended(target);
}

void target_find_mx(struct target *target)
{
    target_part_started(target);
    target->search->mx_question = (struct dns_validated){
        .dns = target->worker->dns,
        .name = hostname_text(target->domain),
        .type = DNS_MX,
        .trusts_resolver = target->worker->config->trust_ad,
        .callback = on_mx,
        .user = target,
    };
    dns_validated_ask(&target->search->mx_question);
}
