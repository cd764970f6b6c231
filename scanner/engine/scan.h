/*
 * What the main thread adds to a run: what was set up for it, what it watches while the run lasts,
 * and how it ends. run.c is its loop; the other parts of the main thread are named below.
 */
#ifndef MXGRADE_SCANNER_SCAN_H
#define MXGRADE_SCANNER_SCAN_H

#include "io/list/list_converters.h"
#include "output/file/progress.h"
#include "scanner/engine/continuation.h"
#include "scanner/engine/feeder.h"
#include "scanner/engine/file_digest.h"
#include "scanner/engine/outage.h"
#include "scanner/engine/own_resolver.h"
#include "scanner/engine/run.h"
#include "scanner/engine/run_options.h"
#include "scanner/engine/signals.h"

/* As many targets at least may be under way, however few connections may be. */
#define SCAN_TARGETS_MIN 1000

struct scan {
    struct run run; /* first */
    struct config *config;
    int list_fd;
    struct file_digest digest;
    char run_id[RUN_ID_LEN + 1]; /* of the file; "": an older program began it */
    struct continuation continuation;
    struct own_resolver own_resolver;
    struct feeder *feeder;
    struct list_converters converters; /* which could not be loaded later on */
    struct progress *progress;
    struct signals signals;
    ev_timer tick;
    double started; /* wall time */
    struct moment loop_started;
    double half_after,
        most_after; /* seconds until half, and 95 %, of the list was done; -1: not yet */
    unsigned num_stops;
    bool leaving;                             /* at once: what is in flight is not waited for */
    struct interception_verdict interception; /* its reason: of the run's being void */
    struct canaries canaries;
    struct outage outage;
    bool has_said_outage;
    bool has_said_silent;
    uint64_t proofs_told;         /* that what waits to be believed may rest on */
    struct moment last_undoubted; /* when something else than such lines was under way */
    struct moment last_dialogue;  /* since a stop: when one was under way */
    bool has_said_unrouted;
    bool has_said_blamed;
    bool cut_short;       /* not all of the list was read, or not all that was read was done */
    uint64_t lines_short; /* given up, as memory was lacking for them */
    bool complete;        /* every line has its record, and none was given up */
    struct summary_record summary; /* as it was written */
};

/* ---- scan_setup.c ---- */

/*
 * Checks everything that can be wrong before the first packet is sent, and sets up all parts of the
 * run; the loop is there already. Says what is wrong. Returns the exit status, or -1 to go on.
 * scan_fini() of run.c frees what was set up, in either case.
 */
int scan_prepare(struct scan *scan);

/* The first line of the results; borrows from the scan and the options. */
struct run_record scan_run_record(const struct scan *scan, struct run_options *options);

/* ---- scan_figures.c ---- */

/* The counters of all workers, summed. Times are in milliseconds. */
struct scan_totals {
    uint64_t connections, in_flight, waiting, saved, lines_begun, lines_told, unrouted,
        dns_questions, dns_answered, dns_failed, dns_asking, dns_put_off, dns_busy_ms, dialogues_ms,
        servers_retrying, policies_retrying;
    uint64_t
        retry_at_ms; /* when the next server or policy is asked again; 0: none waits for that */
};

/* Of a run that is continued, what it saw of the network before counts too. */
struct scan_totals scan_totals_of(const struct scan *scan);

/* The share that questions to DNS have in the time that questions and dialogues took, summed; -1:
 * none took any. */
double scan_dns_share(const struct scan_totals *totals);

/* What the line of progress shows. */
struct progress_snapshot scan_snapshot(const struct scan *scan);

/* Notes when half, and 95 %, of the list was done. */
void scan_note_milestones(struct scan *scan);

/* ---- scan_stop.c ---- */

/* Begins no further line; what is under way is finished. */
void scan_stop_starting(struct scan *scan);

/* After a stop: what the chains of strangers cost may not keep it waiting once the dialogues have
 * ended. */
void scan_drop_late_verdicts(struct scan *scan, const struct scan_totals *totals);

/* ---- scan_outages.c ---- */

/* The port that the run is about, for messages. */
unsigned scan_watched_port(const struct scan *scan);

/* Verdicts about the network of this machine. */
bool scan_is_port_blocked(const struct scan *scan);
bool scan_has_dns_failed(const struct scan *scan);

/* Lines that were begun and are not done; those that wait to be believed are among them. */
uint64_t scan_lines_under_way(const struct scan *scan);

/* Begins to look for outages, when the loop begins. */
void scan_begin_outages(struct scan *scan);

/* Looks whether the network or the resolver fails for everyone; ends the run if so. */
void scan_watch_outages(struct scan *scan);

/* At the end: too few networks for a verdict, and yet worth a word. */
void scan_mention_silence(struct scan *scan);

/* ---- scan_notices.c ---- */

/* Is it the servers that speak? If not, it is said once, and nothing of the run counts. */
void scan_check_interception(struct scan *scan);

/* The same when the list has ended. */
void scan_end_interception(struct scan *scan);

/* "ipv4" or "ipv6": the family for which this machine has no route. Only where there is one. */
const char *scan_unrouted_family(const struct scan *scan);

/* Tells the user that this machine has no route for a family of addresses. It is told once in a
 * run, and only if some host has an address of that family. */
void scan_say_unrouted(struct scan *scan, const struct scan_totals *totals);

/* Tells the user that the resolver is to blame for bogus answers. It is told once in a run, as soon
 * as that is known. */
void scan_say_blamed(struct scan *scan);

/* ---- scan_end.c ---- */

/* Once the workers have ended: writes what is left and the summary, says what the user must know,
 * and returns the exit status. */
int scan_finish(struct scan *scan);

/* Writes the figures of the run (--metrics) if they are asked for. `status` is the exit status of
 * the run. Returns the exit status to end with: 3 if the figures could not be written. */
int scan_write_metrics(struct scan *scan, int status);

#endif
