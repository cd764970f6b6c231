#include "scanner/engine/scan.h"

#include <errno.h>
#include <string.h>

#include "io/base/clock.h"
#include "io/base/placed_file.h"
#include "output/metrics/run_metrics.h"
#include "scanner/base/accept_notice.h"
#include "scanner/base/log.h"
#include "scanner/base/version.h"
#include "scanner/engine/notices.h"
#include "scanner/engine/target.h"
#include "scanner/grading/acceptances.h"

static void emit_summary_record(struct scan *scan)
{
    struct run *run = &scan->run;
    struct scan_totals totals = scan_totals_of(scan);
    double seconds = moment_between(scan->loop_started, clock_now());
    struct summary_record record = {
        .policy = run->policy.name,
        .policy_digest = run->policy.digest,
        .interrupted = scan->num_stops > 0,
        .port_blocked = scan_is_port_blocked(scan),
        .dns_failed = scan_has_dns_failed(scan),
        .void_reason = scan->interception.reason,
        .unrouted = totals.unrouted > 0 ? scan_unrouted_family(scan) : NULL,
        .addresses_unrouted = totals.unrouted,
        .resolver_blamed = scan->has_said_blamed,
        .lines = feeder_num_lines(scan->feeder),
        .lines_read = feeder_num_own_lines(scan->feeder),
        .lines_begun = totals.lines_begun,
        .carried_over = scan->continuation.num_carried,
        .connections = totals.connections,
        .connections_saved = totals.saved,
        .dns_questions = totals.dns_questions,
        .revised_servers = run->revised.items,
        .num_revised_servers = revised_count(&run->revised),
        .seconds = seconds,
        .seconds_to_half = scan->half_after,
        .seconds_to_95 = scan->most_after,
        .dns_seconds_share = scan_dns_share(&totals),
        .finished = clock_wall(),
    };
    if (run->csv != NULL && !emit_csv_has_header(run->csv)) {
        emit_csv_header(run->csv, run->sink, NULL, 0); /* stopped before it was read */
    }
    sink_drain(run->sink); /* the tally is complete once everything is written */
    tally_summary(run->tally, &record);
    /* A line of a host list has no record of its own, only those of its endpoints. */
    record.lines_written =
        scan->config->hosts ? totals.lines_told : record.domains + record.invalid_lines;
    record.complete = !scan->cut_short && scan->lines_short == 0 &&
                      record.lines_begun == record.lines_read &&
                      record.lines_written == record.lines_begun;
    scan->complete = record.complete;
    acceptances_count(run->policy.accepted,
                      record.complete && scan->config->shard.of == 1 && !scan->config->hosts,
                      &record.accepted);
    scan->summary = record;
    emit_summary(&run->emitter, &record);
    if (run->csv != NULL) {
        log_message("%llu rows; CSV has no room for the run's options, its endpoints and its "
                    "summary: they are in JSON lines only",
                    (unsigned long long)(record.domains + record.invalid_lines));
    }
}

static bool bar_is_crossed(const struct scan *scan)
{
    enum grade bar;
    if (scan->config->fail_on == NULL || !grade_from_name(scan->config->fail_on, &bar)) {
        return false;
    }
    const struct tally_counters *counters = tally_counters(scan->run.tally);
    for (unsigned grade = bar; grade <= GRADE_F; grade++) {
        if (counter_read(&counters->accepted_grades[grade]) > 0) {
            return true;
        }
    }
    return false;
}

/* A list of which no line at all is usable is a wrong file, which a nightly job should notice. */
static bool is_wrong_list(const struct scan *scan)
{
    uint64_t num_lines = feeder_num_own_lines(scan->feeder);
    return num_lines > 0 && scan->config->shard.of == 1 &&
           counter_read(&tally_counters(scan->run.tally)->invalid_lines) == num_lines;
}

/* Whether the file of this run is one that --resume takes. */
static bool can_be_resumed(const struct scan *scan)
{
    return sink_is_file(scan->run.sink) && !sink_is_disturbed(scan->run.sink) &&
           scan->run.csv == NULL && !scan->config->output_is_private;
}

/* After an error of the sink's. */
static const char *advice_of(const struct scan *scan)
{
    if (sink_is_disturbed(scan->run.sink)) {
        return "; scan again, into a file that nothing else touches";
    }
    return can_be_resumed(scan) ? "; what was written is whole lines, go on with --resume" : "";
}

static bool says_shortages(const struct scan *scan)
{
    if (scan->lines_short > 0) {
        notice_given_up(scan->lines_short, can_be_resumed(scan));
        return true;
    }
    if (!scan->cut_short && !scan->complete) {
        log_message("%s: not every line has its record: this machine lacked memory or descriptors",
                    scan->config->list);
    }
    return run_says_shortages(scan->run.tally);
}

static int status_of_complete(const struct scan *scan)
{
    if (is_wrong_list(scan)) {
        log_message("%s: none of its %llu lines can be used; is it the right file?",
                    scan->config->list, (unsigned long long)feeder_num_lines(scan->feeder));
        return 2;
    }
    if (scan->config->strict && tally_counters(scan->run.tally)->invalid_lines > 0) {
        return 2;
    }
    return bar_is_crossed(scan) ? 1 : 0;
}

int scan_finish(struct scan *scan)
{
    struct run *run = &scan->run;
    struct scan_totals totals = scan_totals_of(scan);
    progress_clear(scan->progress);
    scan_say_unrouted(scan, &totals);
    scan_note_milestones(scan);
    scan_mention_silence(scan);
    if (scan->outage.num_doubted > 0) {
        notice_dead_resolver(scan->config, scan->outage.num_doubted);
    }
    scan_end_interception(scan);
    scan->cut_short = scan->num_stops > 0 || outage_is_verdict(scan->outage.state) ||
                      scan->interception.reason != VOID_NONE ||
                      counter_read(&run->targets_done) < counter_read(&run->targets_admitted) ||
                      feeder_error(scan->feeder) != NULL;
    blame_end(run->blame, run->sink);
    scan_say_blamed(scan);
    for (unsigned i = 0; i < run->num_workers; i++) {
        scan->lines_short += target_tell_given_up(&run->workers[i]);
    }
    emit_summary_record(scan);
    sink_finish(run->sink);
    feeder_tell_end(scan->feeder);
    if (feeder_error(scan->feeder) != NULL) {
        log_message("%s: %s", scan->config->list, feeder_error(scan->feeder));
    }
    if (sink_error(run->sink) != NULL) {
        log_message("results are incomplete: %s%s", sink_error(run->sink), advice_of(scan));
        return 3;
    }
    if (!scan->config->output_is_private) {
        accept_notice(scan->config->accept_file, &scan->summary.accepted);
    }
    if (!says_shortages(scan) && scan->complete) {
        return status_of_complete(scan);
    }
    return 3;
}

int scan_write_metrics(struct scan *scan, int status)
{
    const char *path = scan->config->metrics;
    struct placed_file file;
    if (path == NULL) {
        return status;
    }
    scan->summary.complete = scan->summary.complete && status != 3;
    bool ok = placed_file_open(&file, path);
    if (ok) {
        run_metrics_write(file.stream, MXGRADE_VERSION, scan->started, &scan->summary);
        ok = placed_file_close(&file, true);
    }
    if (!ok) {
        log_message("--metrics %s: %s", path, strerror(errno));
    }
    return ok ? status : 3;
}
