/* `mxgrade convert RESULTS`: a result file as CSV, one row a domain. */
#ifndef MXGRADE_SCANNER_COMMAND_CONVERT_H
#define MXGRADE_SCANNER_COMMAND_CONVERT_H

#include "scanner/cli/command.h"

extern const struct command command_convert;

#endif
