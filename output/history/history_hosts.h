/* The hosts of a run and their addresses, each once, as its domains name them. */
#ifndef MXGRADE_OUTPUT_HISTORY_HOSTS_H
#define MXGRADE_OUTPUT_HISTORY_HOSTS_H

#include "io/base/arena.h"
#include "io/base/table.h"
#include "output/record/record.h"

#define HISTORY_ADDRESSES_MAX 512 /* of one host; those beyond are passed over */

struct history_host {
    struct table_node node;
    STAILQ_ENTRY(history_host) next;
    const char *name;
    uint16_t port;
    size_t num_addresses, max_addresses;
    const char **addresses; /* NULL: it has none that could be contacted */
};

struct history_hosts {
    struct table table;
    struct table_seed seed;
    STAILQ_HEAD(history_host_list, history_host) list; /* as they came */
    struct arena memory;
};

void history_hosts_init(struct history_hosts *hosts);
void history_hosts_fini(struct history_hosts *hosts);

/* Takes the hosts of a domain. False: no memory. */
bool history_hosts_take(struct history_hosts *hosts, const struct domain_record *domain);

/* One address of a host; it is there once, however often it is added. */
bool history_hosts_add(struct history_hosts *hosts, const char *name, uint16_t port,
                       const char *address);

/* NULL where there is no such host. */
const struct history_host *history_hosts_find(const struct history_hosts *hosts, const char *name,
                                              uint16_t port);

#endif
