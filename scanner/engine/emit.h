/*
 * Finished records on their way out: rendered on the thread that made them, queued whole.
 */
#ifndef MXGRADE_SCANNER_EMIT_H
#define MXGRADE_SCANNER_EMIT_H

#include "io/base/geo.h"
#include "io/base/hostname.h"
#include "output/record/record.h"
#include "output/file/sink.h"
#include "scanner/engine/emit_csv.h"

struct emitter {
    struct sink *sink;          /* borrowed */
    const struct emit_csv *csv; /* rows in place of lines; NULL: JSON lines */
};

void emit_run(const struct emitter *emitter, const struct run_record *record);
void emit_endpoint(const struct emitter *emitter, const struct endpoint_record *record);
/* Where a domain's first MX host is, for the concentration tables. */
struct domain_origin {
    const struct hostname *host;   /* whose organisation is the provider; NULL: no MX host */
    const struct address *address; /* the first that there is; NULL: none */
    const struct geo *geo;         /* NULL: no databases */
};

void emit_fill_origin(struct tally_item *item, const struct domain_origin *origin);
void emit_domain(const struct emitter *emitter, const struct domain_record *record,
                 const struct domain_origin *origin);
void emit_summary(const struct emitter *emitter, const struct summary_record *record);

#endif
