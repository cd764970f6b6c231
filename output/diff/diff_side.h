/*
 * One run's view of a domain while it is compared: its record, and the records of its MX addresses
 * and of its other services, which are read when somebody asks for them.
 */
#ifndef MXGRADE_OUTPUT_DIFF_SIDE_H
#define MXGRADE_OUTPUT_DIFF_SIDE_H

#include <stdbool.h>

#include "output/file/result_file.h"

#define DIFF_ENDPOINTS_MAX 512 /* addresses of one domain; those beyond are not looked at */

struct diff_side {
    const struct result_file *file; /* borrowed, as are the record and the arena */
    const struct domain_record *domain;
    struct arena *arena; /* of the endpoints */
    bool has_endpoints;
    size_t num_endpoints;
    const struct endpoint_record *endpoints[DIFF_ENDPOINTS_MAX];
};

void diff_side_init(struct diff_side *side, const struct result_file *file,
                    const struct domain_record *domain, struct arena *arena);

/* Reads the endpoints, once. Those that the file has no record of are passed over. */
void diff_side_load(struct diff_side *side);

bool diff_has_finding(const struct finding *findings, size_t num_findings, const char *code);

/* The endpoint of the same host, address and port, or NULL. */
const struct endpoint_record *diff_side_same_endpoint(const struct diff_side *side,
                                                      const struct endpoint_record *endpoint);

/* The entry of its MX table for that host, or NULL. */
const struct mx_record *diff_side_mx(const struct diff_side *side, const char *host);

/* The same service on the same host and port, or NULL. */
const struct service_record *diff_side_same_service(const struct diff_side *side,
                                                    const struct service_record *service);

/* Both the same, or both NULL. */
bool diff_same_string(const char *a, const char *b);

#endif
