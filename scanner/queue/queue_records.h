/*
 * The records of many workers on their way into one result file: each line of the list once, and of
 * an endpoint no record that repeats one.
 */
#ifndef MXGRADE_SCANNER_QUEUE_RECORDS_H
#define MXGRADE_SCANNER_QUEUE_RECORDS_H

#include "io/base/table.h"
#include "output/file/sink.h"
#include "output/record/record_read.h"
#include "scanner/engine/feeder.h"
#include "scanner/queue/queue_job.h"

#define QUEUE_RUNS_MAX 1024 /* that are counted */

struct queue_records {
    const char *path; /* of the file */
    struct sink *sink;
    struct tally *tally;
    int sync_fd; /* the file once more, to be synced; -1: it is none */
    struct line_set lines;
    uint64_t num_lines;
    struct table_seed seed;
    struct table endpoints;
    struct arena memory; /* of the run record */
    struct run_record run;
    bool has_run;
    bool is_complete; /* the file was complete before */
    bool has_shortage;
    double started;
    uint64_t runs[QUEUE_RUNS_MAX]; /* of workers, by hashes of their ids */
    size_t num_runs;
    uint64_t connections, connections_saved, dns_questions; /* of the workers that have told */
};

/* Opens the file, new or, with `resume`, as an earlier collector has left it. False after a
 * message, with *out_status. A file that is_complete is not opened: nothing is added to it. */
bool queue_records_open(struct queue_records *records, const char *path, bool resume,
                        int *out_status);

/* Whether the file that is gone on with is of this job, of which `run` is the run record in Redis.
 * Without one (NULL) it is not. False after a message. */
bool queue_records_match(struct queue_records *records, const char *run,
                         const struct queue_job *job);

/* Begins it with the record of a worker's run, as that of the job. False: it is none, or no memory.
 */
bool queue_records_begin(struct queue_records *records, const char *run, size_t len,
                         const struct queue_job *job);

/* Takes records of a worker, a line each. False: no memory. */
bool queue_records_take(struct queue_records *records, const char *text, size_t len);

/* What was taken is on the disk, as far as the file is on one. False after a message. */
bool queue_records_sync(struct queue_records *records);

/* Writes the summary: all of the list, or what there is of `lines`. False after a message. */
bool queue_records_end(struct queue_records *records, uint64_t lines, bool is_complete);

/* Closes it as it is. */
void queue_records_close(struct queue_records *records);

#endif
