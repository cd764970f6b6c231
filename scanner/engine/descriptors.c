#include "scanner/engine/descriptors.h"

#include <sys/resource.h>

/* For the loop, resolver sockets, databases, results and what libraries open. */
#define DESCRIPTORS_RESERVED 200

static unsigned long raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 1024;
    }
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
            limit = raised;
        }
    }
    return limit.rlim_cur == RLIM_INFINITY ? 1000000 : (unsigned long)limit.rlim_cur;
}

struct descriptor_plan descriptors_plan(const struct config *config)
{
    unsigned long limit = raise_limit();
    unsigned long usable =
        limit > 2 * DESCRIPTORS_RESERVED ? limit - DESCRIPTORS_RESERVED : limit / 2;
    bool own_tables = config->concurrency > usable && config->num_threads > 1;
    return (struct descriptor_plan){
        .limit = limit,
        .connections_max = own_tables ? usable * config->num_threads : usable,
        .own_tables = own_tables,
    };
}

void descriptors_fit(struct config *config)
{
    const struct descriptor_plan plan = descriptors_plan(config);
    config->own_descriptor_tables = plan.own_tables;
    if (config->concurrency > plan.connections_max) {
        config->concurrency = (unsigned)plan.connections_max;
    }
}
