/* "mxgrade jobs": see docs/queue.md. */
#ifndef MXGRADE_SCANNER_COMMAND_JOBS_H
#define MXGRADE_SCANNER_COMMAND_JOBS_H

#include "scanner/cli/command.h"

extern const struct command command_jobs;

#endif
