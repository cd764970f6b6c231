/*
 * A job as Redis has it, and the names of its keys:
 *
 *   mxgrade:jobs              sorted set of jobs, by when they were made
 *   mxgrade:events            stream: something has happened to a job, by which nobody has to poll
 *   mxgrade:job:ID            hash: what is to be done, and how far it is
 *   mxgrade:job:ID:chunks     stream of parts of the list, with the consumer group "workers"
 *   mxgrade:job:ID:results    stream of records, until they are collected
 *   mxgrade:job:ID:done       bitmap: a bit for each line whose record was delivered
 *   mxgrade:job:ID:workers    hash: who works on it
 *   mxgrade:job:ID:collector  who collects it, while it does
 */
#ifndef MXGRADE_SCANNER_QUEUE_JOB_H
#define MXGRADE_SCANNER_QUEUE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "io/base/arena.h"
#include "io/redis/redis_client.h"

#define QUEUE_PREFIX  "mxgrade:"
#define QUEUE_JOBS    QUEUE_PREFIX "jobs"
#define QUEUE_EVENTS  QUEUE_PREFIX "events"
#define QUEUE_GROUP   "workers"
#define QUEUE_ID_SIZE 48 /* of an entry of a stream: two numbers of 64 bits, and a NUL */

#define QUEUE_NAME_MAX 64
/* The bitmap of a longer list would take more memory than Redis is promised. */
#define QUEUE_LINES_MAX 100000000

#define QUEUE_OPEN      "open"
#define QUEUE_PAUSED    "paused"
#define QUEUE_CANCELLED "cancelled"
#define QUEUE_COLLECTED "collected"

struct queue_key {
    char text[128];
};

/* "mxgrade:job:ID", and what stands behind it: "", ":chunks", ... */
struct queue_key queue_key(const char *job, const char *part);

/* "mxgrade:source:NAME": see queue_source.h. */
struct queue_key queue_source_key(const char *source);

/* Is it a name that a job or a worker may have? Letters, digits, ".", "_" and "-". */
bool queue_is_name(const char *text);

struct queue_job {
    const char *status;        /* one of those above */
    const char *policy;        /* digest of the grading policy */
    const char *options;       /* of the scan, "--name=value" a line */
    const char *list, *sha256; /* of the list, as in the run record; "": it was no file */
    const char *owner;         /* who made it */
    const char *run;           /* the run record of the first worker; NULL: there was none so far */
    uint64_t chunks;           /* that were put on the stream so far */
    uint64_t lines;            /* of all the list; only where it is whole */
    bool is_whole;             /* all of the list is on the stream */
};

/* Of a reply to HGETALL. What it points at is in the arena. False: there is no such job, or what is
 * there is none. */
bool queue_job_read(const redisReply *reply, struct arena *arena, struct queue_job *out_job);

/* A number in a reply that is text, or a number. False: it is none. */
bool queue_read_number(const redisReply *reply, uint64_t *out_number);

#endif
