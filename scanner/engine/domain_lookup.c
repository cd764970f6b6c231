#include "scanner/engine/domain_lookup.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "scanner/base/log.h"

#define QUESTIONS      4 /* TXT of MTA-STS, TLS reporting, SPF and DMARC */
#define TLS_RPT_PREFIX "_smtp._tls."
#define NAME_SIZE      (HOSTNAME_SIZE + sizeof(TLS_RPT_PREFIX))
#define FETCH_TRIES    2 /* what may be the network's fault is believed the second time */

void domain_lookup_fini(struct domain_lookup *lookup)
{
    policy_fetch_cancel(&lookup->fetch);
    hostname_release(lookup->policy_host);
}

/* ---- The TXT records ---- */

static void question_answered(struct domain_lookup *lookup, const struct dns_answer *answer)
{
    lookup->is_cancelled |= answer->outcome == DNS_CANCELLED;
    lookup->lacks_memory |= answer->outcome == DNS_SHORTAGE;
    if (--lookup->questions_left == 0) {
        bool has_policy = lookup->published->txt.status == MTA_STS_TXT_VALID;
        lookup->ended(lookup, lookup->is_cancelled   ? DOMAIN_LOOKUP_CANCELLED
                              : lookup->lacks_memory ? DOMAIN_LOOKUP_NO_MEMORY
                              : has_policy           ? DOMAIN_LOOKUP_FETCH
                                                     : DOMAIN_LOOKUP_COMPLETE);
    }
}

static void on_mta_sts(void *user, const struct dns_answer *answer)
{
    struct domain_lookup *lookup = user;
    mta_sts_txt_of_answer(answer, &lookup->published->txt);
    question_answered(lookup, answer);
}

static void on_tls_rpt(void *user, const struct dns_answer *answer)
{
    struct domain_lookup *lookup = user;
    struct tls_rpt_record *record = &lookup->published->tls_rpt;
    uint32_t problems = 0;
    if (tls_rpt_of_answer(lookup->arena, answer, record, &problems)) {
        tls_rpt_name_problems(lookup->arena, problems, record);
    } else {
        lookup->lacks_memory = true;
    }
    question_answered(lookup, answer);
}

static void on_spf(void *user, const struct dns_answer *answer)
{
    struct domain_lookup *lookup = user;
    lookup->lacks_memory |= !spf_of_answer(lookup->arena, answer, &lookup->published->spf);
    question_answered(lookup, answer);
}

static void ask_dmarc(struct domain_lookup *lookup, const char *domain, dns_callback answered)
{
    char name[NAME_SIZE];
    (void)snprintf(name, sizeof(name), DMARC_PREFIX "%s", domain);
    dns_ask(lookup->dns, &lookup->dmarc_waiter, name, DNS_TXT, answered, lookup);
}

static void on_dmarc_of_organisation(void *user, const struct dns_answer *answer)
{
    struct domain_lookup *lookup = user;
    bool is_absent;
    lookup->lacks_memory |= !dmarc_of_answer(lookup->arena, answer, DMARC_OF_ORGANISATION,
                                             &lookup->published->dmarc, &is_absent);
    question_answered(lookup, answer);
}

static void on_dmarc(void *user, const struct dns_answer *answer)
{
    struct domain_lookup *lookup = user;
    const char *organisation = hostname_organisation(lookup->domain);
    bool is_absent = false;
    lookup->lacks_memory |= !dmarc_of_answer(lookup->arena, answer, DMARC_OF_DOMAIN,
                                             &lookup->published->dmarc, &is_absent);
    if (is_absent && strcmp(organisation, hostname_text(lookup->domain)) != 0) {
        ask_dmarc(lookup, organisation, on_dmarc_of_organisation);
        return;
    }
    question_answered(lookup, answer);
}

void domain_lookup_start(struct domain_lookup *lookup)
{
    const char *domain = hostname_text(lookup->domain);
    char name[NAME_SIZE];
    lookup->questions_left = QUESTIONS;
    (void)snprintf(name, sizeof(name), MTA_STS_TXT_PREFIX "%s", domain);
    dns_ask(lookup->dns, &lookup->mta_sts_waiter, name, DNS_TXT, on_mta_sts, lookup);
    (void)snprintf(name, sizeof(name), TLS_RPT_PREFIX "%s", domain);
    dns_ask(lookup->dns, &lookup->tls_rpt_waiter, name, DNS_TXT, on_tls_rpt, lookup);
    dns_ask(lookup->dns, &lookup->spf_waiter, domain, DNS_TXT, on_spf, lookup);
    ask_dmarc(lookup, domain, on_dmarc);
}

/* ---- The policy ---- */

/* False on lack of memory. */
static bool keep_response(struct domain_lookup *lookup, const struct https_response *response)
{
    struct domain_published *published = lookup->published;
    published->fetch = mta_sts_fetch_of(response);
    published->is_fetched = true;
    published->has_policy = mta_sts_has_body(response);
    return !published->has_policy || mta_sts_policy_parse(lookup->arena, response->body,
                                                          response->body_len, &published->policy);
}

/* This machine prevented the fetch. Descriptors and ports may be there again after a while. */
static enum domain_lookup_end end_by_local(const struct domain_lookup *lookup, int error)
{
    if (error == ECANCELED) {
        return DOMAIN_LOOKUP_CANCELLED;
    }
    return error != ENOMEM && lookup->num_fetches < FETCH_TRIES ? DOMAIN_LOOKUP_REPEAT
                                                                : DOMAIN_LOOKUP_NO_MEMORY;
}

static enum domain_lookup_end take_response(struct domain_lookup *lookup,
                                            const struct https_response *response)
{
    if (response == NULL) {
        return DOMAIN_LOOKUP_NO_MEMORY;
    }
    lookup->num_fetches++;
    log_trace(lookup->config, "%s: MTA-STS policy: %s", hostname_text(lookup->domain),
              https_outcome_name(response->outcome));
    if (response->outcome == HTTPS_LOCAL) {
        return end_by_local(lookup, response->error);
    }
    if (mta_sts_fetch_of(response).may_be_the_network && lookup->num_fetches < FETCH_TRIES) {
        return DOMAIN_LOOKUP_REPEAT;
    }
    return keep_response(lookup, response) ? DOMAIN_LOOKUP_COMPLETE : DOMAIN_LOOKUP_NO_MEMORY;
}

static void on_fetched(struct policy_fetch *fetch, const struct https_response *response)
{
    struct domain_lookup *lookup =
        (struct domain_lookup *)((char *)fetch - offsetof(struct domain_lookup, fetch));
    lookup->ended(lookup, take_response(lookup, response));
}

void domain_lookup_fetch(struct domain_lookup *lookup)
{
    if (lookup->policy_host == NULL &&
        hostname_below(MTA_STS_HOST_LABEL, lookup->domain, &lookup->policy_host) != HOSTNAME_OK) {
        lookup->ended(lookup, DOMAIN_LOOKUP_NO_MEMORY); /* too long a name has no record either */
        return;
    }
    lookup->fetch.host = lookup->policy_host;
    lookup->fetch.done = on_fetched;
    policy_fetch_start(lookup->fetches, &lookup->fetch);
}
