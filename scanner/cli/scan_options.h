/* The options of a scan, which configuration files may hold too, and their defaults. */
#ifndef MXGRADE_SCANNER_SCAN_OPTIONS_H
#define MXGRADE_SCANNER_SCAN_OPTIONS_H

#include "scanner/base/config.h"
#include "scanner/cli/options.h"

extern const struct option_table scan_options;

/* The defaults. */
void config_init(struct config *config);

/* Frees what the options allocated. */
void config_fini(struct config *config);

/* options_parse() into a config, and then scan_options_finish(). */
bool scan_options_parse(const struct command *command, struct config *config, int argc, char **argv,
                        struct option_origins *origins, struct operands *out_operands,
                        int *out_status);

/*
 * Checks what only all options together can tell and prepares what the run needs of them, for who
 * fills a config without a command line. False: a message has been printed.
 */
bool scan_options_finish(struct config *config);

#endif
