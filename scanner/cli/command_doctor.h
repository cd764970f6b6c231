/* `mxgrade config`: the options that hold, and where each comes from. */
#ifndef MXGRADE_SCANNER_COMMAND_DOCTOR_H
#define MXGRADE_SCANNER_COMMAND_DOCTOR_H

#include "scanner/cli/command.h"

extern const struct command command_doctor;

#endif
