/*
 * Tickets of the pacer that wait, by whose turn it is: the lowest `turn` first, and of equal ones
 * the one that came to the pacer first. A pairing heap (Fredman and others, 1986): to put one in is
 * O(1), to take one out O(log n), both over many steps. Needs no memory of its own.
 */
#ifndef MXGRADE_IO_PACER_QUEUE_H
#define MXGRADE_IO_PACER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct pacer_ticket;

/* All zero is empty. */
struct pacer_queue {
    struct pacer_ticket *first;
};

/* Embedded in a ticket: where it stands in the one queue that it is in. */
struct pacer_queue_link {
    struct pacer_ticket *child;  /* the first of those behind it */
    struct pacer_ticket *next;   /* among the children of the same ticket */
    struct pacer_ticket *before; /* the one whose child or next it is; NULL: it is the first */
};

static inline bool pacer_queue_is_empty(const struct pacer_queue *queue)
{
    return queue->first == NULL;
}

/* The ticket is in no queue. */
void pacer_queue_put(struct pacer_queue *queue, struct pacer_ticket *ticket);

/* Takes out the one whose turn it is. The queue is not empty. */
struct pacer_ticket *pacer_queue_take(struct pacer_queue *queue);

/* Takes out one that is in this queue. */
void pacer_queue_remove(struct pacer_queue *queue, struct pacer_ticket *ticket);

#endif
