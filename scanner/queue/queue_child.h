/*
 * The scan of a worker: a program of its own, that is given lines of the list on its standard input
 * and says its records on its standard output, both on the worker's loop. A crash or a lack of
 * memory ends the scan and not the worker.
 */
#ifndef MXGRADE_SCANNER_QUEUE_CHILD_H
#define MXGRADE_SCANNER_QUEUE_CHILD_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct queue_child;

struct queue_child_handler {
    /* A record, without its line end; borrowed. */
    void (*on_record)(void *user, const char *line, size_t len);
    /* It has ended by itself with that exit status; negative: by a signal, or it said more than a
     * record may hold. It may be freed in this call. */
    void (*on_end)(void *user, int status);
    void *user;
};

/* Starts "mxgrade" with these arguments, NULL-terminated. NULL: errno. */
struct queue_child *queue_child_new(struct ev_loop *loop, char *const *arguments,
                                    const struct queue_child_handler *handler);
/* Frees the child, and kills its process if that still runs. Must not be called from within
 * on_record(). */
void queue_child_free(struct queue_child *child);

/* Hands it bytes, which are copied. False: no memory. */
bool queue_child_give(struct queue_child *child, const char *bytes, size_t len);

/* It will be given no more. */
void queue_child_finish(struct queue_child *child);

/* It is to begin nothing more. Once more: it is to leave at once. */
void queue_child_stop(struct queue_child *child);

/* Leaves its records unread for now, so that it has to wait, or reads on. */
void queue_child_hold(struct queue_child *child, bool is_held);

#endif
