#include "scanner/engine/retry_reason.h"

#include <stddef.h>

#include "scanner/enforcement/mta_sts_problem.h"
#include "scanner/engine/network_watch.h"

/*
 * Every other outcome is an answer, or a silence of the server's own, which another run with the
 * same options would see again. README.md has this list for users.
 */
static const char *const reasons[OUTCOME_COUNT] = {
    [OUTCOME_LOCAL_ERROR] = "this machine lacked something",
    [OUTCOME_INTERRUPTED] = "the run was stopped",
    [OUTCOME_TARGET_TIMEOUT] = "our patience ended",
    [OUTCOME_DNS_TIMEOUT] = "the resolver did not answer",
    [OUTCOME_DNS_REFUSED] = "the resolver refused us",
    [OUTCOME_DNS_SERVFAIL] = "the resolver could not find out, perhaps for want of a network",
    [OUTCOME_CONNECT_UNREACHABLE] = "there was no way, perhaps from here only",
    [OUTCOME_PROXY_FAILED] = "our proxy did not let us through",
    [OUTCOME_BANNER_4XX] = "it asked us to come back: RFC 5321 section 4.2.1",
    [OUTCOME_BANNER_421] = "it asked us to come back: RFC 5321 section 3.8",
    [OUTCOME_EHLO_4XX] = "it asked us to come back: RFC 5321 section 4.2.1",
    [OUTCOME_EHLO_421] = "it asked us to come back: RFC 5321 section 3.8",
    [OUTCOME_STARTTLS_4XX] = "it asked us to come back: RFC 3207 section 4",
    [OUTCOME_STARTTLS_421] = "it asked us to come back: RFC 5321 section 3.8",
    [OUTCOME_TURNED_AWAY] = "it refused this scanner",
};

const char *retry_reason(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_COUNT ? reasons[outcome] : NULL;
}

/* An outage may have led names to one place, which is no public one. */
static bool is_of_outage(enum outcome outcome)
{
    return network_may_be_lost(outcome) || outcome_phase(outcome) == PHASE_DNS ||
           outcome == OUTCOME_ADDRESS_NOT_PUBLIC;
}

static bool is_reason(unsigned what, enum outcome outcome)
{
    return ((what & RETRY_OURS) != 0 && retry_reason(outcome) != NULL) ||
           ((what & RETRY_OUTAGE) != 0 && is_of_outage(outcome));
}

static bool is_left(unsigned what, const struct verdict *verdict)
{
    return verdict->value == TRI_UNKNOWN && is_reason(what, verdict->reason);
}

static bool any_is_left(unsigned what, const struct verdict *verdicts, size_t num)
{
    for (size_t i = 0; i < num; i++) {
        if (is_left(what, &verdicts[i])) {
            return true;
        }
    }
    return false;
}

bool retry_reason_in_endpoint(unsigned what, const struct endpoint_record *record)
{
    const struct tls_facts *tls = &record->tls;
    if (record->grade == GRADE_U && is_reason(what, record->outcome)) {
        return true;
    }
    /* DNS answers that failed: RFC 7672 section 2.1.1. */
    if (record->dane == DANE_TEMPERROR || is_left(what, &record->starttls_advertised) ||
        is_left(what, &record->starttls_accepted) || is_left(what, &record->starttls_handshake) ||
        is_left(what, &record->injection_commands)) {
        return true;
    }
    return record->has_tls &&
           (any_is_left(what, tls->versions, TLS_VERSION_COUNT) ||
            any_is_left(what, tls->weak, WEAK_CLASS_COUNT) || is_left(what, &tls->post_quantum) ||
            is_left(what, &tls->ems) || is_left(what, &tls->secure_renegotiation) ||
            is_left(what, &tls->compression));
}

/* An address that was seen counts by its own record. */
static bool in_host(unsigned what, const struct mx_record *host)
{
    bool is_found = host->num_endpoints == 0 && is_reason(what, host->outcome);
    for (size_t i = 0; i < host->num_endpoints && !is_found; i++) {
        const struct mx_endpoint *endpoint = &host->endpoints[i];
        is_found = endpoint->grade == GRADE_U && is_reason(what, endpoint->outcome);
    }
    return is_found || is_reason(what, host->lookup) || is_left(what, &host->dnssec) ||
           host->dane == DANE_TEMPERROR;
}

/* The TXT record or the policy could not be had. */
static bool in_policy(const struct mta_sts_record *policy)
{
    const uint64_t unknown = MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_TXT_LOOKUP_FAILED) |
                             MTA_STS_PROBLEM_BIT(MTA_STS_PROBLEM_FETCH_NOT_DONE);
    return policy->may_be_the_network ||
           (mta_sts_problems_of(policy->problems, policy->num_problems) & unknown) != 0;
}

bool retry_reason_in_domain(unsigned what, const struct domain_record *record)
{
    bool found = is_reason(what, record->dns_outcome) || is_left(what, &record->dnssec) ||
                 is_left(what, &record->tls_rpt.status) || in_policy(&record->mta_sts) ||
                 record->dane == DANE_TEMPERROR;
    for (size_t i = 0; i < record->num_mx && !found; i++) {
        found = in_host(what, &record->mx[i]);
    }
    for (size_t i = 0; i < record->num_services && !found; i++) {
        const struct service_record *service = &record->services[i];
        found = is_reason(what, service->lookup) || in_host(what, &service->host);
    }
    return found;
}
