/* mxgrade letters: a sheet for each supplier that falls below a bar. */
#ifndef MXGRADE_SCANNER_COMMAND_LETTERS_H
#define MXGRADE_SCANNER_COMMAND_LETTERS_H

#include "scanner/cli/command.h"

extern const struct command command_letters;

#endif
