/* The parts of one worker: its state, and what each of them lets the others do. */
#ifndef MXGRADE_SCANNER_QUEUE_WORKER_INTERNAL_H
#define MXGRADE_SCANNER_QUEUE_WORKER_INTERNAL_H

#include "io/base/clock.h"
#include "scanner/queue/queue_child.h"
#include "scanner/queue/queue_chunk.h"
#include "scanner/queue/queue_outbox.h"
#include "scanner/queue/queue_worker.h"

#define REFUSED_MAX 32

TAILQ_HEAD(queue_chunks, queue_chunk);

struct worker {
    const struct queue_worker_options *options;
    struct queue_link *link;
    int status;

    /* Looking for a job. */
    struct arena finding;
    const char **jobs;
    size_t num_jobs, at_job;
    char refused[REFUSED_MAX][QUEUE_NAME_MAX + 1];
    size_t num_refused;

    /* The job. */
    char job[QUEUE_NAME_MAX + 1]; /* "": none */
    struct arena memory;
    struct queue_job info;
    bool is_paused, is_leaving; /* its scan is to end */
    char *run;                  /* the run record of the scan; NULL: not known so far */
    bool is_agreed;             /* it fits those of the others */
    struct queue_child *child;
    struct queue_chunks chunks;
    size_t num_open; /* lines without a record */
    uint64_t num_recorded, num_delivered;

    /* What is asked of Redis right now. */
    bool is_finding, is_claiming, is_checking, is_agreeing, is_delivering, is_looking, is_returning;
    bool is_hungry;             /* there was nothing to claim */
    bool is_finishing;          /* its scan is given no more, so that it tells what it holds back */
    char cursor[QUEUE_ID_SIZE]; /* where the look for abandoned parts goes on */
    bool is_full;               /* too much is uncollected */
    struct queue_chunk *claimed;   /* until it is known which of its lines are done */
    struct queue_batch *delivered; /* on its way */

    /* The part of a shared source's pace. */
    unsigned parts;           /* 1/parts of it is this worker's; 0: none */
    bool has_part;            /* and nobody else's, so that a scan may take it */
    struct moment not_before; /* it names no part again */
    bool is_source_old, is_asking_source, has_joined;
    unsigned parts_told;

    struct queue_outbox outbox;
    ev_timer flush, heartbeat, quiet;
    unsigned num_quiet; /* how often the last one has fired since something came */
    bool is_stopping, has_failed;
};

/* ---- queue_worker.c ---- */

/* It ends with status 3, once what is under way is finished. */
void queue_worker_give_up(struct worker *worker);
/* The same, with a message. */
void queue_worker_lack_memory(struct worker *worker);
/* Something came from the scan, or went to it. */
void queue_worker_note_progress(struct worker *worker);
/* Does, or asks for, whatever is due. */
void queue_worker_step(struct worker *worker);
/* ---- queue_worker_chunks.c: what is claimed ---- */

/* The chunk that has the line in that state; NULL: none. A line that was claimed twice, as it was
 * taken over and came back, is in two chunks. */
struct queue_chunk *queue_worker_find_chunk(struct worker *worker, uint64_t number,
                                            enum queue_line_state state,
                                            struct queue_line **out_line);
/* Drops what is not delivered of the job's: its lines have no record any more. */
void queue_worker_drop_results(struct worker *worker);
/* Another state of a line, with all counts. */
void queue_worker_set_line(struct worker *worker, struct queue_chunk *chunk,
                           struct queue_line *line, enum queue_line_state state);
/* Forgets all that is claimed. */
void queue_worker_drop_chunks(struct worker *worker);
/* Redis was lost, and may have come back without what it had. */
void queue_worker_doubt_chunks(struct worker *worker);
/* Takes off the stream what is done, and gives back what may be. */
void queue_worker_acknowledge_chunks(struct worker *worker);
/* Gives back what is not delivered. While results wait to be delivered (`has_results`), a chunk
 * that has a record of each line is kept, as it may be done soon. */
void queue_worker_return_chunks(struct worker *worker, bool has_results);
/* Asks how far the job is. */
void queue_worker_check(struct worker *worker);
/* Asks for the next part, if it may have one. */
void queue_worker_claim(struct worker *worker);
/* Says that what it has is being worked on. */
void queue_worker_keep_claims(struct worker *worker);
/* A timer. */
void queue_worker_on_heartbeat(struct ev_loop *loop, ev_timer *watcher, int events);
/* A reply: how many batches are uncollected. */
void queue_worker_on_results_left(void *user, const redisReply *reply);
/* ---- queue_worker_deliver.c: results on their way ---- */

/* Sends the oldest batch, if it may. */
void queue_worker_deliver(struct worker *worker);
/* A timer. */
void queue_worker_on_flush(struct ev_loop *loop, ev_timer *watcher, int events);
/* ---- queue_worker_scan.c: the scan, and what it says ---- */

/* The job is not for this worker, which has said why. */
void queue_worker_refuse_job(struct worker *worker);
/* Compares the run record with that of the first worker. */
void queue_worker_agree(struct worker *worker);
/* Hands the part, which it takes over, to the scan. */
void queue_worker_scan_chunk(struct worker *worker, struct queue_chunk *chunk);
/* A timer. */
void queue_worker_on_quiet(struct ev_loop *loop, ev_timer *watcher, int events);
/* ---- queue_worker_pace.c: the part of a shared pace ---- */

/* The scan is given no more, and ends. */
void queue_worker_finish_scan(struct worker *worker);
/* The scan that had it has ended. */
void queue_worker_give_part_back(struct worker *worker);
/* Asks how many share the source, and names the part that it has or wants. */
void queue_worker_ask_source(struct worker *worker);
/* It shares the source no longer. */
void queue_worker_leave_source(struct worker *worker);
/* Has it a part of the pace, or a source of its own? */
bool queue_worker_may_begin_scan(const struct worker *worker);
/* ---- queue_worker_job.c: which job ---- */

/* Looks for one. */
void queue_worker_find_job(struct worker *worker);
/* Leaves the job once nothing of it is left here. */
void queue_worker_leave_job(struct worker *worker);
/* Ends the worker once it is to stop and nothing is left. */
void queue_worker_end_if_done(struct worker *worker);

#endif
