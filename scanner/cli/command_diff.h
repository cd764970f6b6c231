/* `mxgrade diff OLD NEW`: what changed between two result files. */
#ifndef MXGRADE_SCANNER_COMMAND_DIFF_H
#define MXGRADE_SCANNER_COMMAND_DIFF_H

#include "scanner/cli/command.h"

extern const struct command command_diff;

#endif
