/* `mxgrade scan`: the main job. Returns the exit status. */
#ifndef MXGRADE_SCANNER_COMMAND_SCAN_H
#define MXGRADE_SCANNER_COMMAND_SCAN_H

#include "scanner/cli/command.h"

extern const struct command command_scan;

#endif
