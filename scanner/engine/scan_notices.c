#include "scanner/engine/scan.h"

#include "io/base/clock.h"
#include "scanner/engine/notices.h"

static void void_the_run(struct scan *scan)
{
    const struct emitter *emitter = &scan->run.emitter;
    const struct line_outlet outlet = emit_outlet(emitter);
    const struct run_void_record record = {
        .reason = scan->interception.reason,
        .detail = scan->interception.detail,
        .records_kept = scan->continuation.is_active ? scan->continuation.num_records : 1,
        .time = clock_wall(),
    };
    emit_run_void(emitter, &record);
    interception_convict(emitter->interception, &outlet);
}

void scan_check_interception(struct scan *scan)
{
    const struct line_outlet outlet = emit_outlet(&scan->run.emitter);
    if (scan->interception.reason != VOID_NONE) {
        return;
    }
    interception_verdict(scan->run.interception, &scan->interception);
    if (scan->interception.reason == VOID_NONE) {
        interception_settle(scan->run.interception, &outlet);
        return;
    }
    progress_clear(scan->progress);
    notice_intercepted(scan_watched_port(scan), &scan->interception);
    void_the_run(scan);
    scan_stop_starting(scan);
}

void scan_end_interception(struct scan *scan)
{
    const struct line_outlet outlet = emit_outlet(&scan->run.emitter);
    scan_check_interception(scan);
    interception_end(scan->run.interception, &outlet);
    if (scan->interception.reason == VOID_NONE) {
        notice_uniform(scan_watched_port(scan), &scan->interception);
    }
}

const char *scan_unrouted_family(const struct scan *scan)
{
    return scan->config->unrouted == 4 ? "ipv4" : "ipv6";
}

void scan_say_unrouted(struct scan *scan, const struct scan_totals *totals)
{
    if (totals->unrouted == 0 || scan->has_said_unrouted) {
        return;
    }
    scan->has_said_unrouted = true;
    progress_clear(scan->progress);
    notice_unrouted(scan->config);
}

void scan_say_blamed(struct scan *scan)
{
    const struct blame_counts counts = blame_counts(scan->run.blame);
    if (!counts.is_resolver || scan->has_said_blamed) {
        return;
    }
    scan->has_said_blamed = true;
    progress_clear(scan->progress);
    notice_blamed(scan->config, &counts);
}
