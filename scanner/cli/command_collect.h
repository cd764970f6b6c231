/* "mxgrade collect": see docs/queue.md. */
#ifndef MXGRADE_SCANNER_COMMAND_COLLECT_H
#define MXGRADE_SCANNER_COMMAND_COLLECT_H

#include "scanner/cli/command.h"

extern const struct command command_collect;

#endif
