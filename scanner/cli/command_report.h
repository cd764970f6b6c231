#ifndef MXGRADE_SCANNER_COMMAND_REPORT_H
#define MXGRADE_SCANNER_COMMAND_REPORT_H

#include "scanner/cli/command.h"

/* `mxgrade report`: a result file as one page. Returns the exit status. */
extern const struct command command_report;

#endif
