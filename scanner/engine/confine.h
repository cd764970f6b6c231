/*
 * A scan gives away what it does not need before it speaks to strangers, in two steps: files while
 * threads are still to be made, since Landlock binds those that come after it, and system calls
 * when all that takes them is set up, for all threads at once. unbound (--resolver own) is started
 * before, and is not bound.
 */
#ifndef MXGRADE_SCANNER_CONFINE_H
#define MXGRADE_SCANNER_CONFINE_H

#include <stdbool.h>

#include "io/sandbox/privileges.h"
#include "scanner/base/config.h"

/* Whom --user names, if anybody. Before confine_files(). False after a message. */
bool confine_find_user(const struct config *config, struct privileges *out);

/*
 * Where --user asks for it, root becomes that user, once all is open that only root may open. The
 * user has to find the output under its name, and to be able to write into the folders of --metrics
 * and --history. False after a message.
 */
bool confine_user(const struct config *config, const struct privileges *privileges);

/* Keeps the files that are opened later on: those of the options, and what the system's resolver
 * and converters of encodings read. */
void confine_files(const struct config *config);

/* Will confine_calls() let no code be loaded any more? */
bool confine_is_wanted(const struct config *config);

/* With --verbose it says what holds. */
void confine_calls(const struct config *config);

#endif
