/* "mxgrade enqueue": puts a list on a stream, in parts, as fast as workers make room. */
#ifndef MXGRADE_SCANNER_QUEUE_ENQUEUE_H
#define MXGRADE_SCANNER_QUEUE_ENQUEUE_H

#include "io/list/supplier_list.h"
#include "scanner/queue/queue_link.h"

struct queue_enqueue_options {
    const struct queue_access *access;
    const char *job;     /* its name, that no other job has */
    const char *list;    /* a file; "-" is standard input */
    const char *options; /* of the scan, "--name=value" a line */
    const char *policy;  /* digest of the grading policy */
    struct supplier_list_options reading;
    unsigned chunk; /* lines in one part */
    unsigned room;  /* parts that may wait or be worked on at once */
};

/* Returns the exit status. */
int queue_enqueue_run(const struct queue_enqueue_options *options);

#endif
