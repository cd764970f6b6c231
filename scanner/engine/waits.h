/* What a worker waits for while nothing else goes on, for the progress line. */
#ifndef MXGRADE_SCANNER_WAITS_H
#define MXGRADE_SCANNER_WAITS_H

#include <stdint.h>

struct worker;

struct waits {
    uint64_t num_servers;  /* that are asked again later, under whatever names */
    uint64_t num_policies; /* of MTA-STS that are fetched again later */
    uint64_t retry_at_ms;  /* when the first of them is, by clock_now_ms(); 0: there is none */
};

/* On the worker's thread. Takes a look at each piece of work that is not done. */
void waits_count(struct worker *worker, struct waits *out_waits);

#endif
