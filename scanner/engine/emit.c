#include "scanner/engine/emit.h"

#include <stdlib.h>
#include <string.h>

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

static struct blame_line take_line(const struct emitter *emitter, struct json_writer *writer,
                                   const struct tally_item *item)
{
    struct blame_line line = {.item = *item};
    line.bytes = json_writer_take(writer, &line.len);
    line.bytes = in_format(emitter, line.bytes, &line.len, item);
    json_writer_fini(writer);
    return line;
}

static void send_line(const struct emitter *emitter, struct json_writer *writer,
                      const struct tally_item *item)
{
    struct blame_line line = take_line(emitter, writer, item);
    /* Without memory for the line the sink is told of a lost one, so that the run ends as cut
     * short. */
    sink_line(emitter->sink, line.bytes, line.len, item);
}

void emit_run(const struct emitter *emitter, const struct run_record *record)
{
    struct json_writer writer;
    json_writer_init(&writer);
    record_json_run(&writer, record);
    send_line(emitter, &writer, &(struct tally_item){.kind = TALLY_NOTHING});
}

static struct blame_line line_of_endpoint(const struct emitter *emitter,
                                          const struct endpoint_record *record)
{
    struct tally_item item = tally_item_of_endpoint(record);
    struct json_writer writer;
    json_writer_init(&writer);
    record_json_endpoint(&writer, record);
    return take_line(emitter, &writer, &item);
}

void emit_endpoint(const struct emitter *emitter, const struct endpoint_record *record)
{
    struct blame_line line = line_of_endpoint(emitter, record);
    sink_line(emitter->sink, line.bytes, line.len, &line.item);
}

void emit_endpoint_or(const struct emitter *emitter, const struct endpoint_record *believed,
                      const struct endpoint_record *doubted)
{
    struct blame_line lines[] = {line_of_endpoint(emitter, believed),
                                 line_of_endpoint(emitter, doubted)};
    blame_line(emitter->blame, emitter->sink, &lines[0], &lines[1]);
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

static struct blame_line line_of_domain(const struct emitter *emitter,
                                        const struct domain_record *record,
                                        const struct domain_origin *origin)
{
    struct tally_item item = tally_item_of_domain(record);
    emit_fill_origin(&item, origin);
    struct json_writer writer;
    json_writer_init(&writer);
    record_json_domain(&writer, record);
    return take_line(emitter, &writer, &item);
}

void emit_domain(const struct emitter *emitter, const struct domain_record *record,
                 const struct domain_origin *origin)
{
    struct blame_line line = line_of_domain(emitter, record, origin);
    sink_line(emitter->sink, line.bytes, line.len, &line.item);
}

void emit_domain_or(const struct emitter *emitter, const struct domain_record *believed,
                    const struct domain_record *doubted, const struct domain_origin *origin)
{
    struct blame_line lines[] = {line_of_domain(emitter, believed, origin),
                                 line_of_domain(emitter, doubted, origin)};
    blame_line(emitter->blame, emitter->sink, &lines[0], &lines[1]);
}

void emit_summary(const struct emitter *emitter, const struct summary_record *record)
{
    struct json_writer writer;
    json_writer_init(&writer);
    record_json_summary(&writer, record);
    send_line(emitter, &writer, &(struct tally_item){.kind = TALLY_NOTHING});
}
