/* The options of a scan that was given some, as a command line for another process. */
#ifndef MXGRADE_SCANNER_SCAN_LINE_H
#define MXGRADE_SCANNER_SCAN_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/cli/option_origins.h"

struct scan_line {
    char **options; /* "--name=value" each; they and the array are owned */
    size_t num, capacity;
};

/* Adds what was given and holds in the end of the options that `wants` (NULL: all) takes and that
 * "mxgrade scan" has. False: no memory. */
bool scan_line_fill(struct scan_line *line, const struct option_origins *origins,
                    bool (*wants)(const struct option_rule *rule));
void scan_line_fini(struct scan_line *line);

#endif
