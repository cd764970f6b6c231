/* "mxgrade worker": see docs/queue.md. */
#ifndef MXGRADE_SCANNER_COMMAND_WORKER_H
#define MXGRADE_SCANNER_COMMAND_WORKER_H

#include "scanner/cli/command.h"

extern const struct command command_worker;

#endif
