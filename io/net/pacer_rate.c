#include "io/net/pacer_rate.h"

struct moment pacer_rate_reserve(struct pacer_rate *rate, double per_second, unsigned num_starts,
                                 struct moment soonest)
{
    const int_fast64_t soonest_us = (int_fast64_t)(soonest.seconds * 1e6);
    const int_fast64_t taken_us = (int_fast64_t)(num_starts * 1e6 / per_second);
    int_fast64_t seen_us = atomic_load_explicit(&rate->next_us, memory_order_relaxed);
    int_fast64_t start_us;
    do {
        start_us = seen_us > soonest_us ? seen_us : soonest_us;
    } while (!atomic_compare_exchange_weak_explicit(&rate->next_us, &seen_us, start_us + taken_us,
                                                    memory_order_relaxed, memory_order_relaxed));
    return (struct moment){(double)start_us / 1e6};
}
