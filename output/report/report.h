/*
 * A result file as one page for people: report_write() reads the records twice, once for the
 * endpoints and once for the domains that name them, and writes HTML that needs nothing else. What
 * the table and the charts show of every domain is read by the browser at once; the evidence lies
 * in small blocks behind it, each unpacked when a domain in it is opened. Memory here grows with
 * the former only.
 *
 * Every byte that comes from a record stands packed in inert script elements (report_island.h) and
 * reaches the document as text nodes.
 */
#ifndef MXGRADE_OUTPUT_REPORT_H
#define MXGRADE_OUTPUT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "output/diff/diff.h"
#include "output/history/history_runs.h"
#include "output/record/record.h"

enum report_status {
    REPORT_OK,
    REPORT_CANNOT_READ,    /* errno */
    REPORT_NOT_RESULTS,    /* no record of ours in it */
    REPORT_NEWER_SCHEMA,   /* written by a later mxgrade, whose records we cannot be sure of */
    REPORT_NO_COLUMN,      /* no domain has the column that was to weigh it */
    REPORT_CANNOT_COMPARE, /* a file was changed while it was compared, or no memory */
    REPORT_OUT_OF_MEMORY,
    REPORT_CANNOT_WRITE /* errno */
};

/* What findings mean: the policy's table, handed down. */
struct report_words {
    const struct finding_rule *(*rule_of)(const char *code); /* NULL: no such code */
};

/* What the page has besides the result file's own; each may be NULL. */
struct report_extras {
    const struct history_runs *history; /* the runs whose trend it draws */
    const struct diff_pair *since;      /* an earlier run, and the file of the page beside it */
    const char *importance; /* the list's column that weighs domains; NULL: found by its title */
};

/* Writes the page for the result file at `path` to `page`, which stays the caller's to close.
 * `out_is_cut`: the file has no summary, or that of a run that was cut short, as the page says. */
enum report_status report_write(const char *path, const struct report_words *words,
                                const struct report_extras *extras, FILE *page, bool *out_is_cut);

#endif
