/* "mxgrade enqueue": see docs/queue.md. */
#ifndef MXGRADE_SCANNER_COMMAND_ENQUEUE_H
#define MXGRADE_SCANNER_COMMAND_ENQUEUE_H

#include "scanner/cli/command.h"

extern const struct command command_enqueue;

#endif
