#include "output/diff/diff_value.h"

#include <stddef.h>
#include <string.h>

#define VALUES_MAX 11

/* Higher is better. Where values have no order they share a rank. */
enum { UNOBSERVED = -100 };

struct ranked {
    const char *text;
    int rank;
};

/* An enforcement that keeps mail from arriving is worse than none. One that senders ignore is as
 * good as none. */
static const struct ranked tables[DIFF_VALUE_COUNT][VALUES_MAX] = {
    [DIFF_GRADE] = {{"A+", 6}, {"A", 5}, {"B", 4}, {"C", 3}, {"D", 2}, {"F", 1}, {"U", UNOBSERVED}},
    [DIFF_OPPORTUNISTIC] = {{"yes", 2}, {"partial", 1}, {"no", 0}, {"unknown", UNOBSERVED}},
    [DIFF_ENFORCED] =
        {{"both", 2}, {"dane", 1}, {"mta-sts", 1}, {"none", 0}, {"unknown", UNOBSERVED}},
    [DIFF_MTA_STS] = {{"enforce", 2},
                      {"testing", 1},
                      {"off", 0},
                      {"none", 0},
                      {"invalid_record", 0},
                      {"fetch_failed", 0},
                      {"syntax_error", 0},
                      {"mx_mismatch", -1},
                      {"broken", -1},
                      {"unknown", UNOBSERVED}},
    [DIFF_DANE] = {{"valid", 2},
                   {"partial", 1},
                   {"none", 0},
                   {"insecure", 0},
                   {"unusable", 0},
                   {"mismatch", -1},
                   {"bogus", -1},
                   {"temperror", UNOBSERVED},
                   {"unknown", UNOBSERVED}},
    [DIFF_TLS_RPT] = {{"yes", 1}, {"no", 0}, {"unknown", UNOBSERVED}},
    [DIFF_MAIL] =
        {{"mx", 0}, {"implicit", 0}, {"null_mx", 0}, {"none", 0}, {"unknown", UNOBSERVED}},
};

const char *diff_direction_name(enum diff_direction direction)
{
    static const char *const names[DIFF_DIRECTION_COUNT] = {
        [DIFF_SAME] = "same",
        [DIFF_BETTER] = "better",
        [DIFF_WORSE] = "worse",
        [DIFF_CHANGED] = "changed",
        [DIFF_NOT_OBSERVED] = "not_observed",
        [DIFF_OBSERVED_AGAIN] = "observed_again",
    };
    return names[direction];
}

/* NULL: not in the table, such as N among the grades. */
static const struct ranked *find(enum diff_value value, const char *text)
{
    for (size_t i = 0; i < VALUES_MAX && tables[value][i].text != NULL; i++) {
        if (strcmp(tables[value][i].text, text) == 0) {
            return &tables[value][i];
        }
    }
    return NULL;
}

enum diff_direction diff_value_direction(enum diff_value value, const char *old_text,
                                         const char *new_text)
{
    if (old_text == NULL || new_text == NULL || strcmp(old_text, new_text) == 0) {
        return DIFF_SAME;
    }
    const struct ranked *before = find(value, old_text), *after = find(value, new_text);
    if (after != NULL && after->rank == UNOBSERVED) {
        return before != NULL && before->rank == UNOBSERVED ? DIFF_CHANGED : DIFF_NOT_OBSERVED;
    }
    if (before != NULL && before->rank == UNOBSERVED) {
        return DIFF_OBSERVED_AGAIN;
    }
    if (before == NULL || after == NULL || before->rank == after->rank) {
        return DIFF_CHANGED;
    }
    return after->rank > before->rank ? DIFF_BETTER : DIFF_WORSE;
}
