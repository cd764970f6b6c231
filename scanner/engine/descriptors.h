/*
 * Open files: how many this process may have, and what follows for the number of connections.
 */
#ifndef MXGRADE_SCANNER_DESCRIPTORS_H
#define MXGRADE_SCANNER_DESCRIPTORS_H

#include "scanner/base/config.h"

/*
 * Raises the limit as far as allowed and fits the concurrency to it: with one descriptor table for
 * all threads if that is enough, else with one per thread (Linux counts the limit per table), else
 * with fewer connections, which is said.
 */
void descriptors_fit(struct config *config);

#endif
