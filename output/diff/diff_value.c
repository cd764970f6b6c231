#include "output/diff/diff_value.h"

#include "output/record/record.h"

/* Higher is better. Where values have no order they share a rank. */
enum { UNRANKED = -101, UNOBSERVED = -100 };

#define VALUES_MAX 10

/*
 * An enforcement that keeps mail from arriving is worse than none. One that senders ignore is as
 * good as none.
 */
static const int ranks[DIFF_VALUE_COUNT][VALUES_MAX] = {
    [DIFF_GRADE] = {[GRADE_A_PLUS] = 6,
                    [GRADE_A] = 5,
                    [GRADE_B] = 4,
                    [GRADE_C] = 3,
                    [GRADE_D] = 2,
                    [GRADE_F] = 1,
                    [GRADE_N] = UNRANKED,
                    [GRADE_U] = UNOBSERVED},
    [DIFF_OPPORTUNISTIC] = {[OPPORTUNISTIC_YES] = 2,
                            [OPPORTUNISTIC_PARTIAL] = 1,
                            [OPPORTUNISTIC_NO] = 0,
                            [OPPORTUNISTIC_UNKNOWN] = UNOBSERVED},
    [DIFF_ENFORCED] = {[ENFORCED_BOTH] = 2,
                       [ENFORCED_DANE] = 1,
                       [ENFORCED_MTA_STS] = 1,
                       [ENFORCED_NONE] = 0,
                       [ENFORCED_UNKNOWN] = UNOBSERVED},
    [DIFF_MTA_STS] = {[MTA_STS_ENFORCE] = 2,
                      [MTA_STS_TESTING] = 1,
                      [MTA_STS_OFF] = 0,
                      [MTA_STS_NONE] = 0,
                      [MTA_STS_INVALID_RECORD] = 0,
                      [MTA_STS_FETCH_FAILED] = 0,
                      [MTA_STS_SYNTAX_ERROR] = 0,
                      [MTA_STS_MX_MISMATCH] = -1,
                      [MTA_STS_BROKEN] = -1,
                      [MTA_STS_UNKNOWN] = UNOBSERVED},
    [DIFF_DANE] = {[DANE_VALID] = 2,
                   [DANE_PARTIAL] = 1,
                   [DANE_NONE] = 0,
                   [DANE_INSECURE] = 0,
                   [DANE_UNUSABLE] = 0,
                   [DANE_MISMATCH] = -1,
                   [DANE_BOGUS] = -1,
                   [DANE_TEMPERROR] = UNOBSERVED,
                   [DANE_UNKNOWN] = UNOBSERVED},
    [DIFF_TLS_RPT] = {[TRI_YES] = 1, [TRI_NO] = 0, [TRI_UNKNOWN] = UNOBSERVED},
    [DIFF_MAIL] = {[MAIL_UNKNOWN] = UNOBSERVED},
};

static const char *const direction_names[DIFF_DIRECTION_COUNT] = {
    [DIFF_SAME] = NULL,
    [DIFF_BETTER] = "better",
    [DIFF_WORSE] = "worse",
    [DIFF_CHANGED] = "changed",
    [DIFF_NOT_OBSERVED] = "not_observed",
    [DIFF_OBSERVED_AGAIN] = "observed_again",
    [DIFF_ACCEPTED] = "accepted",
};
const struct record_enum diff_directions = {
    .name = "diff_direction", .values = direction_names, .num_values = DIFF_DIRECTION_COUNT};

const char *diff_direction_name(enum diff_direction direction)
{
    return record_enum_name(&diff_directions, direction);
}

static int rank_of(enum diff_value value, unsigned number)
{
    return number < VALUES_MAX ? ranks[value][number] : UNRANKED;
}

enum diff_direction diff_value_direction(enum diff_value value, unsigned before, unsigned after)
{
    int old_rank = rank_of(value, before), new_rank = rank_of(value, after);
    if (before == after) {
        return DIFF_SAME;
    }
    if (new_rank == UNOBSERVED) {
        return old_rank == UNOBSERVED ? DIFF_CHANGED : DIFF_NOT_OBSERVED;
    }
    if (old_rank == UNOBSERVED) {
        return DIFF_OBSERVED_AGAIN;
    }
    if (old_rank == UNRANKED || new_rank == UNRANKED || old_rank == new_rank) {
        return DIFF_CHANGED;
    }
    return new_rank > old_rank ? DIFF_BETTER : DIFF_WORSE;
}
