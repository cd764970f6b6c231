/* What the parts of a run reach each other by. */
#include "io/base/counter.h"
#include "scanner/base/log.h"
#include "scanner/engine/run.h"

struct worker *run_worker_for(struct run *run, uint64_t hash)
{
    /* The high half: tables use the low bits of the same hash. */
    return &run->workers[(hash >> 32) % run->num_workers];
}

void run_target_done(struct run *run)
{
    uint64_t done = atomic_fetch_add(&run->targets_done, 1) + 1;
    uint64_t left = counter_read(&run->targets_admitted) - done;
    /* The reader waits for a quarter of the credits, so that it is not woken for each; at half of
     * them it could wait for lines that it holds back itself. */
    if (left == 0 || left == run->max_targets - run->max_targets / 4) {
        ev_async_send(run->loop, &run->done_wake);
    }
}

void run_target_doubted(struct run *run)
{
    uint64_t doubted = atomic_fetch_add(&run->targets_in_doubt, 1) + 1;
    uint64_t done = counter_read(&run->targets_done);
    uint64_t begun = counter_read(&run->targets_admitted) - counter_read(&run->targets_held);
    if (doubted == begun - done) {
        ev_async_send(run->loop, &run->done_wake);
    }
}

void run_target_short(struct run *run)
{
    atomic_fetch_add(&run->targets_short, 1);
}

bool run_has_too_many_short(const struct run *run)
{
    return counter_read(&run->targets_short) >= run->max_targets;
}

bool run_says_shortages(const struct tally *tally)
{
    uint64_t num = counter_read(&tally_counters(tally)->shortages);
    if (num > 0) {
        log_message("%llu records say local_error: this machine lacked memory, descriptors or "
                    "ports. They are no verdict; scan these again, into another --output.",
                    (unsigned long long)num);
    }
    return num > 0;
}
