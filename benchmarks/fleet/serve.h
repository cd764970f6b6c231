/*
 * The running fleet: sockets, processes, signals.
 *
 * The parent binds everything, makes the certificates and the shared counters, forks the serving
 * processes and then only waits; SIGTERM, SIGINT, --seconds or the death of a child end it all.
 */
#ifndef MXGRADE_FLEET_SERVE_H
#define MXGRADE_FLEET_SERVE_H

#include "benchmarks/fleet/options.h"

/* Returns the exit status of the program. */
int serve(const struct options *options);

#endif
