/*
 * What became of a domain's MX hosts between two runs: which came and went, whether the mail moved
 * to another provider, which certificates were replaced or are about to expire (those of the
 * domain's other services too).
 */
#ifndef MXGRADE_OUTPUT_DIFF_HOSTS_H
#define MXGRADE_OUTPUT_DIFF_HOSTS_H

#include "output/diff/diff_change.h"
#include "output/diff/diff_side.h"

#define DIFF_HOST_CERTIFICATES_MAX 32 /* different ones of one host */

/* Each fills its part, which is all zero before. False: no memory. */

/* Of MX records that both runs know. */
bool diff_mx(struct arena *arena, const struct diff_side *before, const struct diff_side *after,
             struct diff_mx *out_mx);

/* Left as it was where nobody moved. */
bool diff_providers(struct arena *arena, struct diff_side *before, struct diff_side *after,
                    struct diff_providers *out_providers);

/* Puts what is to be said of certificates, and of those with so few days left, behind the list. */
bool diff_certificates(struct arena *arena, const struct diff_side *before,
                       const struct diff_side *after, const struct diff_thresholds *expiring,
                       struct diff_certificate_list *list);

#endif
