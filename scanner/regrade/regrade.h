/*
 * Judges a result file again, by another policy or another version of mxgrade. It makes no
 * connection, because the records hold what their verdicts rest on. The judge is that of a scan.
 * The file is read twice, since a domain may stand before its endpoints and lines are not kept.
 */
#ifndef MXGRADE_SCANNER_REGRADE_H
#define MXGRADE_SCANNER_REGRADE_H

#include "scanner/grading/policy.h"

enum regraded {
    REGRADED,
    REGRADED_REFUSED, /* the file cannot be judged again; nothing was written */
    REGRADED_CUT      /* the output is not complete */
};

/*
 * `output`: NULL is standard output; a name in .zst makes it compressed. Errors are logged. What
 * the policy accepts holds if it did at the time of the scan. `accept_file`: where that was read,
 * NULL: nothing is accepted.
 */
enum regraded regrade_file(const char *path, const char *output, const struct policy *policy,
                           const char *accept_file);

#endif
