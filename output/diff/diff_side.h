/*
 * One run's view of a domain while it is compared: its record, and the records of its MX addresses
 * and of its other services, which are read when somebody asks for them.
 */
#ifndef MXGRADE_OUTPUT_DIFF_SIDE_H
#define MXGRADE_OUTPUT_DIFF_SIDE_H

#include <jansson.h>
#include <stdbool.h>

#include "output/file/result_file.h"

#define DIFF_ENDPOINTS_MAX 512 /* addresses of one domain; those beyond are not looked at */

struct diff_side {
    const struct result_file *file; /* borrowed, as is the record */
    const json_t *domain;
    bool has_endpoints;
    size_t num_endpoints;
    json_t *endpoints[DIFF_ENDPOINTS_MAX];
};

void diff_side_init(struct diff_side *side, const struct result_file *file, const json_t *domain);
void diff_side_fini(struct diff_side *side);

/* Reads the endpoints, once. Those that the file has no record of are passed over. */
void diff_side_load(struct diff_side *side);

const char *diff_string(const json_t *object, const char *key);

/* "tls.versions.TLSv1.0" is key TLSv1.0 of versions of tls. NULL: there is no such field. */
const json_t *diff_at(const json_t *record, const char *path);

/* Is there a value at the path, and is it not one of those that say "not observed"? */
bool diff_is_known(const json_t *record, const char *path);

bool diff_has_finding(const json_t *record, const char *code);

/* Was a letter given? */
bool diff_is_graded(const json_t *record);

/* The endpoint of the same host, address and port, or NULL. */
const json_t *diff_side_same_endpoint(const struct diff_side *side, const json_t *endpoint);

/* The entry of the list ("mx" or "services") for the same host, service and port, or NULL. */
const json_t *diff_side_same_place(const struct diff_side *side, const char *list,
                                   const json_t *place);

/* The entry of its MX table for that host, or NULL. */
const json_t *diff_side_mx(const struct diff_side *side, const char *host);

/* Does what is said of MTA-STS come from an answer? A policy that the network kept back is none. */
bool diff_side_knows_mta_sts(const struct diff_side *side);

#endif
