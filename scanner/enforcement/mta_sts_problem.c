#include "scanner/enforcement/mta_sts_problem.h"

#include <string.h>

_Static_assert(MTA_STS_PROBLEM_COUNT <= 64, "one bit each");

const char *mta_sts_problem_name(enum mta_sts_problem problem)
{
    static const char *const names[] = {
#define X(constant, name) name,
        MTA_STS_PROBLEM_TABLE(X)
#undef X
    };
    return (unsigned)problem < MTA_STS_PROBLEM_COUNT ? names[problem] : "unknown";
}

bool mta_sts_problem_names(struct arena *arena, uint64_t problems, const char *const **out_names,
                           size_t *out_num_names)
{
    const char **names = arena_alloc(arena, MTA_STS_PROBLEM_COUNT * sizeof(*names));
    *out_names = names;
    *out_num_names = 0;
    if (names == NULL) {
        return false;
    }
    for (unsigned i = 0; i < MTA_STS_PROBLEM_COUNT; i++) {
        if ((problems >> i & 1) != 0) {
            names[(*out_num_names)++] = mta_sts_problem_name((enum mta_sts_problem)i);
        }
    }
    return true;
}

uint64_t mta_sts_problems_of(const char *const *names, size_t num_names)
{
    uint64_t problems = 0;
    for (size_t i = 0; i < num_names; i++) {
        for (unsigned k = 0; k < MTA_STS_PROBLEM_COUNT; k++) {
            if (strcmp(names[i], mta_sts_problem_name((enum mta_sts_problem)k)) == 0) {
                problems |= MTA_STS_PROBLEM_BIT(k);
            }
        }
    }
    return problems;
}
