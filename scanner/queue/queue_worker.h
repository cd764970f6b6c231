/* "mxgrade worker": claims parts of lists, has them scanned, and delivers the records. */
#ifndef MXGRADE_SCANNER_QUEUE_WORKER_H
#define MXGRADE_SCANNER_QUEUE_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/queue/queue_link.h"
#include "scanner/queue/queue_source.h"

struct queue_worker_options {
    const struct queue_access *access;
    const char *job;    /* the one to work on; NULL: whichever there are */
    const char *name;   /* of this worker; another one must not have it */
    const char *spool;  /* a folder */
    const char *policy; /* digest of the grading policy */
    unsigned hold;      /* lines of the list that are claimed at once */
    double takeover;    /* seconds after which what a silent worker has claimed is taken over */
    bool once;          /* ends once the job is done, or where there is none */
    const char *source; /* the source address that it shares with others; NULL: it has its own */
    struct queue_pace pace; /* of that address, in all */
    char **arguments;       /* of the scan, without those of the job */
    size_t num_arguments;
};

/* Returns the exit status. */
int queue_worker_run(const struct queue_worker_options *options);

#endif
