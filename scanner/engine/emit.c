#include "scanner/engine/emit.h"

#include <stdlib.h>
#include <string.h>

#include "output/file/run_void.h"
#include "output/record/record_json.h"

/* As JSON it goes out as it is; as CSV a domain becomes a row, and the rest is only counted. */
static char *in_format(const struct emitter *emitter, char *line, size_t *len,
                       const struct tally_item *item)
{
    if (emitter->csv == NULL || line == NULL) {
        return line;
    }
    char *row = line;
    if (item->kind == TALLY_DOMAIN || item->kind == TALLY_INVALID_LINE) {
        row = emit_csv_row(emitter->csv, line, *len, len);
        free(line);
    } else {
        *len = 0;
    }
    return row;
}

static struct finished_line take_line(const struct emitter *emitter, struct json_writer *writer,
                                      const struct tally_item *item)
{
    struct finished_line line = {.item = *item};
    line.bytes = json_writer_take(writer, &line.len);
    line.bytes = in_format(emitter, line.bytes, &line.len, item);
    json_writer_fini(writer);
    return line;
}

static void send_line(const struct emitter *emitter, struct json_writer *writer,
                      const struct tally_item *item)
{
    struct finished_line line = take_line(emitter, writer, item);
    /* Without memory for the line the sink is told of a lost one, so that the run ends as cut
     * short. */
    sink_line(emitter->sink, line.bytes, line.len, item);
}

void emit_run(const struct emitter *emitter, const struct run_record *record)
{
    struct run_record of_run = *record;
    struct json_writer writer;
    of_run.id = emitter->run_id;
    json_writer_init(&writer);
    record_json_run(&writer, &of_run);
    send_line(emitter, &writer, &(struct tally_item){.kind = TALLY_NOTHING});
}

static struct finished_line line_of_endpoint(const struct emitter *emitter,
                                             const struct endpoint_record *record)
{
    struct tally_item item = tally_item_of_endpoint(record);
    struct endpoint_record of_run = *record;
    struct json_writer writer;
    of_run.run = emitter->run_id;
    json_writer_init(&writer);
    record_json_endpoint(&writer, &of_run);
    return take_line(emitter, &writer, &item);
}

struct line_outlet emit_outlet(const struct emitter *emitter)
{
    return (struct line_outlet){emitter->sink, emitter->blame};
}

static void send_versions(const struct emitter *emitter, struct line_versions *versions)
{
    const struct line_outlet outlet = emit_outlet(emitter);
    interception_line(emitter->interception, &outlet, versions);
}

/* Without a version if the run cannot become void for it. Other services are not intercepted, and a
 * domain does not wait for them. */
static struct finished_line void_line_of_endpoint(const struct emitter *emitter,
                                                  const struct endpoint_record *record)
{
    struct endpoint_record voided = *record;
    enum grade doubtful = record->is_between_servers ? record->grade : GRADE_U;
    if (!interception_may_void(emitter->interception, doubtful)) {
        return (struct finished_line){.bytes = NULL};
    }
    run_void_endpoint(&voided);
    return line_of_endpoint(emitter, &voided);
}

void emit_endpoint(const struct emitter *emitter, const struct endpoint_record *record)
{
    struct line_versions versions = {
        .plain = line_of_endpoint(emitter, record),
        .voided = void_line_of_endpoint(emitter, record),
    };
    send_versions(emitter, &versions);
}

void emit_endpoint_or(const struct emitter *emitter, const struct endpoint_record *believed,
                      const struct endpoint_record *doubted)
{
    struct line_versions versions = {
        .plain = line_of_endpoint(emitter, believed),
        .doubted = line_of_endpoint(emitter, doubted),
        .voided = void_line_of_endpoint(emitter, believed),
    };
    send_versions(emitter, &versions);
}

void emit_fill_origin(struct tally_item *item, const struct domain_origin *origin)
{
    struct geo_record geo = {0};
    item->has_address = origin->address != NULL;
    if (item->has_address && origin->geo != NULL) {
        geo_look_up(origin->geo, origin->address, &geo);
    }
    tally_item_place(
        item, &(struct tally_place){
                  .provider = origin->host != NULL ? hostname_organisation(origin->host) : NULL,
                  .country = geo.country,
                  .asn = geo.asn,
                  .as_org = {geo.as_org, geo.as_org_len},
              });
}

static struct finished_line line_of_domain(const struct emitter *emitter,
                                           const struct domain_record *record,
                                           const struct domain_origin *origin)
{
    struct tally_item item = tally_item_of_domain(record);
    emit_fill_origin(&item, origin);
    struct domain_record of_run = *record;
    struct json_writer writer;
    of_run.run = emitter->run_id;
    json_writer_init(&writer);
    record_json_domain(&writer, &of_run);
    return take_line(emitter, &writer, &item);
}

static struct finished_line void_line_of_domain(const struct emitter *emitter,
                                                const struct domain_record *record,
                                                const struct domain_origin *origin)
{
    const struct run_void_record why = {.detail = outcome_text(OUTCOME_INTERCEPTED)};
    struct arena arena = {0};
    struct domain_record voided = *record;
    struct finished_line line = {.bytes = NULL};
    if (interception_may_void(emitter->interception, record->grade) &&
        run_void_domain(&why, &voided, &arena)) {
        line = line_of_domain(emitter, &voided, origin);
    }
    arena_free(&arena);
    return line;
}

void emit_domain(const struct emitter *emitter, const struct domain_record *record,
                 const struct domain_origin *origin)
{
    struct line_versions versions = {
        .plain = line_of_domain(emitter, record, origin),
        .voided = void_line_of_domain(emitter, record, origin),
    };
    send_versions(emitter, &versions);
}

void emit_domain_or(const struct emitter *emitter, const struct domain_record *believed,
                    const struct domain_record *doubted, const struct domain_origin *origin)
{
    struct line_versions versions = {
        .plain = line_of_domain(emitter, believed, origin),
        .doubted = line_of_domain(emitter, doubted, origin),
        .voided = void_line_of_domain(emitter, believed, origin),
    };
    send_versions(emitter, &versions);
}

void emit_run_void(const struct emitter *emitter, const struct run_void_record *record)
{
    struct run_void_record of_run = *record;
    struct json_writer writer;
    of_run.run = emitter->run_id;
    json_writer_init(&writer);
    record_json_run_void(&writer, &of_run);
    send_line(emitter, &writer, &(struct tally_item){.kind = TALLY_RUN_VOID});
}

void emit_summary(const struct emitter *emitter, const struct summary_record *record)
{
    struct summary_record of_run = *record;
    struct json_writer writer;
    of_run.run = emitter->run_id;
    json_writer_init(&writer);
    record_json_summary(&writer, &of_run);
    send_line(emitter, &writer, &(struct tally_item){.kind = TALLY_NOTHING});
}
