/*
 * What a command is, as data: its options and operands, and what its help and its manual say.
 */
#ifndef MXGRADE_SCANNER_COMMAND_H
#define MXGRADE_SCANNER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/cli/option_rule.h"

#define COMMAND_OPERANDS_ANY 1000000

enum command_operand { OPERAND_FILE, OPERAND_DOMAIN, OPERAND_TOPIC /* of "mxgrade explain" */ };

struct command {
    const char *name;
    /* argv[0] is the command's name. Returns the exit status. */
    int (*run)(int argc, char **argv);
    const char *summary; /* half a line, of the list of commands */
    const char *about;   /* paragraphs, with an empty line between */
    const struct option_table *options;
    /* Options that it has beside those, on its command line alone. Their places are in settings
     * that begin with those of `options`. NULL: none. */
    const struct option_table *own;
    /* Options that it lacks and "mxgrade scan" has, NULL-terminated; NULL: it has all. */
    const char *const *lacks;
    bool has_nights; /* it has the options that are of nights alone */
    /* The file of options that it reads where --config names none; NULL: none. */
    const char *configuration;
    const char *operands; /* as usage lines name them: "OLD NEW"; "": there are none */
    enum command_operand operand;
    int min_operands, max_operands;
    const char *wants; /* said where there are too few operands, or too many */
    const char *notes; /* paragraphs behind the options; NULL: none */
};

/* All commands, in the order in which they are listed. */
struct command_list {
    const struct command *const *items;
    size_t num_items;
};

/* The options of its help, in their order: its own, then the others, those that it lacks too. */
size_t command_num_options(const struct command *command);
const struct option_rule *command_option(const struct command *command, size_t index);

/* Does it take the option on its command line or in a file? */
bool command_has(const struct command *command, const struct option_rule *rule);

/* Shows the help on standard output. */
void command_print_help(const struct command *command);

#endif
