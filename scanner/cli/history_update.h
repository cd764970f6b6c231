/* Runs that are added to a history, by the command and behind a scan. */
#ifndef MXGRADE_SCANNER_HISTORY_UPDATE_H
#define MXGRADE_SCANNER_HISTORY_UPDATE_H

#include <stdbool.h>

/* Can the history be opened and written, being made if there is none? Says why not. */
bool history_update_is_possible(const char *history);

/*
 * Adds the result file to the history, and says so, or why not. The exit status: 0 it is in the
 * history, be it from before; 2 it is no result file of domains; 3 its run was cut short or is
 * void, or the history cannot be written and is as it was.
 */
int history_update(const char *history, const char *results);

#endif
