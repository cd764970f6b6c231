/*
 * What mxgrade enforce has decided, in the words of a sender. A format is a table of functions; the
 * caller has begin() called once, entry() for each domain, and end() once. They decide nothing.
 *
 * What a configuration may hold is words of ours, host names and addresses: no text of a server, of
 * the list or of a record stands there, so that none can end a line, a comment or a string.
 */
#ifndef MXGRADE_OUTPUT_ENFORCE_FORMAT_H
#define MXGRADE_OUTPUT_ENFORCE_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

#include "io/base/arena.h"
#include "output/record/record.h"

/* What stands above all domains. */
struct enforce_head {
    double scanned; /* when the run began, seconds since 1970 */
    bool is_cut;    /* the run or its file ends early: domains may be missing */
};

/* Domains that a format writes together, in their order. */
struct enforce_group {
    const char **domains; /* in the arena */
    size_t num, max;
};

struct enforce_out {
    FILE *stream;
    struct arena arena; /* of the groups, until enforce_out_fini() */
    struct enforce_group groups[ENFORCE_LEVEL_COUNT];
    unsigned num_written; /* connectors so far, for their names */
    bool has_failed;      /* there was no memory: what was written is not whole */
};

struct enforce_format {
    void (*begin)(struct enforce_out *out, const struct enforce_head *head);
    void (*entry)(struct enforce_out *out, const struct enforce_record *record);
    void (*end)(struct enforce_out *out);
};

extern const struct enforce_format enforce_text, enforce_jsonl, enforce_postfix, enforce_exim,
    enforce_exchange, enforce_google;

void enforce_out_fini(struct enforce_out *out);

/* A domain to which mail would fail, as a line of text or of JSON. */
void would_fail_text(struct enforce_out *out, const struct would_fail_record *record);
void would_fail_jsonl(struct enforce_out *out, const struct would_fail_record *record);

/* ---- For the formats ---- */

/* "# A scan of DATE" and, where it holds, that domains may be missing; behind `title`. */
void enforce_put_head(struct enforce_out *out, const struct enforce_head *head, const char *title);
/* "# DOMAIN: TEXT" of what a reader of a configuration has to know of an entry: each note, and who
 * vouches for the names. */
void enforce_put_remarks(struct enforce_out *out, const struct enforce_record *record);
/* The date, as 2026-11-30. */
void enforce_put_date(FILE *stream, double seconds_since_1970);
/* Keeps the domain for end(). */
void enforce_group_add(struct enforce_out *out, const struct enforce_record *record);

#endif
