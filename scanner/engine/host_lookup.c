#include "scanner/engine/host_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/base/lookup.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/host_dane.h"
#include "scanner/engine/name_watch.h"

void host_lookup_fini(struct host_lookup *lookup)
{
    dane_lookup_fini(&lookup->ipv4);
    dane_lookup_fini(&lookup->ipv6);
    free(lookup->addresses);
    free(lookup->unchecked);
    host_dane_release(lookup->dane);
}

static void finish(struct host_lookup *lookup)
{
    enum host_lookup_end end = lookup->is_cancelled   ? HOST_LOOKUP_CANCELLED
                               : lookup->lacks_memory ? HOST_LOOKUP_NO_MEMORY
                                                      : HOST_LOOKUP_COMPLETE;
    lookup->done(lookup, end);
}

static void note_failure(struct host_lookup *lookup, enum dns_outcome outcome)
{
    lookup->lacks_memory |= outcome == DNS_SHORTAGE;
    lookup->is_cancelled |= outcome == DNS_CANCELLED;
}

/* ---- TLSA ---- */

static void on_dane(void *user, struct host_dane *dane, enum dns_outcome outcome)
{
    struct host_lookup *lookup = user;
    lookup->dane = dane;
    note_failure(lookup, outcome);
    finish(lookup);
}

/* Asks for TLSA records. Which questions are asked depends on the addresses. */
static void ask_tlsa(struct host_lookup *lookup)
{
    const struct config *config = lookup->config;
    if (!lookup->service->is_between_servers || lookup->lacks_memory || lookup->is_cancelled) {
        finish(lookup);
        return;
    }
    const struct dane_plan_input input = {
        .host = lookup->name,
        .port = lookup->port,
        .trusts_resolver = config->trust_ad,
        .a = &lookup->ipv4,
        .aaaa = &lookup->ipv6,
    };
    host_dane_ask(lookup->dns, &input, on_dane, lookup);
}

/* ---- Addresses ---- */

/* Only counts addresses beyond HOST_ADDRESSES_MAX. False on lack of memory. */
static bool add_address(struct address **addresses, size_t *num, size_t *num_beyond,
                        const struct address *address)
{
    for (size_t i = 0; i < *num; i++) {
        if (address_equal(&(*addresses)[i], address)) {
            return true;
        }
    }
    if (*num == HOST_ADDRESSES_MAX) {
        (*num_beyond)++;
        return true;
    }
    struct address *more = realloc(*addresses, (*num + 1) * sizeof(**addresses));
    if (more == NULL) {
        return false;
    }
    *addresses = more;
    more[(*num)++] = *address;
    return true;
}

static bool is_before(const struct config *config, const struct address *a, const struct address *b)
{
    bool is_first_asked = contact_check(config, a) == OUTCOME_OK;
    bool is_second_asked = contact_check(config, b) == OUTCOME_OK;
    if (is_first_asked != is_second_asked) {
        return is_first_asked;
    }
    if (a->family != b->family) {
        return a->family < b->family;
    }
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) < 0;
}

/* There are at most HOST_ADDRESSES_MAX of them. */
void host_lookup_sort(struct host_lookup *lookup)
{
    for (size_t i = 1; i < lookup->num_addresses; i++) {
        const struct address address = lookup->addresses[i];
        size_t at = i;
        while (at > 0 && is_before(lookup->config, &address, &lookup->addresses[at - 1])) {
            lookup->addresses[at] = lookup->addresses[at - 1];
            at--;
        }
        lookup->addresses[at] = address;
    }
}

/*
 * The worse outcome of two look-ups. A failed look-up is worse than a missing record. NXDOMAIN is
 * worse than NODATA because it holds for records of every type (RFC 8020).
 */
static enum outcome worse_lookup(enum outcome a, enum outcome b)
{
    static const enum outcome order[] = {OUTCOME_DNS_NODATA,  OUTCOME_DNS_NXDOMAIN,
                                         OUTCOME_DNS_REFUSED, OUTCOME_DNS_MALFORMED,
                                         OUTCOME_DNS_TIMEOUT, OUTCOME_DNS_SERVFAIL};
    enum outcome worse = OUTCOME_OK;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        worse = a == order[i] || b == order[i] ? order[i] : worse;
    }
    return worse;
}

/* "There is no such record" is an answer, not a failure. */
static bool has_failed(const struct host_lookup *lookup, const struct dane_lookup *note)
{
    bool is_answered =
        note->outcome == DNS_OK || note->outcome == DNS_NODATA || note->outcome == DNS_NXDOMAIN;
    return !is_answered && !(lookup->is_unchecked && note->bogus);
}

/* What is bogus can be observed all the same, if nothing better is there. */
static void take_unchecked(struct host_lookup *lookup)
{
    if (lookup->num_addresses == 0 && lookup->num_unchecked > 0) {
        lookup->addresses = lookup->unchecked;
        lookup->num_addresses = lookup->num_unchecked;
        lookup->num_beyond = lookup->num_unchecked_beyond;
        lookup->unchecked = NULL;
        lookup->num_unchecked = 0;
        lookup->is_unchecked = true;
    }
}

static void judge_addresses(struct host_lookup *lookup)
{
    lookup->outcome = worse_lookup(outcome_of_lookup(lookup->ipv4.outcome),
                                   outcome_of_lookup(lookup->ipv6.outcome));
    lookup->dnssec = (struct verdict){TRI_UNKNOWN, lookup->outcome};
    take_unchecked(lookup);
    if (lookup->num_addresses > 0 && !has_failed(lookup, &lookup->ipv4) &&
        !has_failed(lookup, &lookup->ipv6)) {
        lookup->outcome = OUTCOME_OK; /* many hosts have addresses of one family only */
    }
    if (lookup->config->trust_ad && lookup->num_addresses > 0 && !lookup->is_unchecked) {
        bool is_signed = lookup->ipv4.authentic || lookup->ipv6.authentic;
        lookup->dnssec.value = is_signed ? TRI_YES : TRI_NO;
    }
}

static bool put_off(struct host_lookup *lookup);

static void take_addresses(struct host_lookup *lookup, struct dane_lookup *note,
                           const struct dns_validated *question, const struct dns_answer *answer,
                           const struct dns_answer *unchecked)
{
    if (answer->outcome == DNS_OK && !answer->is_kept) {
        name_watch_resolved(lookup->watch, lookup->name);
    }
    for (size_t i = 0; answer->outcome == DNS_OK && i < answer->num_records; i++) {
        lookup->lacks_memory |= !add_address(&lookup->addresses, &lookup->num_addresses,
                                             &lookup->num_beyond, &answer->records[i].address);
    }
    for (size_t i = 0; unchecked != NULL && i < unchecked->num_records; i++) {
        lookup->lacks_memory |=
            !add_address(&lookup->unchecked, &lookup->num_unchecked, &lookup->num_unchecked_beyond,
                         &unchecked->records[i].address);
    }
    lookup->aliased |= answer->aliased || (unchecked != NULL && unchecked->aliased);
    lookup->lacks_memory |= !dane_lookup_note(note, question, answer, unchecked);
    note_failure(lookup, answer->outcome);
    if (--lookup->questions_left == 0 && !put_off(lookup)) {
        judge_addresses(lookup);
        ask_tlsa(lookup);
    }
}

static void on_ipv4(void *user, const struct dns_answer *answer, const struct dns_answer *unchecked)
{
    struct host_lookup *lookup = user;
    take_addresses(lookup, &lookup->ipv4, &lookup->ipv4_question, answer, unchecked);
}

static void on_ipv6(void *user, const struct dns_answer *answer, const struct dns_answer *unchecked)
{
    struct host_lookup *lookup = user;
    take_addresses(lookup, &lookup->ipv6, &lookup->ipv6_question, answer, unchecked);
}

static bool may_pass(const struct dane_lookup *note)
{
    return lookup_may_pass(note->outcome, note->bogus);
}

/*
 * Puts off failed address questions until late in the run, once, if no address was found: a single
 * DNS failure must not leave the host unobserved. True if a question was put off.
 */
static bool put_off(struct host_lookup *lookup)
{
    bool is_lost = lookup->num_addresses == 0 && !lookup->lacks_memory && !lookup->is_cancelled;
    if (!is_lost || lookup->has_put_off || lookup->config->retry_wait <= 0.) {
        return false;
    }
    lookup->has_put_off = true;
    if (may_pass(&lookup->ipv4)) {
        dane_lookup_fini(&lookup->ipv4);
        lookup->questions_left++;
        dns_validated_put_off(&lookup->ipv4_question);
    }
    if (may_pass(&lookup->ipv6)) {
        dane_lookup_fini(&lookup->ipv6);
        lookup->questions_left++;
        dns_validated_put_off(&lookup->ipv6_question);
    }
    return lookup->questions_left > 0;
}

static struct dns_validated question_of(struct host_lookup *lookup, enum dns_type type,
                                        dns_validated_callback callback)
{
    return (struct dns_validated){
        .dns = lookup->dns,
        .name = hostname_text(lookup->name),
        .type = type,
        .trusts_resolver = lookup->config->trust_ad,
        .callback = callback,
        .user = lookup,
    };
}

/* Looks up both families even if the run contacts one only: addresses of the other one still show
 * that the host exists, and whether its addresses are authentic. */
void host_lookup_start(struct host_lookup *lookup)
{
    lookup->questions_left = 2;
    lookup->ipv4_question = question_of(lookup, DNS_A, on_ipv4);
    lookup->ipv6_question = question_of(lookup, DNS_AAAA, on_ipv6);
    dns_validated_ask(&lookup->ipv4_question);
    dns_validated_ask(&lookup->ipv6_question);
}
