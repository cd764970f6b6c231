#include "scanner/queue/queue_source.h"

#include <stdio.h>
#include <string.h>

#define ROUNDING 1e-6

static unsigned part_of(unsigned all, unsigned num_workers)
{
    return all / num_workers > 0 ? all / num_workers : 1;
}

struct queue_pace queue_pace_part(const struct queue_pace *pace, unsigned num_workers)
{
    unsigned num = num_workers > 0 ? num_workers : 1;
    return (struct queue_pace){
        .rate = pace->rate / num,
        .provider_rate = pace->provider_rate / num,
        .per_address = part_of(pace->per_address, num),
        .per_provider = part_of(pace->per_provider, num),
    };
}

struct queue_sharing queue_sharing_of(const redisReply *reply, const char *worker, double now,
                                      double patience, unsigned max)
{
    unsigned num_alive = 1, num_scanning = 0;
    double taken = 0;
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i], *value = reply->element[i + 1];
        double last;
        unsigned parts;
        if (name->type != REDIS_REPLY_STRING || value->type != REDIS_REPLY_STRING ||
            strcmp(name->str, worker) == 0 || sscanf(value->str, "%20lf %6u", &last, &parts) != 2 ||
            now - last > patience) {
            continue;
        }
        num_alive++;
        num_scanning += parts > 0;
        taken += parts > 0 ? 1. / parts : 0;
    }
    struct queue_sharing sharing = {.num_parts = num_alive < max ? num_alive : max};
    sharing.is_free = num_scanning < max && taken + 1. / sharing.num_parts <= 1 + ROUNDING;
    return sharing;
}
