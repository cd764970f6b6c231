/* Are as many open files allowed as --concurrency asks for? */
#include "scanner/doctor/checks.h"
#include "scanner/engine/descriptors.h"

void check_descriptors(struct examination *examination, struct doctor_finding *finding)
{
    unsigned wanted = examination->config->concurrency;
    const struct descriptor_plan plan = descriptors_plan(examination->config);
    if (wanted > plan.connections_max) {
        finding_set(finding, DOCTOR_FAILED,
                    "%lu open files are allowed: %lu connections at once instead of %u", plan.limit,
                    plan.connections_max, wanted);
        finding_advise(finding, "raise it with \"ulimit -n\" (LimitNOFILE= of a service), use more "
                                "--threads, or ask for fewer with --concurrency");
    } else {
        finding_set(finding, DOCTOR_FINE, "%lu open files are allowed%s, enough for %u connections",
                    plan.limit, plan.own_tables ? " for each thread" : "", wanted);
    }
}
