/*
 * Re-weighting the policy by a file, so that a pipeline grades by its own rules: which findings
 * there are does not change, only what they weigh.
 *
 *   # a comment
 *   name acme-2026
 *   tls10          cap=C deduction=20 severity=high
 *   no_enforcement cap=none
 *
 * A line names a finding's code, then what is to change of it: cap (A+, A, B, C, D, F, or none),
 * deduction (0 to 1000 points), severity (info, low, medium, high, critical). Anything unknown is
 * refused with its line number: a typing error must not pass for a policy.
 */
#ifndef MXGRADE_SCANNER_POLICY_FILE_H
#define MXGRADE_SCANNER_POLICY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/grading/policy.h"

#define POLICY_FILE_LINE_MAX 512
#define POLICY_DEDUCTION_MAX 1000

/* Applies one line, without its end; NULL or what is wrong with it. The line is written to. */
const char *policy_file_apply(struct policy *policy, char *line);

/* Applies a whole file to a policy and seals it. On failure false and a sentence in out_error. */
bool policy_file_read(struct policy *policy, const char *path, char *out_error, size_t error_size);

#endif
