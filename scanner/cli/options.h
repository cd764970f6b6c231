/*
 * The command line and the configuration file: one table of options (options.c) from which parsing,
 * help and the file's keys are made.
 */
#ifndef MXGRADE_SCANNER_OPTIONS_H
#define MXGRADE_SCANNER_OPTIONS_H

#include <stdbool.h>

#include "scanner/base/config.h"

enum options_status {
    OPTIONS_OK,
    OPTIONS_HELP, /* help was asked for and printed */
    OPTIONS_BAD   /* a message has been printed */
};

/* The options of a command: those of the table but for some. */
struct options_of {
    const char *usage; /* the first line of the help: "check [options] DOMAIN..." */
    /* The command's name, and the options that it lacks and "mxgrade scan" has; NULL-terminated, or
     * NULL: it has all. */
    const char *command;
    const char *const *lacks;
    const char *notes; /* the last lines of the help; NULL: none */
};

/* The defaults. */
void config_init(struct config *config);

/* Frees what the options allocated. */
void config_fini(struct config *config);

/*
 * Reads argv[1] and on into the config (strings are borrowed from argv; those of a --config file
 * live until config_fini()). The files named by --config are read first, in their order, and the
 * command line last. What is read later wins; of a repeatable option it replaces all values. A flag
 * that a file sets stays set. *out_first_operand is the index of the first argument that is no
 * option.
 */
enum options_status options_parse(struct config *config, int argc, char **argv,
                                  const struct options_of *of, int *out_first_operand);

/*
 * Checks what only all options together can tell and prepares what the run needs of them; called by
 * options_parse(), and by who fills a config without it. False: a message has been printed.
 */
bool options_finish(struct config *config);

#endif
