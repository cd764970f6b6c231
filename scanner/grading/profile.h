/*
 * Named guidelines of others, each a table of rules with their sources (profile_*.c). A rule looks
 * at an endpoint's record and says which of the profile's levels it allows; the endpoint reaches
 * the lowest level that any rule allows. What cannot be decided leaves the profile open, unless a
 * rule has already failed altogether.
 */
#ifndef MXGRADE_SCANNER_PROFILE_H
#define MXGRADE_SCANNER_PROFILE_H

#include "io/base/arena.h"
#include "output/record/record.h"

#define PROFILE_LEVELS_MAX 4
#define PROFILE_RULES_MAX  24

#define PROFILE_OPEN (-1) /* a rule's answer where it cannot be decided */

struct profile_rule {
    const char *code;
    /* The best level that the rule allows, 0 the best there is; or PROFILE_OPEN. */
    int (*level)(const struct endpoint_record *record);
    const char *title;
    const char *source;
};

struct profile_table {
    const char *title;
    const char *source;
    const char *limits; /* what it asks for and is not looked at here; may be NULL */
    const char *levels[PROFILE_LEVELS_MAX]; /* best first; unused ones are NULL */
    size_t num_rules;
    struct profile_rule rules[PROFILE_RULES_MAX];
};

const struct profile_table *profile_table(enum profile profile);

/* The number of a profile's worst level. */
int profile_worst(const struct profile_table *table);

/* One profile's verdict; what it points to is in the arena or constant. */
void profile_judge(const struct profile_table *table, const struct endpoint_record *record,
                   struct arena *arena, struct profile_verdict *out);

/* Fills the record's profiles; what they point to is in the arena or constant. */
void judge_profiles(struct endpoint_record *record, struct arena *arena);

/* The tables. */
extern const struct profile_table profile_rfc9325;
extern const struct profile_table profile_ncsc_nl;
extern const struct profile_table profile_mozilla;
extern const struct profile_table profile_pci_dss;

#endif
