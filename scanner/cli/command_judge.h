/* mxgrade judge: judges a result file again, by another policy or another version of mxgrade. */
#ifndef MXGRADE_SCANNER_COMMAND_JUDGE_H
#define MXGRADE_SCANNER_COMMAND_JUDGE_H

#include "scanner/cli/command.h"

extern const struct command command_judge;

#endif
