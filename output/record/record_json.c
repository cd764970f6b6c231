#include "output/record/record_json.h"

#include <string.h>

#include "output/record/record_columns.h"

static void write_fields(struct json_writer *writer, const struct record_object *object,
                         const void *record);

static void write_object(struct json_writer *writer, const struct record_object *object,
                         const void *record)
{
    json_open_object(writer);
    write_fields(writer, object, record);
    json_close_object(writer);
}

/* ---- Single values ---- */

/* Of a foreign text `max` bytes are enough. */
static size_t bound_of(const struct record_field *field)
{
    return field->max > 0 ? field->max : SIZE_MAX;
}

static void write_string(struct json_writer *writer, const struct record_field *field,
                         const char *string)
{
    json_text(writer, (struct text){string, string != NULL ? strlen(string) : 0}, bound_of(field));
}

/* The reason stands beside unknown, and nowhere else. */
static void write_verdict(struct json_writer *writer, const struct record_field *field,
                          struct verdict verdict)
{
    json_put_string(writer, record_enum_name(&record_verdict, verdict.value));
    if (verdict.value == TRI_UNKNOWN) {
        json_key_quoted(writer, field->reason_key, strlen(field->reason_key));
        json_put_string(writer, outcome_name(verdict.reason));
    }
}

static void write_seconds(struct json_writer *writer, double seconds)
{
    json_double(writer, seconds, 3);
}

/* ---- Arrays ---- */

static void write_bits(struct json_writer *writer, const struct record_enum *values, uint32_t bits)
{
    json_open_array(writer);
    for (unsigned i = 0; bits >> i != 0; i++) {
        if ((bits >> i & 1) != 0) {
            json_put_string(writer, values->values[i]);
        }
    }
    json_close_array(writer);
}

static void write_strings(struct json_writer *writer, const char *const *strings, size_t num)
{
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_put_string(writer, strings[i]);
    }
    json_close_array(writer);
}

static void write_texts(struct json_writer *writer, const struct record_field *field,
                        const struct text *texts, size_t num)
{
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        json_text(writer, texts[i], bound_of(field));
    }
    json_close_array(writer);
}

static void write_objects(struct json_writer *writer, const struct record_object *object,
                          const char *records, size_t num)
{
    json_open_array(writer);
    for (size_t i = 0; i < num; i++) {
        write_object(writer, object, records + i * object->size);
    }
    json_close_array(writer);
}

static void write_both(struct json_writer *writer, const struct record_field *field,
                       const void *record)
{
    json_open_array(writer);
    write_object(writer, field->object, *(const void *const *)record_field_at(field, record));
    write_object(writer, field->object, record_field_second(field, record));
    json_close_array(writer);
}

static void write_classes(struct json_writer *writer, const struct record_field *field,
                          const struct verdict *verdicts)
{
    json_open_array(writer);
    for (unsigned i = 0; i < field->values->num_values; i++) {
        if (verdicts[i].value == field->which) {
            json_put_string(writer, field->values->values[i]);
        }
    }
    json_close_array(writer);
}

/* ---- Objects by the values of an enumeration ---- */

static void write_counts(struct json_writer *writer, const struct record_field *field,
                         const uint64_t *counts)
{
    json_open_object(writer);
    for (unsigned i = 0; i < field->values->num_values; i++) {
        unsigned value = field->values->order != NULL ? field->values->order[i] : i;
        if (!field->is_absent || counts[value] > 0) {
            json_key(writer, field->values->values[value]);
            json_uint(writer, counts[value]);
        }
    }
    json_close_object(writer);
}

static void write_verdicts(struct json_writer *writer, const struct record_field *field,
                           const struct verdict *verdicts)
{
    json_open_object(writer);
    for (unsigned i = 0; i < field->values->num_values; i++) {
        json_key(writer, field->values->values[i]);
        json_put_string(writer, record_enum_name(&record_verdict, verdicts[i].value));
    }
    json_close_object(writer);
}

static void write_reasons(struct json_writer *writer, const struct record_field *field,
                          const struct verdict *verdicts)
{
    json_open_object(writer);
    for (unsigned i = 0; i < field->values->num_values; i++) {
        if (verdicts[i].value == TRI_UNKNOWN) {
            json_key(writer, field->values->values[i]);
            json_put_string(writer, outcome_name(verdicts[i].reason));
        }
    }
    json_close_object(writer);
}

static void write_evidence(struct json_writer *writer, const struct record_field *field,
                           const char *const *evidence, const struct verdict *verdicts)
{
    json_open_object(writer);
    for (unsigned i = 0; i < field->values->num_values; i++) {
        if (verdicts[i].value != TRI_UNKNOWN && evidence[i] != NULL) {
            json_key(writer, field->values->values[i]);
            json_put_string(writer, evidence[i]);
        }
    }
    json_close_object(writer);
}

/* ---- Fields ---- */

static void write_value(struct json_writer *writer, const struct record_field *field,
                        const void *record)
{
    const void *at = record_field_at(field, record);
    switch ((enum field_kind)field->kind) {
    case FIELD_CONSTANT:
        json_put_string(writer, field->text);
        break;
    case FIELD_RETIRED:
        json_put_null(writer);
        break;
    case FIELD_STRING:
        write_string(writer, field, *(const char *const *)at);
        break;
    case FIELD_TEXT:
        json_text(writer, *(const struct text *)at, bound_of(field));
        break;
    case FIELD_BOOLEAN:
        json_bool(writer, *(const bool *)at);
        break;
    case FIELD_COUNT:
        json_uint(writer, record_count(field, at));
        break;
    case FIELD_INTEGER:
        json_int(writer, record_integer(field, at));
        break;
    case FIELD_SECONDS:
        write_seconds(writer, *(const double *)at);
        break;
    case FIELD_TIME:
        json_time(writer, (double)*(const int64_t *)at, false);
        break;
    case FIELD_INSTANT:
        json_time(writer, *(const double *)at, true);
        break;
    case FIELD_SHA256:
        json_hex(writer, at, field->size);
        break;
    case FIELD_VERDICT:
        write_verdict(writer, field, *(const struct verdict *)at);
        break;
    case FIELD_ENUM:
        json_put_string(writer, record_enum_name(field->values, (unsigned)record_count(field, at)));
        break;
    case FIELD_BITS:
        write_bits(writer, field->values, *(const uint32_t *)at);
        break;
    case FIELD_STRINGS:
        write_strings(writer, *(const char *const *const *)at, record_field_count(field, record));
        break;
    case FIELD_TEXTS:
        write_texts(writer, field, *(const struct text *const *)at,
                    record_field_count(field, record));
        break;
    case FIELD_OBJECT:
        write_object(writer, field->object, at);
        break;
    case FIELD_POINTED:
        write_object(writer, field->object, *(const void *const *)at);
        break;
    case FIELD_BOTH:
        write_both(writer, field, record);
        break;
    case FIELD_OBJECTS:
        write_objects(writer, field->object, *(const void *const *)at,
                      record_field_count(field, record));
        break;
    case FIELD_OPTIONS:
        record_columns_options(writer, *(const struct run_option *const *)at,
                               record_field_count(field, record));
        break;
    case FIELD_COLUMNS:
        record_columns_input(writer, *(const struct input_field *const *)at,
                             record_field_count(field, record));
        break;
    case FIELD_COUNTS:
        write_counts(writer, field, at);
        break;
    case FIELD_CLASSES:
        write_classes(writer, field, at);
        break;
    case FIELD_VERDICTS:
        write_verdicts(writer, field, at);
        break;
    case FIELD_REASONS:
        write_reasons(writer, field, at);
        break;
    case FIELD_EVIDENCE:
        write_evidence(writer, field, at, record_field_verdicts(field, record));
        break;
    }
}

static void write_fields(struct json_writer *writer, const struct record_object *object,
                         const void *record)
{
    for (size_t i = 0; i < object->num_fields; i++) {
        const struct record_field *field = &object->fields[i];
        bool is_there = field->null == FIELD_NEVER_NULL || record_field_is_there(field, record);
        if (is_there || !field->is_absent) {
            json_key_quoted(writer, field->key, field->key_len);
        }
        if (is_there) {
            write_value(writer, field, record);
        } else if (!field->is_absent) {
            json_put_null(writer);
        }
    }
}

void record_json_value(struct json_writer *writer, const struct record_field *field,
                       const void *record)
{
    if (!record_field_is_there(field, record)) {
        json_put_null(writer);
    } else if (field->kind == FIELD_VERDICT) {
        const struct verdict *verdict = record_field_at(field, record);
        json_put_string(writer, record_enum_name(&record_verdict, verdict->value));
    } else {
        write_value(writer, field, record);
    }
}

void record_json_members(struct json_writer *writer, const struct record_object *object,
                         const void *record, const char *const *names, size_t num_names)
{
    for (size_t i = 0; i < num_names; i++) {
        const struct record_field *field = record_field_find(object, names[i]);
        if (field != NULL && (!field->is_absent || record_field_is_there(field, record))) {
            json_key_quoted(writer, field->key, field->key_len);
            record_json_value(writer, field, record);
        }
    }
}

void record_json_object(struct json_writer *writer, const struct record_object *object,
                        const void *record)
{
    write_object(writer, object, record);
}

void record_json_run(struct json_writer *writer, const struct run_record *record)
{
    write_object(writer, &record_of_run, record);
}

void record_json_endpoint(struct json_writer *writer, const struct endpoint_record *record)
{
    write_object(writer, &record_of_endpoint, record);
}

void record_json_domain(struct json_writer *writer, const struct domain_record *record)
{
    write_object(writer, &record_of_domain, record);
}

void record_json_run_void(struct json_writer *writer, const struct run_void_record *record)
{
    write_object(writer, &record_of_run_void, record);
}

void record_json_summary(struct json_writer *writer, const struct summary_record *record)
{
    write_object(writer, &record_of_summary, record);
}

void record_json_doctor(struct json_writer *writer, const struct doctor_record *record)
{
    write_object(writer, &record_of_doctor, record);
}

void record_json_certificate(struct json_writer *writer, const struct certificate_record *record)
{
    write_object(writer, &record_of_certificate, record);
}
