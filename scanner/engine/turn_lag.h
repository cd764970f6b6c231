/*
 * In which order the targets under way are finished. What costs fewer connections goes first, so
 * that most results come early: a target with more hosts or addresses lets some of those go first
 * that were admitted later. Pure.
 */
#ifndef MXGRADE_SCANNER_TURN_LAG_H
#define MXGRADE_SCANNER_TURN_LAG_H

#include <stddef.h>
#include <stdint.h>

/*
 * How many of those go first. `max_targets` are under way at once: half of them for each host and
 * address more than one, but never more than all, so that whoever lags does not keep others out.
 */
static inline uint32_t turn_lag(size_t num_hosts, size_t num_addresses, uint64_t max_targets)
{
    size_t more = (num_hosts > 1 ? num_hosts - 1 : 0) + (num_addresses > 1 ? num_addresses - 1 : 0);
    uint64_t most = max_targets < INT32_MAX / 2 ? max_targets : INT32_MAX / 2;
    return (uint32_t)(more >= 2 ? most : more * (most / 2));
}

#endif
