/* How a mail host is asked for: from any worker, by a request to the one that owns its name. */
#ifndef MXGRADE_SCANNER_HOST_REQUEST_H
#define MXGRADE_SCANNER_HOST_REQUEST_H

#include "io/base/hostname.h"
#include "scanner/dialogue/service.h"
#include "scanner/engine/once.h"
#include "scanner/grading/host_result.h"

struct worker;

/*
 * A question and its answer. The asker makes it and posts it to the worker that owns the name. That
 * worker posts it back when the answer is there: `done` is then called on the asker's thread, and
 * the asker frees it.
 */
struct host_request {
    struct once_request asked; /* first; its done() is set by the asker */
    struct worker *from;
    void *user;
    const struct hostname *name; /* a reference, released with the request */
    uint16_t port;
    const struct service *service;
    unsigned max_addresses; /* asked of it at most; 1 or more */
    uint32_t turn; /* of the target, for the pacer; of several that ask, the first one's counts */
    unsigned num_siblings; /* other hosts of the target */
    bool is_own;           /* its name is of the target's own organisation */
    bool is_implicit; /* no MX names it: without an address it is no mail host and has no line */
    struct host_result *result; /* a reference; NULL: given up */
};

/* NULL on lack of memory. */
struct host_request *host_request_new(struct worker *from, const struct hostname *name,
                                      uint16_t port, const struct service *service,
                                      unsigned max_addresses, uint32_t turn);
/* Releases the result too. */
void host_request_free(struct host_request *request);

/* Posts the request to the worker that owns the name. */
void host_request_post(struct host_request *request);

#endif
