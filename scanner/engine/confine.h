/*
 * A scan gives away what it does not need before it speaks to strangers, in two steps: files while
 * threads are still to be made, since Landlock binds those that come after it, and system calls
 * when all that takes them is set up, for all threads at once. unbound (--resolver own) is started
 * before, and is not bound.
 */
#ifndef MXGRADE_SCANNER_CONFINE_H
#define MXGRADE_SCANNER_CONFINE_H

#include "scanner/base/config.h"

/* Keeps the files that are opened later on: those of the options, and what the system's resolver
 * and converters of encodings read. */
void confine_files(const struct config *config);

/* With --verbose it says what holds. */
void confine_calls(const struct config *config);

#endif
