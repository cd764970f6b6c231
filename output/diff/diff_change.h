/*
 * What changed for one domain between two runs, as plain data; docs/diff.md describes it.
 *
 * It points into the records that were compared and into the arena of the comparison.
 */
#ifndef MXGRADE_OUTPUT_DIFF_CHANGE_H
#define MXGRADE_OUTPUT_DIFF_CHANGE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "output/diff/diff_findings.h"
#include "output/diff/diff_value.h"
#include "output/record/record.h"
#include "output/record/record_enum.h"

/* What a change comes to, most telling first. */
enum diff_verdict {
    DIFF_VERDICT_REGRESSION,
    DIFF_VERDICT_MIXED, /* something is worse and something better */
    DIFF_VERDICT_IMPROVEMENT,
    DIFF_VERDICT_NEW,
    DIFF_VERDICT_VANISHED,
    DIFF_VERDICT_CHANGED, /* neither better nor worse */
    DIFF_VERDICT_NOT_OBSERVED,
    DIFF_VERDICT_OBSERVED_AGAIN,
    DIFF_VERDICT_ACCEPTED, /* nothing but findings that are accepted */
    DIFF_VERDICT_EXPIRING, /* nothing but a certificate that is about to expire */
    DIFF_VERDICT_COUNT
};

extern const struct record_enum diff_verdicts;

const char *diff_verdict_name(enum diff_verdict verdict);

/* ---- Values that moved ---- */

/* In the order in which a line has them. */
enum diff_moved {
    DIFF_MOVED_GRADE,
    DIFF_MOVED_ACCEPTED_GRADE, /* null where it is the letter itself */
    DIFF_MOVED_SCORE,
    DIFF_MOVED_MAIL,
    DIFF_MOVED_OPPORTUNISTIC,
    DIFF_MOVED_DANE,
    DIFF_MOVED_MTA_STS,
    DIFF_MOVED_ENFORCED,
    DIFF_MOVED_TLS_RPT,
    DIFF_MOVED_PARTIAL,
    DIFF_MOVED_COUNT
};

const char *diff_moved_name(enum diff_moved moved); /* "grade", ... */

struct diff_cell {
    enum { DIFF_CELL_NULL, DIFF_CELL_NAME, DIFF_CELL_NUMBER, DIFF_CELL_BOOLEAN } kind;
    const char *name; /* of a value of a closed set */
    int64_t number;   /* ... or 0 for false */
};

struct diff_move {
    enum diff_direction direction; /* DIFF_SAME: it did not move */
    struct diff_cell before, after;
};

/* ---- Coverage ---- */

/* Questions without an answer, where the runs do not have the same ones. */
struct diff_open {
    enum diff_direction direction; /* DIFF_NOT_OBSERVED where the later run has one more */
    uint32_t before, after;        /* QUESTION_BIT()s */
};

/* ---- MX hosts ---- */

struct diff_preference {
    const char *host;
    int32_t before, after; /* -1: implicit */
};

struct diff_mx {
    const char **added, **removed;
    size_t num_added, num_removed;
    struct diff_preference *preferences;
    size_t num_preferences;
};

/* Where the runs name a provider for every host, and these differ. */
struct diff_providers {
    const char **before, **after;
    size_t num_before, num_after;
};

/* ---- Certificates ---- */

#define DIFF_THRESHOLDS_MAX 8

/*
 * Days left at which a certificate is about to expire, falling. Of a single number that is told
 * each time. Of several it is told once for each, when it has passed one since the earlier run.
 */
struct diff_thresholds {
    int days[DIFF_THRESHOLDS_MAX];
    size_t num;
};

enum diff_certificate_change { DIFF_REPLACED, DIFF_EXPIRING, DIFF_EXPIRED };

extern const struct record_enum diff_certificate_changes;

const char *diff_certificate_change_name(enum diff_certificate_change change);

/* Certificates of a host, those that could not be read again as NULL. */
struct diff_certificates {
    const struct certificate_record **items;
    size_t num_items;
};

struct diff_certificate {
    STAILQ_ENTRY(diff_certificate) next;
    enum diff_certificate_change change;
    const char *host;
    struct diff_certificates before,
        after;         /* DIFF_REPLACED: which by which; else `after` has one */
    int32_t days_left; /* of that one */
    bool is_old_news;  /* the earlier run could have told it */
};

STAILQ_HEAD(diff_certificate_list, diff_certificate);

/* ---- All of it ---- */

/* Which of the runs has the domain. Of a lone one nothing but the record is told. */
enum diff_presence { DIFF_IN_BOTH, DIFF_IN_BEFORE_ALONE, DIFF_IN_AFTER_ALONE };

struct diff_change {
    enum diff_verdict verdict;
    enum diff_presence presence;
    const struct domain_record
        *domain;     /* as the later run has it, unless only the earlier one has */
    bool is_certain; /* of a lone one: the other run would have it if its list had */
    struct diff_move moves[DIFF_MOVED_COUNT];
    struct diff_findings findings;
    struct diff_open open;
    struct diff_mx mx;
    struct diff_providers providers;
    struct diff_certificate_list certificates;
};

/* Is there anything to say of a domain that both runs have? */
bool diff_change_is_empty(const struct diff_change *change);

#endif
