/*
 * An endpoint: a host name (or none) on an address and port. It is scanned once per run, whoever
 * asks for it, on the worker that owns its address; everyone who asked is told the short result.
 */
#ifndef MXGRADE_SCANNER_ENDPOINT_H
#define MXGRADE_SCANNER_ENDPOINT_H

#include "scanner/engine/endpoint_request.h"

/*
 * An endpoint that an earlier run has written already: it is not scanned again. Before the workers
 * start only.
 */
bool endpoint_preload(struct worker *worker, const struct hostname *host,
                      const struct address *address, uint16_t port, const struct service *service,
                      const struct endpoint_summary *summary);

/*
 * Writes the record of an endpoint that has none and will not be contacted: request->uncontacted
 * says why. The request is not sent anywhere. False on lack of memory: there is no line. Once the
 * worker's thread has ended.
 */
bool endpoint_tell_uncontacted(struct worker *worker, const struct endpoint_request *request);

/* Of an endpoint that pauses: the ledger of its server if that is asked again then, and NULL if it
 * only waits for the vote of another name's dialogue. */
struct ledger *endpoint_retrying(const struct once_entry *entry);

void endpoints_init(struct once *endpoints, struct worker *worker);

#endif
