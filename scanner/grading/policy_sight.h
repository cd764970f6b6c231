/* Where records show whether a finding of the policy holds: for comparing two runs. */
#ifndef MXGRADE_SCANNER_POLICY_SIGHT_H
#define MXGRADE_SCANNER_POLICY_SIGHT_H

#include "output/record/finding_sight.h"

extern const struct finding_sight policy_sight;

#endif
