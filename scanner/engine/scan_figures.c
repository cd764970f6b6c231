#include "scanner/engine/scan.h"

#include "io/base/clock.h"
#include "io/base/loop.h"

/* 0 is never. */
static uint64_t earlier_of(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static double seconds_until(uint64_t at_ms)
{
    double seconds = ((double)at_ms - (double)clock_now_ms()) / 1000;
    return seconds > 0 ? seconds : 0;
}

struct scan_totals scan_totals_of(const struct scan *scan)
{
    const struct run *run = &scan->run;
    struct scan_totals totals = {
        .lines_begun = scan->continuation.num_lines,
        .lines_told = scan->continuation.num_lines,
        .dns_answered = scan->continuation.dns_answered,
    };
    for (unsigned i = 0; i < run->num_workers; i++) {
        const struct worker_counters *counters = &run->workers[i].counters;
        const struct dialogue_counters *dialogues = &run->workers[i].dialogues.counters;
        totals.connections += counter_read(&dialogues->connections);
        totals.in_flight += counter_read(&dialogues->in_flight);
        totals.waiting += counter_read(&counters->waiting);
        totals.saved += counter_read(&run->workers[i].hosts.spared) +
                        counter_read(&run->workers[i].endpoints.spared) +
                        counter_read(&run->workers[i].servers.spared);
        totals.lines_begun += counter_read(&counters->lines_begun);
        totals.lines_told += counter_read(&counters->lines_told);
        totals.unrouted += counter_read(&counters->addresses_unrouted);
        totals.dns_questions += counter_read(&counters->dns_questions);
        totals.dns_answered += counter_read(&counters->dns_answered);
        totals.dns_failed += counter_read(&counters->dns_failed);
        totals.dns_asking += counter_read(&counters->dns_asking);
        totals.dns_put_off += counter_read(&counters->dns_put_off);
        totals.dns_busy_ms += counter_read(&counters->dns_busy_ms);
        totals.dialogues_ms += counter_read(&dialogues->milliseconds);
        totals.servers_retrying += counter_read(&counters->servers_retrying);
        totals.policies_retrying += counter_read(&counters->policies_retrying);
        totals.retry_at_ms = earlier_of(totals.retry_at_ms, counter_read(&counters->retry_at_ms));
    }
    return totals;
}

double scan_dns_share(const struct scan_totals *totals)
{
    double all = (double)totals->dns_busy_ms + (double)totals->dialogues_ms;
    return all > 0 ? (double)totals->dns_busy_ms / all : -1;
}

/* Those of the run that is continued count too. */
static uint64_t lines_done(const struct scan *scan)
{
    return counter_read(&scan->run.targets_done) + scan->continuation.num_lines;
}

/* As many as the list has line ends, until what is a line has been found by reading it. */
static uint64_t lines_total(const struct scan *scan)
{
    return feeder_is_done(scan->feeder) ? feeder_num_own_lines(scan->feeder)
                                        : scan->digest.num_lines / scan->config->shard.of;
}

struct progress_snapshot scan_snapshot(const struct scan *scan)
{
    struct scan_totals totals = scan_totals_of(scan);
    return (struct progress_snapshot){
        .seconds = loop_since(scan->run.loop, scan->loop_started),
        .lines_total = lines_total(scan),
        .is_of_hosts = scan->config->hosts,
        .hosts_done = lines_done(scan),
        .in_flight = totals.in_flight,
        .connections = totals.connections,
        .waiting = totals.waiting,
        .servers_retrying = totals.servers_retrying,
        .policies_retrying = totals.policies_retrying,
        .retry_seconds = seconds_until(totals.retry_at_ms),
        .dns_asking = totals.dns_asking,
    };
}

void scan_note_milestones(struct scan *scan)
{
    double seconds = moment_between(scan->loop_started, clock_now());
    uint64_t total = scan->digest.num_lines / scan->config->shard.of;
    uint64_t done = lines_done(scan);
    if (total > 0 && scan->half_after < 0 && done * 2 >= total) {
        scan->half_after = seconds;
    }
    if (total > 0 && scan->most_after < 0 && done * 20 >= total * 19) {
        scan->most_after = seconds;
    }
}
