/*
 * Whether the outcome of a dialogue is believed, asked for again, or asked for later. Pure.
 */
#ifndef MXGRADE_SCANNER_REPETITION_H
#define MXGRADE_SCANNER_REPETITION_H

#include <stdbool.h>

#include "output/record/outcome.h"
#include "scanner/base/config.h"

struct repetition {
    bool again;
    bool is_wait;     /* the server asked us to come back: these are counted per address */
    bool gives_up;    /* it asked once more than it is come back to */
    double wait;      /* seconds before the next dialogue */
    double slow_down; /* seconds in which the address gets no connection; 0: no reason to */
};

/* `attempts`: dialogues that have ended so far, this one included. */
struct repetition repetition_decide(const struct config *config, enum outcome outcome,
                                    unsigned attempts);

#endif
