#include "scanner/grading/profile.h"

const struct profile_table *profile_table(enum profile profile)
{
    static const struct profile_table *const tables[PROFILE_COUNT] = {
        [PROFILE_RFC_9325] = &profile_rfc9325,
        [PROFILE_NCSC_NL] = &profile_ncsc_nl,
        [PROFILE_MOZILLA] = &profile_mozilla,
        [PROFILE_PCI_DSS] = &profile_pci_dss,
    };
    return tables[profile];
}

int profile_worst(const struct profile_table *table)
{
    int worst = 0;
    while (worst + 1 < PROFILE_LEVELS_MAX && table->levels[worst + 1] != NULL) {
        worst++;
    }
    return worst;
}

void profile_judge(const struct profile_table *table, const struct endpoint_record *record,
                   struct arena *arena, struct profile_verdict *out)
{
    const char **failed = arena_alloc(arena, 3 * table->num_rules * sizeof(*failed));
    if (failed == NULL) {
        return;
    }
    const char **failed_levels = failed + table->num_rules;
    const char **open = failed_levels + table->num_rules;
    int lowest = 0;
    *out = (struct profile_verdict){.failed = failed, .failed_levels = failed_levels, .open = open};
    for (size_t i = 0; i < table->num_rules; i++) {
        int level = table->rules[i].level(record);
        if (level == PROFILE_OPEN) {
            open[out->num_open++] = table->rules[i].code;
        } else if (level > 0) {
            failed_levels[out->num_failed_levels++] = table->levels[level];
            failed[out->num_failed++] = table->rules[i].code;
        }
        lowest = level > lowest ? level : lowest;
    }
    if (lowest == profile_worst(table)) {
        out->num_open = 0; /* whatever they are, it could not get worse */
    }
    out->level = out->num_open > 0 ? "unknown" : table->levels[lowest];
}

/* A server that was seen to speak TLS, or that said it does not; of any other nothing is known. */
static bool is_judged(const struct endpoint_record *record)
{
    return record->grade != GRADE_U;
}

void judge_profiles(struct endpoint_record *record, struct arena *arena)
{
    for (unsigned i = 0; is_judged(record) && i < PROFILE_COUNT; i++) {
        profile_judge(profile_table((enum profile)i), record, arena, &record->profiles[i]);
    }
}
