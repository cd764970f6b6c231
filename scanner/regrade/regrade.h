/*
 * Judges a result file again, by another policy or another program, without any connection: the
 * records hold what their verdicts rest on. The judge is the one that ends a scan's records. The
 * file is read twice, so that a domain may stand before its endpoints and no line is kept.
 */
#ifndef MXGRADE_SCANNER_REGRADE_H
#define MXGRADE_SCANNER_REGRADE_H

#include "scanner/grading/policy.h"

enum regraded {
    REGRADED,
    REGRADED_REFUSED, /* the file is none that can be judged again; nothing was written */
    REGRADED_CUT      /* what was written is not the whole file */
};

/* `output`: NULL is standard output, a name in .zst is compressed. What is wrong is logged. */
enum regraded regrade_file(const char *path, const char *output, const struct policy *policy);

#endif
