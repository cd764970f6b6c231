/* "mxgrade enforce": who can be held to TLS, for the configuration of a sender. */
#ifndef MXGRADE_SCANNER_COMMAND_ENFORCE_H
#define MXGRADE_SCANNER_COMMAND_ENFORCE_H

#include "scanner/cli/command.h"

extern const struct command command_enforce;

#endif
