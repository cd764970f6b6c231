/* Tells whether a record shows that a finding holds or does not. `mxgrade diff` compares by it. */
#ifndef MXGRADE_SCANNER_POLICY_SIGHT_H
#define MXGRADE_SCANNER_POLICY_SIGHT_H

#include "output/record/finding_sight.h"

extern const struct finding_sight policy_sight;

#endif
