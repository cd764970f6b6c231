/* "mxgrade history": runs are remembered, and a supplier's past is told. */
#ifndef MXGRADE_SCANNER_COMMAND_HISTORY_H
#define MXGRADE_SCANNER_COMMAND_HISTORY_H

#include "scanner/cli/command.h"

extern const struct command command_history;

#endif
