/*
 * Makes the host_result of a mail host from its look-up and its endpoints. All askers share the
 * result by references, across threads.
 */
#ifndef MXGRADE_SCANNER_HOST_SUMMARY_H
#define MXGRADE_SCANNER_HOST_SUMMARY_H

#include "scanner/engine/host_lookup.h"
#include "scanner/grading/host_result.h"

/* A result with one reference. The caller fills its endpoints. NULL on lack of memory. */
struct host_result *host_summary_new(size_t num_endpoints);

/* Fills what follows from the look-up and the endpoints, which must be there already. False on lack
 * of memory. */
bool host_summary_fill(struct host_result *result, const struct host_lookup *lookup);

struct host_result *host_summary_hold(struct host_result *result);
void host_summary_release(struct host_result *result); /* NULL is fine */

#endif
