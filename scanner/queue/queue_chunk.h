/* A part of the list that a worker has claimed, and what of it is still to be done. */
#ifndef MXGRADE_SCANNER_QUEUE_CHUNK_H
#define MXGRADE_SCANNER_QUEUE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "io/list/prepared_list.h"
#include "scanner/queue/queue_job.h"

#define QUEUE_CHUNK_LINES_MAX 10000

enum queue_line_state {
    QUEUE_LINE_OPEN,     /* no record so far */
    QUEUE_LINE_RECORDED, /* its record waits to be delivered */
    QUEUE_LINE_DONE      /* delivered */
};

struct queue_line {
    uint64_t number;
    size_t offset, len; /* in the text, its end included */
    enum queue_line_state state;
};

struct queue_chunk {
    TAILQ_ENTRY(queue_chunk) next;
    char id[QUEUE_ID_SIZE];
    char *text;
    struct queue_line *lines; /* by their numbers, which rise */
    size_t num_lines;
    size_t num_open; /* without a record */
    size_t num_left; /* not delivered */
    bool is_acknowledging;
    bool is_doubtful; /* Redis may have lost what was delivered of it */
};

/* Reads a text of prepared_list.h, without its first line. NULL: it is none, with the errno EINVAL,
 * or there is no memory, with ENOMEM. */
struct queue_chunk *queue_chunk_new(const char *id, const char *text, size_t len);
void queue_chunk_free(struct queue_chunk *chunk);

/* NULL: the line is in another chunk. */
struct queue_line *queue_chunk_line(const struct queue_chunk *chunk, uint64_t number);

/* Another state, and the counts with it. */
void queue_chunk_set(struct queue_chunk *chunk, struct queue_line *line,
                     enum queue_line_state state);

/* Adds the text of the lines that are not delivered, or that may be lost. False: no memory. */
bool queue_chunk_rest(const struct queue_chunk *chunk, struct prepared_text *out_text);

#endif
