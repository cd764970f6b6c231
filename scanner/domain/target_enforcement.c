#include "scanner/domain/target_enforcement.h"

#include "scanner/enforcement/dane_domain.h"
#include "scanner/enforcement/leaf_names.h"

/* ---- DANE: RFC 7672 ---- */

/* What cannot be a host, or does not exist, has no place in the verdict: no mail goes there. */
static bool takes_part(const struct target_mx *mx)
{
    return mx->result != NULL && !mx->is_token && mx->result->outcome != OUTCOME_DNS_NXDOMAIN &&
           mx->result->outcome != OUTCOME_DNS_NODATA;
}

static bool is_named(const struct target_mx *mx, const struct hostname *domain)
{
    const struct host_result *result = mx->result;
    if (result == NULL || domain == NULL || result->dane != DANE_MISMATCH) {
        return false;
    }
    for (size_t i = 0; i < result->num_endpoints; i++) {
        const struct endpoint_summary *endpoint = &result->endpoints[i];
        if (endpoint->dane == DANE_MISMATCH && !leaf_names_have(endpoint->leaf_names, domain)) {
            return false;
        }
    }
    return true;
}

void target_enforcement_name_hosts(const struct hostname *domain, struct target_mx *hosts,
                                   size_t num_hosts)
{
    for (size_t i = 0; i < num_hosts; i++) {
        hosts[i].is_named = is_named(&hosts[i], domain);
    }
}

static enum dane_status dane_of(const struct target_enforcement_input *input,
                                const struct target_mx *mx, size_t num_mx)
{
    enum dane_status statuses[TARGET_MX_MAX] = {0};
    size_t num = 0;
    for (size_t i = 0; i < num_mx && num < TARGET_MX_MAX; i++) {
        if (takes_part(&mx[i])) {
            statuses[num++] = mx[i].is_named ? DANE_VALID : mx[i].result->dane;
        }
    }
    return dane_domain_status(input->mx_lookup, input->trusts_resolver, statuses, num);
}

/* ---- MTA-STS: RFC 8461 ---- */

/* What a sender that enforces the policy would meet: any address may be the one it picks. */
static struct mta_sts_mx mta_sts_mx_of(const struct target_mx *mx)
{
    struct mta_sts_mx out = {.host = mx->host};
    bool any_undecided = false;
    for (size_t i = 0; mx->result != NULL && i < mx->result->num_endpoints; i++) {
        const struct endpoint_summary *endpoint = &mx->result->endpoints[i];
        if (endpoint->starttls == TRI_NO || out.starttls == TRI_UNKNOWN) {
            out.starttls = endpoint->starttls;
        }
        if (endpoint->starttls != TRI_YES) {
            continue;
        }
        any_undecided |= endpoint->certificate_valid == TRI_UNKNOWN;
        if (endpoint->certificate_valid == TRI_NO || out.certificate_is_valid == TRI_UNKNOWN) {
            out.certificate_is_valid = endpoint->certificate_valid;
        }
    }
    if (any_undecided && out.certificate_is_valid == TRI_YES) {
        out.certificate_is_valid = TRI_UNKNOWN;
    }
    return out;
}

struct mta_sts_record target_enforcement_mta_sts(const struct domain_published *policy,
                                                 struct target_mx *mx, size_t num_mx,
                                                 struct arena *arena)
{
    const struct mta_sts_record unknown = {.status = MTA_STS_UNKNOWN, .max_age = -1};
    struct mta_sts_mx hosts[TARGET_MX_MAX];
    struct mta_sts_input input = {
        .txt = &policy->txt,
        .fetch = policy->is_fetched ? &policy->fetch : NULL,
        .policy = policy->has_policy ? &policy->policy : NULL,
        .mx = hosts,
    };
    for (size_t i = 0; i < num_mx && input.num_mx < TARGET_MX_MAX; i++) {
        if (mx[i].host != NULL && !mx[i].is_token) {
            struct mta_sts_mx *host = &hosts[input.num_mx++];
            *host = mta_sts_mx_of(&mx[i]);
            mx[i].mta_sts = mta_sts_judge_host(&input, host);
        }
    }
    struct mta_sts_record record;
    return mta_sts_fill(arena, &input, &record) ? record : unknown;
}

/* ---- All together ---- */

struct target_enforcement target_enforcement_of(const struct target_enforcement_input *input,
                                                struct target_mx *mx, size_t num_mx,
                                                struct arena *arena)
{
    target_enforcement_name_hosts(input->domain, mx, num_mx);
    struct target_enforcement enforcement = {
        .is_asked = input->policy != NULL,
        .dane = dane_of(input, mx, num_mx),
        .mx_is_signed = input->mx_lookup->authentic,
    };
    if (input->policy != NULL) {
        enforcement.mta_sts = target_enforcement_mta_sts(input->policy, mx, num_mx, arena);
        enforcement.tls_rpt = input->policy->tls_rpt;
        enforcement.spf = input->policy->spf;
        enforcement.dmarc = input->policy->dmarc;
    }
    return enforcement;
}
