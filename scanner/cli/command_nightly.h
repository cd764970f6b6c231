/* mxgrade nightly */
#ifndef MXGRADE_SCANNER_COMMAND_NIGHTLY_H
#define MXGRADE_SCANNER_COMMAND_NIGHTLY_H

#include "scanner/cli/command.h"

extern const struct command command_nightly;

#endif
