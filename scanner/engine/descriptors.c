#include "scanner/engine/descriptors.h"

#include <sys/resource.h>

#include "scanner/base/log.h"

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

void descriptors_fit(struct config *config)
{
    unsigned long limit = raise_limit();
    unsigned long usable =
        limit > 2 * DESCRIPTORS_RESERVED ? limit - DESCRIPTORS_RESERVED : limit / 2;
    config->own_descriptor_tables = config->concurrency > usable && config->num_threads > 1;
    unsigned long most = config->own_descriptor_tables ? usable * config->num_threads : usable;
    if (config->concurrency > most) {
        log_message("%lu open files are allowed: %lu connections at once instead of %u "
                    "(raise it with 'ulimit -n' or use more --threads)",
                    limit, most, config->concurrency);
        config->concurrency = (unsigned)most;
    }
}
