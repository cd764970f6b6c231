/*
 * `mxgrade demo`: brings up a simulated mail fleet with its own DNS on loopback, scans it, and
 * prints a table. Works without a network. Returns the exit status.
 */
#ifndef MXGRADE_SCANNER_COMMAND_DEMO_H
#define MXGRADE_SCANNER_COMMAND_DEMO_H

#include "scanner/cli/command.h"

extern const struct command command_demo;

#endif
