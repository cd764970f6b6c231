/* `mxgrade config`: the options that hold, and where each comes from. */
#ifndef MXGRADE_SCANNER_COMMAND_CONFIG_H
#define MXGRADE_SCANNER_COMMAND_CONFIG_H

#include "scanner/cli/command.h"

extern const struct command command_config;

#endif
