/*
 * What --only asks of --since: which lines of the list are scanned although an earlier file has
 * their records. docs/merging.md says what each word means. Pure.
 */
#ifndef MXGRADE_SCANNER_SINCE_CHOICE_H
#define MXGRADE_SCANNER_SINCE_CHOICE_H

#include <stdbool.h>

#include "output/record/record.h"
#include "scanner/base/config.h"

/* Reads the words of --only. NULL, or what is wrong. */
const char *since_choice_read(const char *text, struct since_choice *out_choice);

/* What is known of a line: its record in the earlier file, and those of its endpoints there. */
struct since_sight {
    const struct domain_record *domain;
    const struct endpoint_record *endpoints;
    size_t num_endpoints;
    bool is_same_line; /* the list has it as it was */
};

/* Do the records of the line rest on an acceptance that has ended? Then they cannot be taken over,
 * whatever --only says. `now`: seconds since 1970. */
bool since_choice_has_ended(const struct since_sight *sight, int64_t now);

/*
 * Is the line scanned again? `bar`: the worst letter that is not failed is the one above it. `now`:
 * seconds since 1970.
 */
bool since_choice_wants(const struct since_choice *choice, const struct since_sight *sight,
                        enum grade bar, double now);

#endif
