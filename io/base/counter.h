/* A count that one thread writes and others read, for figures that need no order: relaxed. */
#ifndef MXGRADE_IO_COUNTER_H
#define MXGRADE_IO_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

static inline void counter_add(atomic_uint_fast64_t *counter, uint64_t amount)
{
    /* One writer: a plain load and store, no locked instruction. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + amount,
                          memory_order_relaxed);
}

static inline void counter_subtract(atomic_uint_fast64_t *counter, uint64_t amount)
{
    counter_add(counter, -amount);
}

static inline uint64_t counter_read(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
