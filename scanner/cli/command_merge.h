/* "mxgrade merge": result files joined to one. */
#ifndef MXGRADE_SCANNER_COMMAND_MERGE_H
#define MXGRADE_SCANNER_COMMAND_MERGE_H

#include "scanner/cli/command.h"

extern const struct command command_merge;

#endif
