/*
 * What the look-up of a mail host and its endpoints add up to: the host_result that everyone who
 * asked shares, whatever thread they live on.
 */
#ifndef MXGRADE_SCANNER_HOST_SUMMARY_H
#define MXGRADE_SCANNER_HOST_SUMMARY_H

#include "scanner/engine/host_lookup.h"
#include "scanner/grading/host_result.h"

/* One reference, and room for so many endpoints, which the caller fills; NULL on lack of memory. */
struct host_result *host_summary_new(size_t num_endpoints);

/* The endpoints are filled in: the rest follows from them and the look-up, whose CAA records move
 * along. From now on the result is immutable. */
void host_summary_fill(struct host_result *result, struct host_lookup *lookup);

struct host_result *host_summary_hold(struct host_result *result);
void host_summary_release(struct host_result *result); /* NULL is fine */

#endif
