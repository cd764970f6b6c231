#include "scanner/engine/endpoint_request.h"

#include <stdlib.h>
#include <string.h>

#include "scanner/enforcement/leaf_names.h"
#include "scanner/engine/host_dane.h"
#include "scanner/engine/run.h"

struct endpoint_request *endpoint_request_new(struct worker *from, const struct hostname *host,
                                              const struct address *address, uint16_t port,
                                              const struct service *service, uint32_t turn)
{
    struct endpoint_request *request = calloc(1, sizeof(*request));
    if (request != NULL) {
        request->from = from;
        request->summary.address = *address;
        request->summary.port = port;
        request->service = service;
        request->turn = turn;
        request->host = hostname_hold(host);
    }
    return request;
}

void endpoint_request_free(struct endpoint_request *request)
{
    if (request != NULL) {
        host_dane_release(request->dane);
        leaf_names_release(request->summary.leaf_names);
        hostname_release(request->host);
        free(request);
    }
}

struct worker *endpoint_owner(struct run *run, const struct hostname *host,
                              const struct address *address)
{
    const struct table_seed *seed = &run->config->seed;
    if (address->family == 0) {
        return run_worker_for(run, hostname_hash(host, seed));
    }
    struct prefix prefix = prefix_around(address, address->family == 4 ? 24 : 48);
    return run_worker_for(run, table_hash(seed, prefix.base.bytes, sizeof(prefix.base.bytes)));
}

uint64_t endpoint_request_hash(const struct endpoint_request *request,
                               const struct table_seed *seed)
{
    const struct address *address = &request->summary.address;
    uint8_t bytes[17 + 2 + HOSTNAME_SIZE];
    size_t host_len = request->host != NULL ? hostname_len(request->host) : 0;
    bytes[0] = address->family;
    memcpy(bytes + 1, address->bytes, 16);
    memcpy(bytes + 17, &request->summary.port, 2);
    if (host_len > 0) {
        memcpy(bytes + 19, hostname_text(request->host), host_len);
    }
    return table_hash(seed, bytes, 19 + host_len);
}

void endpoint_request_post(struct endpoint_request *request)
{
    struct worker *owner =
        endpoint_owner(request->from->run, request->host, &request->summary.address);
    once_post(&request->asked, &owner->mailbox, &owner->endpoints, &request->from->mailbox);
}
