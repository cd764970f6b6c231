#include "output/record/outcome.h"

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
