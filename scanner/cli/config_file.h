/* Configuration files: "name = value" a line. */
#ifndef MXGRADE_SCANNER_CONFIG_FILE_H
#define MXGRADE_SCANNER_CONFIG_FILE_H

#include "scanner/base/config.h"
#include "scanner/cli/command.h"
#include "scanner/cli/option_origins.h"

#define CONFIG_FILE_LINE_MAX 4096 /* bytes of a line, its comment left out */

/*
 * Reads the options of a file into the config, which owns the texts; `path` is borrowed as long as
 * the origins are (NULL: nobody asks). One file serves several commands: what the command lacks and
 * others have is read, and changes nothing. False: a message with the number of the line has been
 * printed.
 */
bool config_file_read(struct config *config, const struct command *command, const char *path,
                      unsigned source, struct option_origins *origins);

#endif
