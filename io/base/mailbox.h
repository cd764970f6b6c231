/*
 * The only way work crosses threads: a lock-free queue with many writers and one reader, which is
 * the thread that runs the mailbox's loop. A message owns its payload; posting hands it over.
 *
 * ev_async merges wake-ups, so the reader always drains fully; a writer wakes the reader only when
 * the queue was empty. Posting never blocks and never fails.
 */
#ifndef MXGRADE_IO_MAILBOX_H
#define MXGRADE_IO_MAILBOX_H

#include <ev.h>
#include <stdatomic.h>
#include <sys/queue.h>

struct message {
    SLIST_ENTRY(message) next;
    /* Called on the reader's thread; takes the message over (and frees it when done with it). */
    void (*deliver)(struct message *message, void *owner);
};

struct mailbox {
    _Atomic(struct message *) newest;
    ev_async wake;
    struct ev_loop *loop;
    void *owner; /* given to deliver() */
};

/*
 * Attaches to a loop. Call before any thread has a descriptor table of its own (unshare): a wake-up
 * goes through the descriptor that ev_async_start() makes, and one made later could be another
 * table's. The watcher does not keep the loop alive by itself.
 */
void mailbox_init(struct mailbox *mailbox, struct ev_loop *loop, void *owner);

/* Detaches. Messages still queued are delivered first. */
void mailbox_fini(struct mailbox *mailbox);

/* Any thread. */
void mailbox_post(struct mailbox *mailbox, struct message *message);

#endif
