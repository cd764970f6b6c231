/*
 * Asking again what an earlier run left unknown for reasons of ours (--retry-unknown), or what an
 * outage at its end may have done: before its file is continued, the records are taken out of it
 * that are to be made anew.
 */
#ifndef MXGRADE_SCANNER_RETRY_H
#define MXGRADE_SCANNER_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/base/table.h"
#include "output/record/record.h"
#include "scanner/engine/retry_reason.h"

enum retry_status {
    RETRY_READY,   /* the file can be continued, whether or not something was taken out */
    RETRY_REFUSED, /* on_run said no */
    RETRY_ERROR    /* out_error says why; the file is as it was */
};

/*
 * Takes out of `path` the records with something unknown for a reason in `what`, the bits of
 * retry_reason.h, and those that rest on them: a domain's with its endpoint's, so that each line of
 * the list keeps one record. A file that does not exist, or holds nothing whole, is ready.
 * `out_num_lines`: lines of the list, and `out_num_endpoints`: servers that are asked again.
 * `on_run` is asked before anything is changed.
 */
enum retry_status retry_prepare(const char *path, unsigned what, const struct table_seed *seed,
                                bool (*on_run)(void *user, const struct run_record *run),
                                void *user, uint64_t *out_num_lines, uint64_t *out_num_endpoints,
                                char *out_error, size_t error_size);

/*
 * Does the line tell all that a domain is judged by, so that the endpoint need not be looked at
 * again? It does not if a TLSA record may match another name of its certificate, nor of who is
 * blamed in the end for what was bogus.
 */
bool retry_tells_all(const struct endpoint_record *record);

#endif
