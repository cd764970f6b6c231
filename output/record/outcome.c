#include "output/record/outcome.h"

#include <string.h>

static const struct {
    const char *name;
    enum outcome_phase phase;
    const char *text;
} outcomes[OUTCOME_COUNT] = {
#define X(constant, name, phase, text) [OUTCOME_##constant] = {name, phase, text},
    OUTCOME_TABLE(X)
#undef X
};

const char *outcome_name(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_COUNT ? outcomes[outcome].name : "not_tested";
}

const char *outcome_text(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_COUNT ? outcomes[outcome].text : "";
}

enum outcome_phase outcome_phase(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_COUNT ? outcomes[outcome].phase : PHASE_NONE;
}

bool outcome_from_name(const char *name, enum outcome *out_outcome)
{
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (strcmp(outcomes[i].name, name) == 0) {
            *out_outcome = (enum outcome)i;
            return true;
        }
    }
    return false;
}
