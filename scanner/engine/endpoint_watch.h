/*
 * What the dialogues with an endpoint say of the network between here and there, told to the
 * network_watch and the interception of the run.
 */
#ifndef MXGRADE_SCANNER_ENDPOINT_WATCH_H
#define MXGRADE_SCANNER_ENDPOINT_WATCH_H

#include "scanner/dialogue/session.h"

struct endpoint;

/* A dialogue is connected, or greeted. */
void endpoint_watch_progress(const struct endpoint *endpoint, enum session_progress progress);

/* A dialogue has ended, and the inquiry has counted it. */
void endpoint_watch_ended(const struct endpoint *endpoint);

/* What a dialogue showed of whoever answered. */
void endpoint_watch_heard(const struct endpoint *endpoint, const struct observation *observation);

#endif
