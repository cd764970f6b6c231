/*
 * Does the resolver validate, and can its word be taken? A resolver that validates says of the
 * root, which is signed, that its answer is authentic (RFC 4035 section 3.2.3). So no name has to
 * be asked that is known to be signed, and a DNS of one's own with a root of its own will do.
 */
#include "scanner/doctor/checks.h"
#include "scanner/engine/resolver.h"

void check_dnssec(struct examination *examination, struct doctor_finding *finding)
{
    const struct config *config = examination->config;
    const char *resolver = resolver_name(config);
    if (examination->root != DNS_OK) {
        finding_set(finding, DOCTOR_UNKNOWN, "%s did not answer about the DNS's root", resolver);
    } else if (!examination->is_root_authentic) {
        finding_set(finding, DOCTOR_FAILED,
                    "%s does not validate, so that DANE stays unknown for every domain", resolver);
        finding_advise(finding, RESOLVER_REMEDY);
    } else if (!config->trust_ad && !resolver_is_local(config->resolver)) {
        finding_set(finding, DOCTOR_FAILED, RESOLVER_NOT_LOCAL);
        finding_advise(finding, RESOLVER_NOT_LOCAL_REMEDY);
    } else {
        finding_set(finding, DOCTOR_FINE, "%s validates", resolver);
    }
}
