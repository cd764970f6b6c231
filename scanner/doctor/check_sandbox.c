/*
 * What the kernel has to confine a program that talks to strangers: Landlock, filters of system
 * calls, and no_new_privs, without which neither can be had by who is not root. The unit of a
 * service asks for the latter two.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scanner/doctor/checks.h"

#define LANDLOCK_CREATE_RULESET_VERSION 1u /* linux/landlock.h, which not every build has */

/* The version of its interface, or 0. */
static long landlock_version(void)
{
#ifdef SYS_landlock_create_ruleset
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? version : 0;
#else
    return 0;
#endif
}

/* The kernel looks at the filter, which is nowhere, once it knows that it has such filters. */
static bool has_filters(void)
{
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 && errno == EFAULT;
}

static bool has_no_new_privs(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0;
}

void check_sandbox(struct examination *examination, struct doctor_finding *finding)
{
    long version = landlock_version();
    bool filters = has_filters(), no_new_privs = has_no_new_privs();
    (void)examination;
    if (version > 0 && filters && no_new_privs) {
        finding_set(finding, DOCTOR_FINE,
                    "the kernel has Landlock (ABI %ld), seccomp filters and no_new_privs", version);
        return;
    }
    finding_set(finding, DOCTOR_WARNING, "the kernel lacks%s%s%s, by which a service is confined",
                version > 0 ? "" : " Landlock", filters ? "" : " seccomp filters",
                no_new_privs ? "" : " no_new_privs");
    finding_advise(finding, "run a kernel that has it (Debian's do; lsm= of the boot line names "
                            "landlock)");
}
