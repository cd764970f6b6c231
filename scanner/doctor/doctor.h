/*
 * Is this machine fit to scan? A table of checks: each says what it found, and what to do where
 * something is wrong.
 */
#ifndef MXGRADE_SCANNER_DOCTOR_H
#define MXGRADE_SCANNER_DOCTOR_H

#include <stdio.h>

#include "output/record/record.h"
#include "scanner/base/config.h"

struct doctor_options {
    struct config *config;            /* borrowed; filled with what a run finds out at its start */
    const struct config_texts *hosts; /* borrowed: servers to be called, host[:port] */
    const char *list;                 /* "-": standard input; NULL: none was named */
    bool as_json;                     /* a record of a line for each check, instead of words */
};

enum doctor_exit {
    DOCTOR_EXIT_FIT = 0,
    DOCTOR_EXIT_NOT_FIT = 1,
    DOCTOR_EXIT_BAD = 2,
    DOCTOR_EXIT_NOT_KNOWN = 3
};

/*
 * Makes all checks and prints each as it ends, on standard output. Takes 15 seconds at most.
 * Returns the exit status: not fit if a check has failed, else not known if one could not be made.
 * Where an option is wrong it says so and nothing is checked.
 */
int doctor_examine(const struct doctor_options *options);

/*
 * Makes the checks that ask nobody, for a scan that is about to begin, and says on stderr what has
 * failed, in the same words.
 */
void doctor_warn(const struct config *config);

#endif
