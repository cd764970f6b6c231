#include "io/dns/dns_waiters.h"

#include <stdlib.h>

#define WAITERS_PER_BLOCK 256
#define RESERVED_WAITERS  64

struct dns_waiter_block {
    struct dns_waiter_block *next;
    struct dns_waiter waiters[WAITERS_PER_BLOCK];
};

static bool grow(struct dns_waiter_pool *pool)
{
    struct dns_waiter_block *block = malloc(sizeof(*block));
    if (block == NULL) {
        return false;
    }
    block->next = pool->blocks;
    pool->blocks = block;
    for (size_t i = 0; i < WAITERS_PER_BLOCK; i++) {
        dns_waiter_give_back(pool, &block->waiters[i]);
    }
    return true;
}

bool dns_waiter_pool_init(struct dns_waiter_pool *pool)
{
    *pool = (struct dns_waiter_pool){0};
    return grow(pool);
}

void dns_waiter_pool_fini(struct dns_waiter_pool *pool)
{
    while (pool->blocks != NULL) {
        struct dns_waiter_block *block = pool->blocks;
        pool->blocks = block->next;
        free(block);
    }
    *pool = (struct dns_waiter_pool){0};
}

/* Grows before the reserve is touched; failing to is no matter until it is used up. */
struct dns_waiter *dns_waiter_take(struct dns_waiter_pool *pool)
{
    if (pool->num_free <= RESERVED_WAITERS) {
        (void)grow(pool);
    }
    struct dns_waiter *waiter = pool->free;
    if (waiter != NULL) {
        pool->free = waiter->next;
        pool->num_free--;
        waiter->next = NULL;
    }
    return waiter;
}

void dns_waiter_give_back(struct dns_waiter_pool *pool, struct dns_waiter *waiter)
{
    waiter->next = pool->free;
    pool->free = waiter;
    pool->num_free++;
}

void dns_waiter_list_append(struct dns_waiter_list *list, struct dns_waiter *waiter)
{
    waiter->next = NULL;
    if (list->last != NULL) {
        list->last->next = waiter;
    } else {
        list->first = waiter;
    }
    list->last = waiter;
}

struct dns_waiter *dns_waiter_list_take(struct dns_waiter_list *list)
{
    struct dns_waiter *waiter = list->first;
    if (waiter != NULL) {
        list->first = waiter->next;
        list->last = list->first == NULL ? NULL : list->last;
        waiter->next = NULL;
    }
    return waiter;
}
