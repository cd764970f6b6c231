#include "scanner/engine/scan.h"

#include "io/base/clock.h"
#include "scanner/engine/notices.h"

/* A few lines that wait to be believed are all that is under way if that lasts so long: others may
 * just be on their way from the reader. SCAN_TARGETS_MIN of them, or as many as may be under way,
 * have voted and keep no list waiting. */
#define ALL_DOUBTED_SECONDS 0.5
/* At the end of a list as few networks are mentioned, which is no verdict. */
#define NETWORKS_TOLD_MIN 3

unsigned scan_watched_port(const struct scan *scan)
{
    return scan->config->port != 0 ? scan->config->port : scan->run.services[0]->port;
}

bool scan_is_port_blocked(const struct scan *scan)
{
    return scan->outage.state == OUTAGE_PORT;
}

bool scan_has_dns_failed(const struct scan *scan)
{
    return outage_is_verdict(scan->outage.state) && !scan_is_port_blocked(scan);
}

uint64_t scan_lines_under_way(const struct scan *scan)
{
    const struct run *run = &scan->run;
    uint64_t done = counter_read(&run->targets_done);
    return counter_read(&run->targets_admitted) - done;
}

/* Of the lines that were begun, do all that are not finished wait to be believed? */
static bool are_all_doubted(struct scan *scan, const struct scan_totals *totals, struct moment now)
{
    const struct run *run = &scan->run;
    uint64_t doubted = counter_read(&run->targets_in_doubt);
    uint64_t done = counter_read(&run->targets_done) + scan->continuation.num_lines;
    if (doubted == 0 || totals->lines_begun != done + doubted) {
        scan->last_undoubted = now;
        return false;
    }
    return doubted >= SCAN_TARGETS_MIN || scan_lines_under_way(scan) >= run->max_targets ||
           moment_between(scan->last_undoubted, now) >= ALL_DOUBTED_SECONDS;
}

static struct outage_sight sight_of(struct scan *scan)
{
    const struct run *run = &scan->run;
    const struct scan_totals totals = scan_totals_of(scan);
    const struct moment now = clock_now();
    return (struct outage_sight){
        .now = now,
        .dns_answered = totals.dns_answered,
        .dns_failed = totals.dns_failed,
        .dns_asking = totals.dns_asking,
        .is_all_in_doubt = are_all_doubted(scan, &totals, now),
        .is_at_end = feeder_is_done(scan->feeder) &&
                     scan_lines_under_way(scan) == counter_read(&run->targets_in_doubt),
    };
}

static void say_outage(struct scan *scan)
{
    scan->has_said_outage = true;
    progress_clear(scan->progress);
    notice_outage(scan->config, &scan->outage, scan_watched_port(scan));
}

/* Servers are known that greet after half a minute, so this is no verdict yet. */
static void mention_waiting(struct scan *scan)
{
    if (scan->has_said_silent || scan->outage.state != OUTAGE_SUSPECTED ||
        scan->outage.suspicion != SUSPECT_SILENCE) {
        return;
    }
    scan->has_said_silent = true;
    progress_clear(scan->progress);
    notice_waiting(scan_watched_port(scan));
}

static void hold(struct scan *scan, bool is_held)
{
    if (atomic_exchange(&scan->run.is_held, is_held) && !is_held) {
        feeder_wake(scan->feeder);
    }
}

void scan_begin_outages(struct scan *scan)
{
    struct run *run = &scan->run;
    const struct outage_sight sight = {.now = scan->loop_started};
    scan->last_undoubted = scan->loop_started;
    outage_init(&scan->outage, run->loop, scan->config, &scan->canaries, &run->watch, &run->names);
    outage_begin(&scan->outage, &sight);
    hold(scan, scan->outage.state == OUTAGE_SUSPECTED);
}

/* Tells the workers that a name has resolved, or a server greeted, since they were told last. */
static void have_believed(struct scan *scan)
{
    struct run *run = &scan->run;
    uint64_t proofs = name_watch_num_resolved(&run->names) + network_watch_num_greeted(&run->watch);
    if (counter_read(&run->targets_in_doubt) == 0 || proofs == scan->proofs_told) {
        return;
    }
    scan->proofs_told = proofs;
    for (unsigned i = 0; i < run->num_workers; i++) {
        worker_post_believe(&run->workers[i]);
    }
}

void scan_watch_outages(struct scan *scan)
{
    const struct outage_sight sight = sight_of(scan);
    enum outage_state state = outage_look(&scan->outage, &sight);
    hold(scan, state == OUTAGE_SUSPECTED);
    mention_waiting(scan);
    if (outage_is_verdict(state) && !scan->has_said_outage) {
        say_outage(scan);
        atomic_store(&scan->run.has_outage, true);
        scan_stop_starting(scan);
    }
    have_believed(scan);
}

void scan_mention_silence(struct scan *scan)
{
    const struct network_verdict verdict = network_watch_verdict(&scan->run.watch);
    if (!scan_is_port_blocked(scan) && verdict.is_unanswered &&
        verdict.num_heard >= NETWORKS_TOLD_MIN) {
        notice_no_answer(scan_watched_port(scan), &verdict);
    }
}
