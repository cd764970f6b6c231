#include "scanner/grading/target_accept.h"

#include <string.h>

#include "scanner/grading/acceptances.h"

void target_accept_init(struct target_accept *accept, const struct policy *policy,
                        const char *domain)
{
    memset(accept, 0, sizeof(*accept));
    accept->acceptances = policy->accepted;
    accept->domain = domain;
}

/* Days in the form of `until` are in the order of their texts. */
static bool ends_before(const struct accepted *accepted, const struct accepted *other)
{
    return strcmp(accepted->until, other->until) < 0;
}

struct finding_set target_accept_address(struct target_accept *accept, const struct target_mx *host,
                                         const struct finding_set *findings)
{
    const char *name = host->host != NULL ? hostname_text(host->host) : host->name;
    struct finding_set accepted = {0};
    for (unsigned i = 0; accept->acceptances != NULL && i < FINDING_COUNT; i++) {
        const enum finding_code code = (enum finding_code)i;
        if (!finding_set_has(findings, code)) {
            continue;
        }
        const struct accepted *of_host = acceptances_use(accept->acceptances, name, code);
        const struct accepted **first = &accept->by_hosts[code];
        if (of_host == NULL) {
            finding_set_add(&accept->not_by_hosts, code);
        } else if (*first == NULL || ends_before(of_host, *first)) {
            *first = of_host;
        }
        if (of_host != NULL || acceptances_use(accept->acceptances, accept->domain, code) != NULL) {
            finding_set_add(&accepted, code);
        }
    }
    return accepted;
}

void target_accept_mark(const struct target_accept *accept, struct judgement *judgement,
                        const struct finding_set *own)
{
    for (unsigned i = 0; accept->acceptances != NULL && i < FINDING_COUNT; i++) {
        const enum finding_code code = (enum finding_code)i;
        if (!finding_set_has(&judgement->set, code)) {
            continue;
        }
        const struct accepted *accepted =
            acceptances_use(accept->acceptances, accept->domain, code);
        const struct accepted *by_hosts = accept->by_hosts[code];
        if (by_hosts != NULL && !finding_set_has(own, code) &&
            !finding_set_has(&accept->not_by_hosts, code) &&
            (accepted == NULL || ends_before(accepted, by_hosts))) {
            accepted = by_hosts;
        }
        if (accepted != NULL) {
            judgement_accept(judgement, code, accepted);
        }
    }
}
