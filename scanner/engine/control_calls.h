/*
 * Calls servers that have greeted in this run before, to learn whether they still do. What it finds
 * tells an outage of the network here from servers that are all dead. On the thread of the loop.
 */
#ifndef MXGRADE_SCANNER_CONTROL_CALLS_H
#define MXGRADE_SCANNER_CONTROL_CALLS_H

#include <ev.h>

#include "scanner/base/config.h"
#include "scanner/engine/network_watch.h"

struct control_calls;

enum control_calls_result {
    CONTROL_CALLS_OPEN,     /* nobody has answered so far */
    CONTROL_CALLS_ANSWERED, /* a server has said something */
    CONTROL_CALLS_IN_VAIN,  /* every call has failed */
    CONTROL_CALLS_UNMADE    /* this machine could not call: nothing is known */
};

/* Calls them all at once, with the patience of `config`. NULL on lack of memory. */
struct control_calls *control_calls_new(struct ev_loop *loop, const struct config *config,
                                        const struct network_witness *places, size_t num_places);

/* Ends what is under way. NULL is fine. */
void control_calls_free(struct control_calls *calls);

enum control_calls_result control_calls_result(const struct control_calls *calls);

#endif
