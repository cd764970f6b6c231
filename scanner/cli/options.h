/* The command line of every command, by the table of its options. */
#ifndef MXGRADE_SCANNER_OPTIONS_H
#define MXGRADE_SCANNER_OPTIONS_H

#include "scanner/cli/command.h"
#include "scanner/cli/option_origins.h"

struct operands {
    char **names;
    int num;
};

/*
 * Reads argv[1] and on into the settings of the command, which borrow the strings. Options and
 * operands may stand in any order; "--" ends the options. Long options are given in full. A flag
 * may be given as --name=yes or --name=no. The files that --config names are read first, in their
 * order, and the command line last: what is read later wins, and of a repeatable option it replaces
 * all values.
 *
 * `origins` (NULL: nobody asks) is told what was given where. The operands, as many as the command
 * takes, are gathered at the beginning of argv. False: the command ends with *out_status, 0 after
 * the help, or 2 after a message.
 */
bool options_parse(const struct command *command, void *settings, int argc, char **argv,
                   struct option_origins *origins, struct operands *out_operands, int *out_status);

#endif
