#include "scanner/engine/emit_csv.h"

#include <stdlib.h>

#include "output/csv/csv_domain.h"
#include "output/csv/csv_writer.h"
#include "output/record/record_json.h"
#include "output/record/record_read.h"
#include "scanner/grading/policy.h"

struct emit_csv {
    bool byte_order_mark;
    bool has_header;
    struct csv_input_columns columns;
};

struct emit_csv *emit_csv_new(bool byte_order_mark)
{
    struct emit_csv *csv = calloc(1, sizeof(*csv));
    if (csv != NULL) {
        csv->byte_order_mark = byte_order_mark;
        csv_input_columns_init(&csv->columns);
    }
    return csv;
}

void emit_csv_free(struct emit_csv *csv)
{
    if (csv != NULL) {
        csv_input_columns_fini(&csv->columns);
        free(csv);
    }
}

bool emit_csv_has_header(const struct emit_csv *csv)
{
    return csv->has_header;
}

/* Reads the domain back from its JSON line, where all text is valid and bounded in length.
 * False on lack of memory. */
static bool read_domain(const char *line, size_t len, struct arena *arena, struct record *out)
{
    return line != NULL && record_read(line, len, arena, out) == RECORD_READ &&
           out->kind == RECORD_DOMAIN;
}

/* The names that the records' "input_fields" will have, those that recur told apart. */
static bool find_columns(struct emit_csv *csv, const struct supplier_field *names, size_t num_names)
{
    struct input_field *fields = calloc(num_names + 1, sizeof(*fields));
    if (fields == NULL) {
        return false;
    }
    for (size_t i = 0; i < num_names; i++) {
        fields[i].name = (struct text){names[i].name, names[i].name_len};
    }
    const struct domain_record record = {.fields = fields, .num_fields = num_names};
    struct json_writer writer;
    size_t len;
    json_writer_init(&writer);
    record_json_domain(&writer, &record);
    char *line = json_writer_take(&writer, &len);
    struct arena arena = {0};
    struct record named;
    bool ok = read_domain(line, len, &arena, &named) &&
              csv_input_columns_add(&csv->columns, &named.domain);
    arena_free(&arena);
    json_writer_fini(&writer);
    free(line);
    free(fields);
    return ok;
}

bool emit_csv_header(struct emit_csv *csv, struct sink *sink, const struct supplier_field *names,
                     size_t num_names)
{
    if (!find_columns(csv, names, num_names)) {
        return false;
    }
    struct csv_writer writer;
    size_t len;
    csv->has_header = true;
    csv_writer_init(&writer, ',');
    if (csv->byte_order_mark) {
        csv_byte_order_mark(&writer);
    }
    const struct row_writer rows = csv_writer_rows(&writer);
    csv_domain_header(&rows, &csv->columns);
    char *header = csv_writer_take(&writer, &len);
    sink_line(sink, header, len, &(struct tally_item){.kind = TALLY_NOTHING});
    return header != NULL;
}

char *emit_csv_row(const struct emit_csv *csv, const char *line, size_t len, size_t *out_len)
{
    struct arena arena = {0};
    struct record record;
    struct csv_writer writer;
    char *row = NULL;
    csv_writer_init(&writer, ',');
    if (read_domain(line, len, &arena, &record)) {
        const struct row_writer rows = csv_writer_rows(&writer);
        csv_domain_row(&rows, &record.domain, &csv->columns, policy_worst);
        row = csv_writer_take(&writer, out_len);
    }
    arena_free(&arena);
    return row;
}
