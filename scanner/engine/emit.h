/*
 * Finished records on their way out: rendered on the thread that made them, queued whole.
 */
#ifndef MXGRADE_SCANNER_EMIT_H
#define MXGRADE_SCANNER_EMIT_H

#include "io/base/geo.h"
#include "io/base/hostname.h"
#include "output/record/record.h"
#include "output/file/sink.h"
#include "scanner/engine/blame.h"
#include "scanner/engine/emit_csv.h"
#include "scanner/engine/interception.h"

struct emitter {
    struct sink *sink;          /* borrowed */
    const char *run_id;         /* borrowed; NULL: a file is continued whose run has none */
    const struct emit_csv *csv; /* rows in place of lines; NULL: JSON lines */
    struct blame *blame;        /* borrowed, as the next */
    struct interception *interception;
};

struct line_outlet emit_outlet(const struct emitter *emitter);

void emit_run(const struct emitter *emitter, const struct run_record *record);
void emit_endpoint(const struct emitter *emitter, const struct endpoint_record *record);
/* One of both, as the blame for what was bogus falls; see blame.h. */
void emit_endpoint_or(const struct emitter *emitter, const struct endpoint_record *believed,
                      const struct endpoint_record *doubted);
/* Where a domain's first MX host is, for the concentration tables. */
struct domain_origin {
    const struct hostname *host;   /* whose organisation is the provider; NULL: no MX host */
    const struct address *address; /* the first that there is; NULL: none */
    const struct geo *geo;         /* NULL: no databases */
};

void emit_fill_origin(struct tally_item *item, const struct domain_origin *origin);
void emit_domain(const struct emitter *emitter, const struct domain_record *record,
                 const struct domain_origin *origin);
void emit_domain_or(const struct emitter *emitter, const struct domain_record *believed,
                    const struct domain_record *doubted, const struct domain_origin *origin);
/* The records written so far are void but for those that an earlier start of the run wrote. */
void emit_run_void(const struct emitter *emitter, const struct run_void_record *record);
void emit_summary(const struct emitter *emitter, const struct summary_record *record);

#endif
