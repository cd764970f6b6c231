/* Does the resolver answer, and find what it must? */
#include "scanner/doctor/checks.h"
#include "scanner/doctor/questions.h"
#include "scanner/engine/resolver.h"

/* Every resolver that can be used knows of it, if only by asking the root servers. */
#define ROOT "."

/* The first name that must resolve and does not, or NULL. */
static const struct hostname *missing_canary(const struct examination *examination)
{
    const struct canaries *canaries = &examination->canaries;
    enum name_sight sights[CONFIG_LIST_MAX];
    questions_look_up(examination, canaries->names, canaries->num_present, sights);
    for (size_t i = 0; i < canaries->num_present; i++) {
        if (sights[i] != NAME_THERE) {
            return canaries->names[i];
        }
    }
    return NULL;
}

static void check_canaries(const struct examination *examination, struct doctor_finding *finding)
{
    const char *name = resolver_name(examination->config);
    const struct hostname *missing = missing_canary(examination);
    if (missing == NULL) {
        finding_set(finding, DOCTOR_FINE, "%s answers", name);
        return;
    }
    finding_set(finding, DOCTOR_FAILED, "%s finds neither an address nor MX records of %s", name,
                hostname_text(missing));
    finding_advise(finding, "name another one with --resolver, or another --canary");
}

void check_resolver(struct examination *examination, struct doctor_finding *finding)
{
    const char *name = resolver_name(examination->config);
    struct doctor_question root;
    question_set(&root, ROOT, DNS_SOA);
    questions_ask(examination, &root, 1);
    examination->root = root.outcome;
    examination->is_root_authentic = root.authentic;
    switch (root.outcome) {
    case DNS_OK:
        check_canaries(examination, finding);
        break;
    case DNS_TIMED_OUT:
        examination->is_resolver_dead = true;
        finding_set(finding, DOCTOR_FAILED, "%s does not answer", name);
        finding_advise(finding, "name one that does with --resolver");
        break;
    case DNS_SHORTAGE:
    case DNS_CANCELLED:
        finding_set(finding, DOCTOR_UNKNOWN, "no memory or descriptor is left to ask %s", name);
        break;
    default:
        finding_set(finding, DOCTOR_FAILED, "%s answers, but knows nothing of the DNS's root (%s)",
                    name, dns_outcome_name(root.outcome));
        finding_advise(finding, "let it ask the servers of the world, by UDP and TCP, or name "
                                "another one with --resolver");
        break;
    }
}
