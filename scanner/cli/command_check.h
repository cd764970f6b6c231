/* `mxgrade check DOMAIN...`: the main job for a few domains, as text for a person. */
#ifndef MXGRADE_SCANNER_COMMAND_CHECK_H
#define MXGRADE_SCANNER_COMMAND_CHECK_H

#include "scanner/cli/command.h"

extern const struct command command_check;

#endif
