#include "output/record/outcome.h"

#include <string.h>

#include "output/record/record_enum.h"

static const enum outcome_phase phases[OUTCOME_COUNT] = {
#define X(constant, name, phase, text) [OUTCOME_##constant] = phase,
    OUTCOME_TABLE(X)
#undef X
};

const char *outcome_name(enum outcome outcome)
{
    return record_enum_name(&record_outcome, outcome);
}

const char *outcome_text(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_COUNT ? record_outcome.meanings[outcome] : "";
}

enum outcome_phase outcome_phase(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_COUNT ? phases[outcome] : PHASE_NONE;
}

bool outcome_from_name(const char *name, enum outcome *out_outcome)
{
    unsigned number;
    bool found = record_enum_find(&record_outcome, name, strlen(name), &number);
    if (found) {
        *out_outcome = (enum outcome)number;
    }
    return found;
}
