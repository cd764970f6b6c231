/* What changed since an earlier run, for the page. */
#ifndef MXGRADE_OUTPUT_REPORT_SINCE_H
#define MXGRADE_OUTPUT_REPORT_SINCE_H

#include "output/diff/diff.h"
#include "output/record/json_writer.h"

/*
 * Writes the comparison (docs/diff.md) as one value: when the earlier run began, how its file ends,
 * whether both were graded by the same policy, how many domains both have and for how many of them
 * nothing is to be said, and [domain, verdict, letter before, letter after, [findings opened],
 * [findings closed], certain] for each other one. Null where `pair` is NULL. False: a file was
 * changed meanwhile, or there is no memory.
 */
bool report_since(struct json_writer *out, const struct diff_pair *pair);

#endif
