#include "io/base/mailbox.h"

#include <stddef.h>

/* The stack of posted messages has the newest first; the reader wants the order of posting. */
static void drain(struct mailbox *mailbox)
{
    SLIST_HEAD(posted, message) posted = SLIST_HEAD_INITIALIZER(posted);
    struct message *message =
        atomic_exchange_explicit(&mailbox->newest, NULL, memory_order_acquire);
    while (message != NULL) {
        struct message *older = SLIST_NEXT(message, next);
        SLIST_INSERT_HEAD(&posted, message, next);
        message = older;
    }
    while ((message = SLIST_FIRST(&posted)) != NULL) {
        SLIST_REMOVE_HEAD(&posted, next);
        message->deliver(message, mailbox->owner);
    }
}

static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    (void)loop;
    (void)events;
    drain(watcher->data);
}

void mailbox_init(struct mailbox *mailbox, struct ev_loop *loop, void *owner)
{
    atomic_init(&mailbox->newest, NULL);
    mailbox->loop = loop;
    mailbox->owner = owner;
    ev_async_init(&mailbox->wake, on_wake);
    mailbox->wake.data = mailbox;
    ev_async_start(loop, &mailbox->wake);
}

void mailbox_fini(struct mailbox *mailbox)
{
    while (atomic_load_explicit(&mailbox->newest, memory_order_relaxed) != NULL) {
        drain(mailbox);
    }
    ev_async_stop(mailbox->loop, &mailbox->wake);
}

void mailbox_post(struct mailbox *mailbox, struct message *message)
{
    struct message *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
    do {
        SLIST_NEXT(message, next) = newest;
    } while (!atomic_compare_exchange_weak_explicit(&mailbox->newest, &newest, message,
                                                    memory_order_release, memory_order_relaxed));
    if (newest == NULL) {
        ev_async_send(mailbox->loop, &mailbox->wake);
    }
}
