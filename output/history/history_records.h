/* Records as a history has kept them: docs/history.md lists the fields. */
#ifndef MXGRADE_OUTPUT_HISTORY_RECORDS_H
#define MXGRADE_OUTPUT_HISTORY_RECORDS_H

#include "io/base/arena.h"
#include "output/history/history_hosts.h"
#include "output/record/record.h"

/*
 * Each fills a record from the text that is kept of it; what the record points at is in the arena.
 * False: the text is none of ours, or there is no memory.
 */

/* The hosts of the run say which addresses those of the domain have. */
bool history_record_domain(struct text content, const struct history_hosts *hosts,
                           struct arena *arena, struct domain_record *out_domain);

/* `certificate` has no bytes where there is none; `now` is that of the run. */
bool history_record_endpoint(struct text content, struct text certificate, int64_t now,
                             struct arena *arena, struct endpoint_record *out_endpoint);

bool history_record_certificate(struct text content, struct arena *arena,
                                struct certificate_record *out_certificate);

#endif
