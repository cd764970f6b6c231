/*
 * `mxgrade verify`: the certificate verdict alone, offline, as one JSON line. Returns the exit
 * status: 0 the chain is trusted and has no problem, 1 it is not or has, 2 usage or input that
 * cannot be read.
 */
#ifndef MXGRADE_SCANNER_COMMAND_VERIFY_H
#define MXGRADE_SCANNER_COMMAND_VERIFY_H

#include "scanner/cli/command.h"

extern const struct command command_verify;

#endif
