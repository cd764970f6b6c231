/* The pages about commands and options, as Markdown, and a configuration file to begin with. */
#ifndef MXGRADE_SCANNER_PAGE_COMMANDS_H
#define MXGRADE_SCANNER_PAGE_COMMANDS_H

#include <stdio.h>

#include "scanner/cli/command.h"

/* What mxgrade(1) says. */
void page_commands(FILE *stream, const struct command_list *commands);

/* docs/configuration.md, and what mxgrade.conf(5) says. */
void page_configuration(FILE *stream, const struct option_table *options);

/* A configuration file in which each option stands as a comment, with its default. */
void page_configuration_sample(FILE *stream, const struct option_table *options);

#endif
