/*
 * `mxgrade explain`: what a finding, a grade or a profile means, from the tables that grading
 * itself uses. Returns the exit status: 0, or 2 where there is nothing of that name.
 */
#ifndef MXGRADE_SCANNER_COMMAND_EXPLAIN_H
#define MXGRADE_SCANNER_COMMAND_EXPLAIN_H

#include "scanner/cli/command.h"

extern const struct command command_explain;

#endif
