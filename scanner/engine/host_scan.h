/*
 * Scans a host whose addresses are known: one endpoint per address, and beside them the question
 * for its CAA records, which no connection waits for.
 */
#ifndef MXGRADE_SCANNER_HOST_SCAN_H
#define MXGRADE_SCANNER_HOST_SCAN_H

#include "scanner/engine/host_lookup.h"
#include "scanner/engine/once.h"
#include "scanner/grading/host_result.h"

struct host_scan {
    /* Set by the owner before the start; borrowed. */
    struct worker *worker;
    struct host_lookup *lookup; /* complete */
    unsigned max_addresses;     /* asked of it at most */
    uint32_t turn;              /* of the target that asked first, for the pacer */
    unsigned num_siblings;      /* other hosts of that target */
    bool is_own;                /* it goes by the name of that target's domain */
    /* Called once, perhaps within host_scan_start(). It may free the scan. */
    void (*done)(struct host_scan *scan);
    void *user;

    /* What came of it. */
    struct host_result *result; /* owned; complete unless has_failed */
    bool has_failed;            /* a part was given up ... */
    enum once_failure failure;  /* ... and why */

    /* Used while it is under way. */
    struct host_caa *caa; /* owned; NULL: none found so far */
    size_t parts_left;    /* endpoints, the look-up of CAA, and whoever is starting these */
};

/*
 * Every address that is asked has its line, also one that is not contacted. So has a host without
 * any, unless `is_only_implied`: no MX names it, so that it is no mail host then.
 */
void host_scan_start(struct host_scan *scan, bool is_only_implied);

/* Frees the result. Nothing may be under way. A scan that is all zero is fine. */
void host_scan_fini(struct host_scan *scan);

#endif
