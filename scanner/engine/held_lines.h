/*
 * Lines that wait for a verdict on the whole run: each with the versions that it may go out in.
 * Not thread-safe.
 */
#ifndef MXGRADE_SCANNER_HELD_LINES_H
#define MXGRADE_SCANNER_HELD_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "output/file/sink.h"

/* So many wait at most, of some 3 KiB in each version: then the verdict has to come. */
#define HELD_LINES_MAX 4096

/* A line as sink_line() takes it. */
struct finished_line {
    char *bytes;
    size_t len;
    struct tally_item item;
};

/* Versions that there are not have no bytes. */
struct line_versions {
    struct finished_line plain;   /* as it was seen */
    struct finished_line doubted; /* as it is if the resolver is blamed: blame.h */
    struct finished_line voided;  /* as it is if the run is void: interception.h */
};

struct held_line {
    STAILQ_ENTRY(held_line) next;
    struct line_versions versions;
};

struct held_lines {
    STAILQ_HEAD(held_line_list, held_line) lines;
    size_t num_lines;
};

void held_lines_init(struct held_lines *held);
void held_lines_fini(struct held_lines *held);

/* Takes over the line. False on lack of memory: it is still the caller's. */
bool held_lines_add(struct held_lines *held, const struct line_versions *versions);

/* Takes out the one that came first; false: there is none. */
bool held_lines_take(struct held_lines *held, struct line_versions *out_versions);

/* Sends one version of the line to the sink and frees the others. */
void line_versions_send(struct line_versions *versions, struct finished_line *sent,
                        struct sink *sink);

#endif
