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

#include <stddef.h>
#include <stdio.h>

#include "output/history/history_runs.h"
#include "output/record/record.h"

enum report_status {
    REPORT_OK,
    REPORT_CANNOT_READ,  /* errno */
    REPORT_NOT_RESULTS,  /* no record of ours in it */
    REPORT_NEWER_SCHEMA, /* written by a later mxgrade, whose records we cannot be sure of */
    REPORT_OUT_OF_MEMORY,
    REPORT_CANNOT_WRITE /* errno */
};

/* What findings mean: the policy's table, handed down. */
struct report_words {
    const struct finding_rule *(*rule_of)(const char *code); /* NULL: no such code */
};

/* Writes the page for the result file at `path` to `page`, which stays the caller's to close. It
 * draws the trend of the runs in `history`, if that is not NULL. */
enum report_status report_write(const char *path, const struct report_words *words,
                                const struct history_runs *history, FILE *page);

#endif
