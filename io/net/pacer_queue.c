#include "io/net/pacer_queue.h"

#include "io/net/pacer.h"

static bool goes_before(const struct pacer_ticket *a, const struct pacer_ticket *b)
{
    /* Both numbers may wrap around; those that wait together are close to each other. */
    const int32_t turns = (int32_t)(a->turn - b->turn);
    return turns < 0 || (turns == 0 && (int32_t)(a->arrival - b->arrival) < 0);
}

/* Makes one heap of two; each is the first of its own or NULL. */
static struct pacer_ticket *merge(struct pacer_ticket *a, struct pacer_ticket *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    struct pacer_ticket *first = goes_before(b, a) ? b : a;
    struct pacer_ticket *other = first == a ? b : a;
    other->link.before = first;
    other->link.next = first->link.child;
    if (other->link.next != NULL) {
        other->link.next->link.before = other;
    }
    first->link.child = other;
    return first;
}

/* Takes the first out of a list of siblings. */
static struct pacer_ticket *take_sibling(struct pacer_ticket **siblings)
{
    struct pacer_ticket *ticket = *siblings;
    if (ticket != NULL) {
        *siblings = ticket->link.next;
        ticket->link.next = NULL;
        ticket->link.before = NULL;
    }
    return ticket;
}

/* Makes one heap of the children of a ticket: in pairs from left to right, then from right to left,
 * which is what keeps the cost at O(log n). */
static struct pacer_ticket *merge_children(struct pacer_ticket *parent)
{
    struct pacer_ticket *siblings = parent->link.child;
    struct pacer_ticket *pairs = NULL; /* the last one first */
    while (siblings != NULL) {
        struct pacer_ticket *one = take_sibling(&siblings);
        struct pacer_ticket *pair = merge(one, take_sibling(&siblings));
        pair->link.next = pairs;
        pairs = pair;
    }
    struct pacer_ticket *heap = NULL;
    while (pairs != NULL) {
        heap = merge(heap, take_sibling(&pairs));
    }
    parent->link = (struct pacer_queue_link){0};
    return heap;
}

void pacer_queue_put(struct pacer_queue *queue, struct pacer_ticket *ticket)
{
    ticket->link = (struct pacer_queue_link){0};
    queue->first = merge(queue->first, ticket);
}

struct pacer_ticket *pacer_queue_take(struct pacer_queue *queue)
{
    struct pacer_ticket *ticket = queue->first;
    queue->first = merge_children(ticket);
    return ticket;
}

void pacer_queue_remove(struct pacer_queue *queue, struct pacer_ticket *ticket)
{
    if (ticket == queue->first) {
        pacer_queue_take(queue);
        return;
    }
    struct pacer_ticket *before = ticket->link.before;
    struct pacer_ticket *next = ticket->link.next;
    if (before->link.child == ticket) {
        before->link.child = next;
    } else {
        before->link.next = next;
    }
    if (next != NULL) {
        next->link.before = before;
    }
    queue->first = merge(queue->first, merge_children(ticket));
}
