/* `mxgrade schema`: the JSON Schema of every record. */
#ifndef MXGRADE_SCANNER_COMMAND_SCHEMA_H
#define MXGRADE_SCANNER_COMMAND_SCHEMA_H

#include "scanner/cli/command.h"

extern const struct command command_schema;

#endif
