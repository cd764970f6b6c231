#include "scanner/engine/host_lookup.h"

#include <stdlib.h>

#include "scanner/base/lookup.h"
#include "scanner/engine/host_dane.h"

void host_lookup_fini(struct host_lookup *lookup)
{
    dane_lookup_fini(&lookup->ipv4);
    dane_lookup_fini(&lookup->ipv6);
    free(lookup->addresses);
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

/* Ignores addresses beyond HOST_ADDRESSES_MAX. False on lack of memory. */
static bool add_address(struct host_lookup *lookup, const struct address *address)
{
    for (size_t i = 0; i < lookup->num_addresses; i++) {
        if (address_equal(&lookup->addresses[i], address)) {
            return true;
        }
    }
    if (lookup->num_addresses == HOST_ADDRESSES_MAX) {
        return true;
    }
    struct address *more =
        realloc(lookup->addresses, (lookup->num_addresses + 1) * sizeof(lookup->addresses[0]));
    if (more == NULL) {
        return false;
    }
    lookup->addresses = more;
    lookup->addresses[lookup->num_addresses++] = *address;
    return true;
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
static bool has_failed(const struct dane_lookup *note)
{
    return note->outcome != DNS_OK && note->outcome != DNS_NODATA && note->outcome != DNS_NXDOMAIN;
}

static void judge_addresses(struct host_lookup *lookup)
{
    lookup->outcome = worse_lookup(outcome_of_lookup(lookup->ipv4.outcome),
                                   outcome_of_lookup(lookup->ipv6.outcome));
    if (lookup->num_addresses > 0 && !has_failed(&lookup->ipv4) && !has_failed(&lookup->ipv6)) {
        lookup->outcome = OUTCOME_OK; /* many hosts have addresses of one family only */
    }
    lookup->dnssec = (struct verdict){TRI_UNKNOWN, lookup->outcome};
    if (lookup->config->trust_ad && lookup->num_addresses > 0) {
        bool is_signed = lookup->ipv4.authentic || lookup->ipv6.authentic;
        lookup->dnssec.value = is_signed ? TRI_YES : TRI_NO;
    }
}

static bool put_off(struct host_lookup *lookup);

static void take_addresses(struct host_lookup *lookup, struct dane_lookup *note,
                           const struct dns_answer *answer)
{
    for (size_t i = 0; answer->outcome == DNS_OK && i < answer->num_records; i++) {
        lookup->lacks_memory |= !add_address(lookup, &answer->records[i].address);
    }
    lookup->aliased |= answer->aliased;
    lookup->lacks_memory |= !dane_lookup_note(note, answer);
    note_failure(lookup, answer->outcome);
    if (--lookup->questions_left == 0 && !put_off(lookup)) {
        judge_addresses(lookup);
        ask_tlsa(lookup);
    }
}

static void on_ipv4(void *user, const struct dns_answer *answer)
{
    struct host_lookup *lookup = user;
    take_addresses(lookup, &lookup->ipv4, answer);
}

static void on_ipv6(void *user, const struct dns_answer *answer)
{
    struct host_lookup *lookup = user;
    take_addresses(lookup, &lookup->ipv6, answer);
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
    const char *name = hostname_text(lookup->name);
    lookup->has_put_off = true;
    if (may_pass(&lookup->ipv4)) {
        dane_lookup_fini(&lookup->ipv4);
        lookup->questions_left++;
        dns_put_off(lookup->dns, &lookup->ipv4_waiter, name, DNS_A, on_ipv4, lookup);
    }
    if (may_pass(&lookup->ipv6)) {
        dane_lookup_fini(&lookup->ipv6);
        lookup->questions_left++;
        dns_put_off(lookup->dns, &lookup->ipv6_waiter, name, DNS_AAAA, on_ipv6, lookup);
    }
    return lookup->questions_left > 0;
}

/* Looks up both families even if the run contacts one only: addresses of the other one still show
 * that the host exists, and whether its addresses are authentic. */
void host_lookup_start(struct host_lookup *lookup)
{
    const char *name = hostname_text(lookup->name);
    lookup->questions_left = 2;
    dns_ask(lookup->dns, &lookup->ipv4_waiter, name, DNS_A, on_ipv4, lookup);
    dns_ask(lookup->dns, &lookup->ipv6_waiter, name, DNS_AAAA, on_ipv6, lookup);
}
