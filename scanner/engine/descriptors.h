/*
 * Open files: how many this process may have, and what follows for the number of connections.
 */
#ifndef MXGRADE_SCANNER_DESCRIPTORS_H
#define MXGRADE_SCANNER_DESCRIPTORS_H

#include "scanner/base/config.h"

struct descriptor_plan {
    unsigned long limit;           /* open files that are allowed, in one table */
    unsigned long connections_max; /* at once, by all threads */
    bool own_tables;               /* for each thread, as Linux counts the limit per table */
};

/*
 * Raises the limit as far as allowed. One descriptor table for all threads is taken if it is enough
 * for the concurrency, else one per thread.
 */
struct descriptor_plan descriptors_plan(const struct config *config);

/* Does as the plan says, with fewer connections at once where it takes that. */
void descriptors_fit(struct config *config);

#endif
