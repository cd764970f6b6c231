/*
 * Somebody is told what differs between the latest night and the last one that they were told of. A
 * notification that fails is made up for by the next one, which then covers both nights.
 */
#ifndef MXGRADE_SCANNER_NOTIFICATION_H
#define MXGRADE_SCANNER_NOTIFICATION_H

#include "scanner/nightly/night_child.h"
#include "scanner/nightly/night_folder.h"

struct notification {
    const struct night_folder *folder;
    const char *command; /* for /bin/sh; NULL: nobody is told */
    double seconds;      /* that it may take */
    /* The exit status of the night where that failed, for the command; NULL: it did not. */
    const char *failure;
    const char *status; /* of the night otherwise */
};

/*
 * Runs the command if there is something to tell: the lines of the comparison on its standard
 * input, nothing there if the night failed and nothing is new. Its environment has MXGRADE_STATUS,
 * and with a comparison MXGRADE_OLD and MXGRADE_NEW, the two nights. False after a message.
 */
bool notification_run(const struct notification *notification, struct night_signals *signals);

#endif
