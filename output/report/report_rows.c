#include "output/report/report_rows.h"

#include <stdlib.h>
#include <string.h>

#include "output/record/record_json.h"

#define FIRST_CODES 64

void report_rows_init(struct report_rows *rows)
{
    *rows = (struct report_rows){.max_codes = 0};
    report_values_init(&rows->values);
    report_values_init(&rows->names);
    report_values_init(&rows->certificates);
    report_values_init(&rows->endpoints);
    report_values_init(&rows->codes);
    json_writer_init(&rows->one);
}

void report_rows_fini(struct report_rows *rows)
{
    report_values_fini(&rows->values);
    report_values_fini(&rows->names);
    report_values_fini(&rows->certificates);
    report_values_fini(&rows->endpoints);
    report_values_fini(&rows->codes);
    free(rows->seen_codes);
    arena_free(&rows->memory);
    json_writer_fini(&rows->one);
}

bool report_rows_ok(const struct report_rows *rows)
{
    return !rows->values.failed && !rows->names.failed && !rows->certificates.failed &&
           !rows->endpoints.failed && !rows->codes.failed;
}

/* ---- Values ---- */

struct json_writer *report_put_fresh(struct report_rows *rows)
{
    json_writer_clear(&rows->one);
    return &rows->one;
}

void report_put_one(struct report_rows *rows, struct report_values *values, struct json_writer *out)
{
    report_values_put(values, &rows->one, out);
}

void report_put_string(struct report_rows *rows, struct report_values *values, const char *string,
                       struct json_writer *out)
{
    json_put_string(report_put_fresh(rows), string);
    report_put_one(rows, values, out);
}

void report_put_name(struct report_rows *rows, const struct record_enum *set, unsigned number,
                     struct json_writer *out)
{
    report_put_string(rows, &rows->values, record_enum_name(set, number), out);
}

void report_put_field(struct report_rows *rows, const struct record_object *object,
                      const char *name, const void *record, struct json_writer *out)
{
    record_json_value(report_put_fresh(rows), record_field_find(object, name), record);
    report_put_one(rows, &rows->values, out);
}

void report_put_score(enum grade grade, unsigned score, struct json_writer *out)
{
    if (grade == GRADE_U || grade == GRADE_N) {
        json_put_null(out);
    } else {
        json_uint(out, score);
    }
}

/* ---- Findings ---- */

/* Keeps the severity of a code that is seen for the first time. False: no memory. */
static bool see_code(struct report_rows *rows, const struct finding *finding)
{
    json_put_string(report_put_fresh(rows), finding->code);
    size_t num_known = rows->codes.count;
    size_t number = report_values_add(&rows->codes, &rows->one);
    if (rows->codes.failed || number < num_known) {
        return !rows->codes.failed;
    }
    if (number == rows->max_codes) {
        size_t max = rows->max_codes == 0 ? FIRST_CODES : 2 * rows->max_codes;
        struct report_code *seen = reallocarray(rows->seen_codes, max, sizeof(*seen));
        if (seen == NULL) {
            return false;
        }
        rows->seen_codes = seen;
        rows->max_codes = max;
    }
    const char *code = arena_copy(&rows->memory, finding->code, strlen(finding->code));
    rows->seen_codes[number] = (struct report_code){code, finding->severity};
    return code != NULL;
}

void report_put_codes(struct report_rows *rows, const struct finding *findings, size_t num,
                      struct json_writer *out)
{
    for (size_t i = 0; i < num; i++) {
        rows->codes.failed |= findings[i].code != NULL && !see_code(rows, &findings[i]);
    }
    struct json_writer *codes = report_put_fresh(rows);
    json_open_array(codes);
    for (size_t i = 0; i < num; i++) {
        if (findings[i].code != NULL) {
            json_put_string(codes, findings[i].code);
        }
    }
    json_close_array(codes);
    report_put_one(rows, &rows->values, out);
}

/* ---- Endpoints ---- */

/* As a value for the dictionary of endpoints. */
static void name_endpoint(struct report_rows *rows, const char *host, const char *address,
                          uint16_t port)
{
    struct json_writer *key = report_put_fresh(rows);
    json_open_array(key);
    json_put_string(key, host);
    json_put_string(key, address);
    json_uint(key, port);
    json_close_array(key);
}

bool report_rows_number_endpoint(struct report_rows *rows, const struct endpoint_record *endpoint)
{
    name_endpoint(rows, endpoint->host, endpoint->address, endpoint->port);
    size_t count = rows->endpoints.count;
    report_values_add(&rows->endpoints, &rows->one);
    return rows->endpoints.count > count;
}

/* ---- Addresses ---- */

bool report_find_endpoint(struct report_rows *rows, const struct mx_record *mx,
                          const struct mx_endpoint *address, size_t *out_number)
{
    name_endpoint(rows, mx->host.bytes, address->address, address->port);
    return report_values_find(&rows->endpoints, &rows->one, out_number);
}

void report_rows_addresses(struct report_rows *rows, const struct mx_record *mx,
                           struct json_writer *out)
{
    json_open_array(out);
    for (size_t i = 0; i < mx->num_endpoints; i++) {
        const struct mx_endpoint *address = &mx->endpoints[i];
        size_t number;
        if (report_find_endpoint(rows, mx, address, &number)) {
            json_uint(out, number);
            continue;
        }
        json_open_array(out);
        json_put_string(out, address->address);
        json_uint(out, address->port);
        json_put_string(out, outcome_name(address->outcome));
        json_put_string(out, grade_name(address->grade));
        report_put_score(address->grade, address->score, out);
        json_close_array(out);
    }
    json_close_array(out);
}
