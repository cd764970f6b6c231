/*
 * How an endpoint is asked for: from any worker, by a request to the one that owns its address.
 */
#ifndef MXGRADE_SCANNER_ENDPOINT_REQUEST_H
#define MXGRADE_SCANNER_ENDPOINT_REQUEST_H

#include "io/base/address.h"
#include "io/base/hostname.h"
#include "scanner/dialogue/service.h"
#include "scanner/engine/once.h"
#include "scanner/grading/host_result.h"

struct host_dane;
struct run;
struct worker;

/*
 * A question and its answer: posted to the owner of the address, posted back when done. Made by the
 * asker, who gets it back through `done` on its own thread and frees it there.
 */
struct endpoint_request {
    struct once_request asked; /* first; its done() is set by the asker */
    struct worker *from;
    void *user;
    const struct hostname *host; /* a reference, released with the request; NULL: a bare address */
    const struct service *service;
    uint32_t turn;  /* of the target, for the pacer */
    uint32_t lag;   /* so many lines behind it may go first: see turn_lag.h */
    uint32_t index; /* the asker's */
    /* Not OK: it is known beforehand that there is nothing to contact (no address, or one that is
     * not to be contacted), and why; the endpoint then only has its line. */
    enum outcome uncontacted;
    struct host_dane *dane; /* a reference, released with the request; NULL: nobody asked */
    struct endpoint_summary summary; /* address and port from the start, else the answer */
};

/* NULL on lack of memory. */
struct endpoint_request *endpoint_request_new(struct worker *from, const struct hostname *host,
                                              const struct address *address, uint16_t port,
                                              const struct service *service, uint32_t turn);
void endpoint_request_free(struct endpoint_request *request);

/* Of what the request asks for: address, port and host. */
uint64_t endpoint_request_hash(const struct endpoint_request *request,
                               const struct table_seed *seed);

/* Sends it to the worker that owns the address. */
void endpoint_request_post(struct endpoint_request *request);

/*
 * The worker that owns an endpoint: by the prefix of its address, /24 of IPv4 and /48 of IPv6, so
 * that what limits an address lives on one thread; by its name where there is no address.
 */
struct worker *endpoint_owner(struct run *run, const struct hostname *host,
                              const struct address *address);

#endif
