/*
 * `mxgrade page NAME`, for the build alone: manual pages, completion of shells, a configuration
 * file to begin with and docs/configuration.md, all made from the tables of commands, options and
 * record fields.
 */
#ifndef MXGRADE_SCANNER_PAGES_H
#define MXGRADE_SCANNER_PAGES_H

#include "scanner/cli/command.h"

/* Prints the page on standard output. `commands` begins with "scan". Returns the exit status. */
int pages_print(const struct command_list *commands, const char *name);

#endif
