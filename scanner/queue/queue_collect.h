/* "mxgrade collect": writes what workers deliver into one result file, while they are still at it.
 */
#ifndef MXGRADE_SCANNER_QUEUE_COLLECT_H
#define MXGRADE_SCANNER_QUEUE_COLLECT_H

#include "scanner/queue/queue_link.h"

struct queue_collect_options {
    const struct queue_access *access;
    const char *job;  /* NULL: the only one that is not collected */
    const char *path; /* of the file; NULL or "-": standard output */
    bool resume;
};

/* Returns the exit status. */
int queue_collect_run(const struct queue_collect_options *options);

#endif
