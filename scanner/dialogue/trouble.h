/*
 * What to do after a dialogue that did not end well: the one place that decides whether an answer
 * is believed, asked for again, or asked for later. Pure.
 */
#ifndef MXGRADE_SCANNER_TROUBLE_H
#define MXGRADE_SCANNER_TROUBLE_H

#include <stdbool.h>

#include "output/record/outcome.h"
#include "scanner/base/config.h"

struct trouble {
    bool retry;
    double wait;      /* seconds before the retry */
    double slow_down; /* seconds in which the address gets no connection; 0: no reason to */
};

/* `attempts`: dialogues that have ended so far, this one included. */
struct trouble trouble_decide(const struct config *config, enum outcome outcome, unsigned attempts);

#endif
