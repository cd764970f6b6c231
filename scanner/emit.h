/*
 * Finished records on their way out: rendered on the thread that made them, queued whole.
 */
#ifndef MXGRADE_SCANNER_EMIT_H
#define MXGRADE_SCANNER_EMIT_H

#include "output/record.h"
#include "output/sink.h"
#include "scanner/emit_csv.h"

struct emitter {
    struct sink *sink;          /* borrowed */
    const struct emit_csv *csv; /* rows in place of lines; NULL: JSON lines */
};

void emit_run(const struct emitter *emitter, const struct run_record *record);
void emit_endpoint(const struct emitter *emitter, const struct endpoint_record *record);
/* `provider`: of the first MX host, for the concentration table; NULL where there is none. */
void emit_domain(const struct emitter *emitter, const struct domain_record *record,
                 const char *provider);
void emit_summary(const struct emitter *emitter, const struct summary_record *record);

#endif
