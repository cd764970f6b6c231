#include "scanner/engine/scan.h"

#include "io/base/clock.h"
#include "io/base/pool.h"

/* After a stop, certificates are judged for so long when no dialogue is under way any more. */
#define LAST_VERDICTS_SECONDS 1

void scan_stop_starting(struct scan *scan)
{
    atomic_store(&scan->run.is_stopping, true);
    feeder_stop(scan->feeder);
    for (unsigned i = 0; i < scan->run.num_workers; i++) {
        worker_post_stop(&scan->run.workers[i]);
    }
}

void scan_drop_late_verdicts(struct scan *scan, const struct scan_totals *totals)
{
    const struct moment now = clock_now();
    if (!atomic_load(&scan->run.is_stopping) || totals->in_flight > 0) {
        scan->last_dialogue = now;
    } else if (moment_between(scan->last_dialogue, now) >= LAST_VERDICTS_SECONDS) {
        pool_drop_waiting(scan->run.pool);
    }
}
