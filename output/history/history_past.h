/* The past of one domain, as plain data: what `mxgrade history DOMAIN` tells. */
#ifndef MXGRADE_OUTPUT_HISTORY_PAST_H
#define MXGRADE_OUTPUT_HISTORY_PAST_H

#include <sys/queue.h>

#include "output/history/history_runs.h"

/* The first and the last run that had something; seconds since 1970. */
struct history_span {
    int64_t first_run, last_run;
    double first_seen, last_seen;
    uint64_t num_runs; /* that had it */
    bool is_current;   /* the latest run of the history had it */
};

/* What it was from a run on. */
struct history_change {
    STAILQ_ENTRY(history_change) next;
    int64_t run;
    double seen;
    bool is_listed; /* else the run did not have the domain, and what follows means nothing */
    enum grade grade;
    unsigned score;
    enum mail_kind mail;
    enum opportunistic_tls opportunistic;
    enum enforced_tls enforced;
    enum dane_status dane;
    enum mta_sts_status mta_sts;
};

struct history_finding {
    STAILQ_ENTRY(history_finding) next;
    const char *code;
    enum severity severity; /* when it was seen last */
    struct history_span span;
};

/* A certificate that a host showed. The span ends, too, when the domain no longer names the host.
 */
struct history_certificate {
    STAILQ_ENTRY(history_certificate) next;
    int64_t id;
    const char *host;
    uint16_t port;
    struct certificate_record certificate;
    struct history_span span;
};

STAILQ_HEAD(history_change_list, history_change);
STAILQ_HEAD(history_finding_list, history_finding);
STAILQ_HEAD(history_certificate_list, history_certificate);

struct history_past {
    const char *domain;
    uint64_t num_runs;        /* of the history */
    struct history_span span; /* of the domain; no run had it where num_runs is 0 */
    struct history_change_list changes;
    struct history_finding_list findings;         /* as they came */
    struct history_certificate_list certificates; /* likewise */
    struct arena memory;                          /* of all that */
};

/*
 * `domain` is borrowed, as are the runs, which are those of the history. False: history_error().
 */
bool history_past_read(struct history *history, const struct history_runs *runs, const char *domain,
                       struct history_past *out_past);
void history_past_fini(struct history_past *past);

#endif
