/*
 * What became of a domain's MX hosts between two runs: which came and went, whether the mail moved
 * to another provider, which certificates were replaced or are about to expire (those of the
 * domain's other services too).
 */
#ifndef MXGRADE_OUTPUT_DIFF_HOSTS_H
#define MXGRADE_OUTPUT_DIFF_HOSTS_H

#include <jansson.h>
#include <stdbool.h>

#include "output/diff/diff_side.h"

#define DIFF_CERTIFICATES_MAX 32 /* different ones of one host */

/*
 * Each returns what is to be said, a new reference, or NULL where there is nothing to say; lack of
 * memory sets *failed.
 */

/* {"added": [...], "removed": [...], "preference": [{"host", "old", "new"}]}; of MX records that
 * both runs know. */
json_t *diff_mx(bool *failed, const struct diff_side *before, const struct diff_side *after);

/* {"old": [...], "new": [...]}; where the runs name a provider for every host. */
json_t *diff_providers(bool *failed, struct diff_side *before, struct diff_side *after);

/* [{"change": "replaced" | "expiring" | "expired", "host", ...}] */
json_t *diff_certificates(bool *failed, const struct diff_side *before,
                          const struct diff_side *after, int expiring_days);

#endif
