/* What shells complete: commands, options, their values, and what commands are about. */
#ifndef MXGRADE_SCANNER_COMPLETION_H
#define MXGRADE_SCANNER_COMPLETION_H

#include <stdio.h>

#include "scanner/cli/command.h"

void completion_bash(FILE *stream, const struct command_list *commands);
void completion_zsh(FILE *stream, const struct command_list *commands);
void completion_fish(FILE *stream, const struct command_list *commands);

#endif
