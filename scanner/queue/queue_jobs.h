/* "mxgrade jobs": which jobs there are, how far they are, and a word to one of them. */
#ifndef MXGRADE_SCANNER_QUEUE_JOBS_H
#define MXGRADE_SCANNER_QUEUE_JOBS_H

#include "scanner/queue/queue_link.h"

struct queue_jobs_options {
    const struct queue_access *access;
    const char *pause, *resume, *cancel; /* a job; NULL: none */
    bool json;                           /* a line of JSON for each job */
};

/* Returns the exit status: 2 where there is no such job. */
int queue_jobs_run(const struct queue_jobs_options *options);

#endif
