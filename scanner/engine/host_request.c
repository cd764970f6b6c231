#include "scanner/engine/host_request.h"

#include <stdlib.h>

#include "scanner/engine/host_summary.h"
#include "scanner/engine/run.h"

struct host_request *host_request_new(struct worker *from, const struct hostname *name,
                                      uint16_t port, const struct service *service,
                                      unsigned max_addresses, uint32_t turn)
{
    struct host_request *request = calloc(1, sizeof(*request));
    if (request != NULL) {
        request->from = from;
        request->port = port;
        request->service = service;
        request->max_addresses = max_addresses;
        request->turn = turn;
        request->name = hostname_hold(name);
    }
    return request;
}

void host_request_free(struct host_request *request)
{
    if (request != NULL) {
        host_summary_release(request->result);
        hostname_release(request->name);
        free(request);
    }
}

void host_request_post(struct host_request *request)
{
    uint64_t hash = hostname_hash(request->name, &request->from->config->seed);
    struct worker *owner = run_worker_for(request->from->run, hash);
    once_post(&request->asked, &owner->mailbox, &owner->hosts, &request->from->mailbox);
}
