/*
 * Who waits for an answer: lists in order of asking, and the pool that the waiters come from. The
 * pool keeps a reserve, so that callers can still be called later when memory has run out.
 */
#ifndef MXGRADE_IO_DNS_WAITERS_H
#define MXGRADE_IO_DNS_WAITERS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/dns/dns.h"

struct dns_waiter {
    struct dns_waiter *next;
    dns_callback callback;
    void *user;
    enum dns_outcome outcome; /* to be told where there is no question to wait for */
};

/* All zero is an empty list. */
struct dns_waiter_list {
    struct dns_waiter *first;
    struct dns_waiter *last;
};

/* All zero is an empty pool. */
struct dns_waiter_pool {
    struct dns_waiter *free;
    size_t num_free;
    struct dns_waiter_block *blocks;
};

/* False if there is no memory even for the first waiters. */
bool dns_waiter_pool_init(struct dns_waiter_pool *pool);
void dns_waiter_pool_fini(struct dns_waiter_pool *pool);

/* NULL only when memory has run out and the reserve is used up. */
struct dns_waiter *dns_waiter_take(struct dns_waiter_pool *pool);
void dns_waiter_give_back(struct dns_waiter_pool *pool, struct dns_waiter *waiter);

void dns_waiter_list_append(struct dns_waiter_list *list, struct dns_waiter *waiter);

/* Takes the first one out; NULL if the list is empty. */
struct dns_waiter *dns_waiter_list_take(struct dns_waiter_list *list);

#endif
