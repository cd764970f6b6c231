/*
 * A host: a name that an MX (or a line of a host list) gave. Its addresses are looked up and its
 * endpoints scanned once per run, on the worker that owns the name; the result is shared,
 * immutable, by everyone who asked.
 */
#ifndef MXGRADE_SCANNER_HOST_H
#define MXGRADE_SCANNER_HOST_H

#include "scanner/engine/endpoint.h"

#define HOST_ADDRESSES_MAX 64 /* scanned of one name; the rest is only counted */

void host_result_release(struct host_result *result);

/* Like an endpoint_request: posted to the owner of the name and posted back. */
struct host_request {
    struct message message; /* first */
    struct worker *from;
    void (*done)(struct host_request *request);
    void *user;
    size_t index;
    const struct hostname *name; /* a reference, released with the request */
    uint16_t port;
    const struct service *service;
    bool is_implicit; /* no MX names it: without an address it is no mail host and has no line */
    struct host_request *next_waiting;
    struct host_result *result; /* a reference; NULL: given up */
};

/* NULL on lack of memory. */
struct host_request *host_request_new(struct worker *from, const struct hostname *name,
                                      uint16_t port, const struct service *service);
/* Releases the result too. */
void host_request_free(struct host_request *request);
void host_request_post(struct host_request *request);

/* Frees every host of a worker whose loop has ended. */
void host_free_all(struct worker *worker);

#endif
